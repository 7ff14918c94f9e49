/* SPDX-License-Identifier: MIT */
#include "harness/lab/dnsmasq_config.h"
#include "harness/base/duration.h"
#include "harness/scenario/load.h"
#include "harness/wire/dhcp.h"
#include <ctype.h>
#include <string.h>

enum { TAG_TEXT_MAX = 24, VALUE_BYTES_MAX = 255, EXPANDED_BYTES_MAX = 4096 };

/* --- the bytes of a value --------------------------------------------------------------------- */

static int append_address(struct buffer *bytes, const char *text, const char *const *substitutions,
                          uint8_t code, struct error *error)
{
    struct buffer expanded;
    uint32_t address = 0;
    buffer_init(&expanded, EXPANDED_BYTES_MAX);
    scenario_substitute(text, substitutions, &expanded);
    bool good = ipv4_parse(buffer_string(&expanded), &address);
    buffer_done(&expanded);
    if (!good)
        return error_set(error, ERROR_INVALID, "option %u: `%s` is no IPv4 address", code, text);
    buffer_be32(bytes, address);
    return 0;
}

static void append_suboption(struct buffer *bytes, uint8_t code, const char *text,
                             const char *const *substitutions)
{
    struct buffer expanded;
    buffer_init(&expanded, EXPANDED_BYTES_MAX);
    scenario_substitute(text, substitutions, &expanded);
    buffer_u8(bytes, code);
    if (expanded.length > VALUE_BYTES_MAX)
        bytes->failed = true;
    buffer_u8(bytes, (uint8_t)expanded.length);
    buffer_append(bytes, expanded.data, expanded.length);
    buffer_done(&expanded);
}

/* RFC 3925 section 4: enterprise, length, then the sub-options of that enterprise. */
static void append_vendor(struct buffer *bytes, const struct dhcp_value *value,
                          const char *const *substitutions)
{
    for (size_t i = 0; i < value->suboption_count;) {
        uint32_t enterprise = value->suboptions[i].enterprise;
        struct buffer group;
        buffer_init(&group, VALUE_BYTES_MAX);
        for (; i < value->suboption_count && value->suboptions[i].enterprise == enterprise; i++)
            append_suboption(&group, value->suboptions[i].code, value->suboptions[i].text,
                             substitutions);
        buffer_be32(bytes, enterprise);
        buffer_u8(bytes, (uint8_t)group.length);
        buffer_append(bytes, group.data, group.length);
        bytes->failed = bytes->failed || group.failed;
        buffer_done(&group);
    }
}

static int value_bytes(const struct dhcp_value *value, const char *const *substitutions,
                       struct buffer *bytes, struct error *error)
{
    int result = 0;
    switch (value->form) {
    case DHCP_VALUE_TEXT:
        scenario_substitute(value->text, substitutions, bytes);
        break;
    case DHCP_VALUE_ADDRESSES:
        for (size_t i = 0; result == 0 && i < value->address_count; i++)
            result = append_address(bytes, value->addresses[i], substitutions, value->code, error);
        break;
    case DHCP_VALUE_HEX:
        buffer_append(bytes, value->bytes, value->byte_count);
        break;
    case DHCP_VALUE_SUBOPTIONS:
        if (value->code == DHCP_OPTION_VENDOR_IDENTIFYING) {
            append_vendor(bytes, value, substitutions);
        } else {
            for (size_t i = 0; i < value->suboption_count; i++)
                append_suboption(bytes, value->suboptions[i].code, value->suboptions[i].text,
                                 substitutions);
        }
        break;
    }
    if (result == 0 && (bytes->failed || bytes->length == 0))
        result = error_set(error, ERROR_INVALID, "option %u: its value must have 1 to %d bytes",
                           value->code, VALUE_BYTES_MAX);
    return result;
}

/* --- configuration lines -------------------------------------------------------------------------
 */

/* Option 66 is text to dnsmasq, which refuses it as hexadecimal bytes (and ends it with a NUL). */
static int append_quoted(struct buffer *buffer, const struct buffer *bytes, uint8_t code,
                         struct error *error)
{
    buffer_text(buffer, "\"");
    for (size_t i = 0; i < bytes->length; i++) {
        unsigned char c = bytes->data[i];
        if (!isprint(c))
            return error_set(error, ERROR_INVALID,
                             "option %u can only be sent as printable text, without byte 0x%02x",
                             code, c);
        if (c == '"' || c == '\\')
            buffer_text(buffer, "\\");
        buffer_u8(buffer, c);
    }
    buffer_text(buffer, "\"");
    return 0;
}

static int append_value(struct buffer *buffer, const struct buffer *bytes, uint8_t code,
                        struct error *error)
{
    /* One byte in hexadecimal would be taken for text. */
    if (code == DHCP_OPTION_TFTP_SERVER_NAME || bytes->length < 2)
        return append_quoted(buffer, bytes, code, error);
    for (size_t i = 0; i < bytes->length; i++)
        buffer_format(buffer, "%s%02x", i ? ":" : "", bytes->data[i]);
    return 0;
}

static int append_offer(struct buffer *buffer, const struct dnsmasq_settings *settings,
                        const struct scenario_dhcp *dhcp, const char *tag, struct error *error)
{
    for (size_t i = 0; i < dhcp->offer_count; i++) {
        const struct dhcp_value *value = &dhcp->offer[i];
        struct buffer bytes;
        buffer_init(&bytes, VALUE_BYTES_MAX);
        int result = value_bytes(value, settings->substitutions, &bytes, error);
        if (result == 0) {
            buffer_format(buffer, "dhcp-option%s=%s", dhcp->only_if_asked ? "" : "-force", tag);
            if (value->code == DHCP_OPTION_TFTP_SERVER_ADDRESS && bytes.length % 4 == 0) {
                buffer_format(buffer, "%u", value->code);
                for (size_t k = 0; k + 4 <= bytes.length; k += 4)
                    buffer_format(buffer, ",%u.%u.%u.%u", bytes.data[k], bytes.data[k + 1],
                                  bytes.data[k + 2], bytes.data[k + 3]);
            } else {
                buffer_format(buffer, "%u,", value->code);
                result = append_value(buffer, &bytes, value->code, error);
            }
            buffer_text(buffer, "\n");
        }
        buffer_done(&bytes);
        if (result < 0)
            return result;
    }
    return 0;
}

static int append_phone_settings(struct buffer *buffer, const struct dnsmasq_settings *settings,
                                 const struct scenario_dhcp *dhcp, const char *tag,
                                 struct error *error)
{
    if (dhcp->domain)
        buffer_format(buffer, "dhcp-option-force=%s15,\"%s\"\n", tag, dhcp->domain);
    return append_offer(buffer, settings, dhcp, tag, error);
}

static bool all_the_same(const struct dnsmasq_settings *settings)
{
    for (size_t i = 1; i < settings->phone_count; i++) {
        if (settings->phones[i] != settings->phones[0])
            return false;
    }
    return true;
}

/* `tagged`: the phone gets options of its own. */
static void append_host(struct buffer *buffer, const struct dnsmasq_settings *settings,
                        size_t phone, bool tagged)
{
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
    uint32_t fixed = settings->fixed_addresses ? settings->fixed_addresses[phone] : 0;
    buffer_format(buffer, "dhcp-host=%s,", mac_format(&settings->phone_macs[phone], mac));
    if (tagged)
        buffer_format(buffer, "set:p%zu,", phone);
    if (fixed)
        buffer_format(buffer, "%s,", ipv4_format(fixed, address));
    buffer_format(buffer, "%llu\n",
                  (unsigned long long)(settings->phones[phone]->lease_us / DURATION_S));
}

static int append_phones(struct buffer *buffer, const struct dnsmasq_settings *settings,
                         struct error *error)
{
    bool alike = all_the_same(settings);
    int result = 0;
    if (!alike || settings->fixed_addresses || settings->known_only) {
        for (size_t i = 0; i < settings->phone_count; i++)
            append_host(buffer, settings, i, !alike);
    }
    if (alike)
        return append_phone_settings(buffer, settings, settings->phones[0], "", error);
    for (size_t i = 0; result == 0 && i < settings->phone_count; i++) {
        struct buffer tag;
        buffer_init(&tag, TAG_TEXT_MAX);
        buffer_format(&tag, "tag:p%zu,", i);
        result = append_phone_settings(buffer, settings, settings->phones[i], buffer_string(&tag),
                                       error);
        buffer_done(&tag);
    }
    return result;
}

int dnsmasq_config_write(const struct dnsmasq_settings *settings, struct buffer *buffer,
                         struct error *error)
{
    char first[IPV4_TEXT_MAX], last[IPV4_TEXT_MAX], mask[IPV4_TEXT_MAX], provision[IPV4_TEXT_MAX];
    unsigned long long lease_s =
        settings->phone_count ? settings->phones[0]->lease_us / DURATION_S : 43200;
    buffer_text(buffer, "# Written by rclab for one run.\n"
                        "keep-in-foreground\nlog-facility=-\nuser=root\ngroup=\npid-file=\n"
                        "port=53\ninterface=eth0\nlisten-address=127.0.0.1\nbind-interfaces\n"
                        "no-resolv\nno-hosts\nno-poll\ncache-size=0\n"
                        "no-ping\ndhcp-authoritative\n");
    buffer_format(buffer, "dhcp-lease-max=%zu\ndhcp-leasefile=%s\n", 2 * settings->phone_count + 64,
                  settings->lease_file);
    buffer_format(buffer, "dhcp-range=%s,%s,%s,%llu\n", ipv4_format(settings->pool_first, first),
                  ipv4_format(settings->pool_last, last), ipv4_format(settings->netmask, mask),
                  lease_s);
    buffer_format(buffer, "address=/#/\nserver=/%s/127.0.0.1#%d\n", settings->edos_host,
                  DNSMASQ_STUB_PORT);
    buffer_format(buffer, "host-record=%s,%s\nhost-record=" DNSMASQ_BARRIER_NAME ",127.0.0.1\n",
                  settings->provision_host, ipv4_format(settings->provision_address, provision));
    if (settings->known_only)
        buffer_text(buffer, "dhcp-ignore=tag:!known\n");
    int result = settings->phone_count ? append_phones(buffer, settings, error) : 0;
    if (result == 0 && buffer->failed)
        result = error_set(error, ERROR_LIMIT, "the name server's configuration is too long");
    return result;
}
