/* SPDX-License-Identifier: MIT */
#include "harness/lab/dhcp_value.h"
#include "harness/scenario/words.h"
#include "harness/wire/dhcp.h"

enum { EXPANDED_BYTES_MAX = 4096 };

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
    if (expanded.length > DHCP_VALUE_BYTES_MAX)
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
        buffer_init(&group, DHCP_VALUE_BYTES_MAX);
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

int dhcp_value_bytes(const struct dhcp_value *value, const char *const *substitutions,
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
                           value->code, DHCP_VALUE_BYTES_MAX);
    return result;
}
