/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 4096, LONG_TEXT = 300 };

static const char *const substitutions[SUBSTITUTE_COUNT] = {"http://10.77.0.3", "https://10.77.0.3",
                                                            "tftp://10.77.0.3", "10.77.0.3"};
static const struct mac macs[] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};

static struct dnsmasq_settings settings_of(const struct scenario_dhcp *const *phones, size_t count)
{
    return (struct dnsmasq_settings){.lease_file = "/tmp/leases",
                                     .edos_host = "edos.example",
                                     .provision_host = "provision.example",
                                     .provision_address = 0x0a4d0003u,
                                     .pool_first = 0x0a4d0101u,
                                     .pool_last = 0x0a4d01ffu,
                                     .netmask = 0xffff0000u,
                                     .phone_macs = macs,
                                     .phones = phones,
                                     .phone_count = count,
                                     .substitutions = substitutions};
}

/* The whole configuration in `text`, or the error's text. */
static int write_phones(const struct scenario_dhcp *const *phones, size_t count,
                        char text[TEXT_MAX])
{
    struct dnsmasq_settings settings = settings_of(phones, count);
    struct error error = {0};
    struct buffer buffer;
    buffer_init(&buffer, DNSMASQ_CONFIG_BYTES_MAX);
    int result = dnsmasq_config_write(&settings, &buffer, &error);
    snprintf(text, TEXT_MAX, "%s", result == 0 ? buffer_string(&buffer) : error.text);
    buffer_done(&buffer);
    return result;
}

/* The same for phones with addresses of their own, and nobody else served. */
static int write_real_lab(const struct scenario_dhcp *const *phones, const uint32_t *fixed,
                          char text[TEXT_MAX])
{
    struct dnsmasq_settings settings = settings_of(phones, 2);
    struct error error = {0};
    struct buffer buffer;
    settings.fixed_addresses = fixed;
    settings.known_only = true;
    buffer_init(&buffer, DNSMASQ_CONFIG_BYTES_MAX);
    int result = dnsmasq_config_write(&settings, &buffer, &error);
    snprintf(text, TEXT_MAX, "%s", buffer_string(&buffer));
    buffer_done(&buffer);
    return result;
}

static int write_value(const struct dhcp_value *value, char text[TEXT_MAX])
{
    const struct scenario_dhcp dhcp = {.offer = value, .offer_count = 1, .lease_us = DURATION_H};
    const struct scenario_dhcp *const phones[] = {&dhcp};
    return write_phones(phones, 1, text);
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; (at = strstr(at, line)); at++)
        if ((at == text || at[-1] == '\n') && at[length] == '\n')
            return true;
    printf("\n    no line `%s` in\n%s\n", line, text);
    return false;
}

static void check_line(const struct dhcp_value *value, const char *line)
{
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_value(value, text), 0);
    CU_ASSERT_TRUE(has_line(text, line));
}

static void check_error(const struct dhcp_value *value, const char *part)
{
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_value(value, text), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void what_always_stands_there(void)
{
    static const char *const lines[] = {
        "dhcp-range=10.77.1.1,10.77.1.255,255.255.0.0,3600",
        "dhcp-leasefile=/tmp/leases",
        "dhcp-lease-max=66",
        "server=/edos.example/127.0.0.1#5300",
        "address=/#/", /* no other name is known */
        "host-record=provision.example,10.77.0.3",
        "host-record=barrier.rclab.invalid,127.0.0.1",
        "user=root",
        "group=",
        "no-ping",
        "no-resolv",
        "no-hosts",
    };
    const struct scenario_dhcp dhcp = {.lease_us = DURATION_H};
    const struct scenario_dhcp *const phones[] = {&dhcp};
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_phones(phones, 1, text), 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        CU_ASSERT_TRUE(has_line(text, lines[i]));
    CU_ASSERT_PTR_NULL(strstr(text, "dhcp-option")); /* all are withheld */
    CU_ASSERT_EQUAL(write_phones(NULL, 0, text), 0);
    CU_ASSERT_TRUE(has_line(text, "dhcp-range=10.77.1.1,10.77.1.255,255.255.0.0,43200"));
}

static void texts(void)
{
    struct dhcp_value value = {.code = 66, .text = "${provision.http}/$PSN.xml"};
    check_line(&value, "dhcp-option-force=66,\"http://10.77.0.3/$PSN.xml\"");
    value.text = "a\"b\\c,#d";
    check_line(&value, "dhcp-option-force=66,\"a\\\"b\\\\c,#d\"");
    value.code = 160; /* bytes, whatever they are */
    value.text = "a\"\n";
    check_line(&value, "dhcp-option-force=160,61:22:0a");
    value.text = "x"; /* hexadecimal would be taken for text */
    check_line(&value, "dhcp-option-force=160,\"x\"");
    value.text = "";
    check_error(&value, "option 160: its value must have 1 to 255 bytes");
    value.code = 66;
    value.text = "a\nlisten-address=0.0.0.0";
    check_error(&value, "option 66 can only be sent as printable text, without byte 0x0a");
}

static void as_long_as_an_option_can_be(void)
{
    char text[LONG_TEXT], line[LONG_TEXT + 32];
    struct dhcp_value value = {.code = 66, .text = text};
    memset(text, 'x', sizeof text);
    text[255] = 0;
    snprintf(line, sizeof line, "dhcp-option-force=66,\"%s\"", text);
    check_line(&value, line);
    text[255] = 'x';
    text[256] = 0;
    check_error(&value, "option 66: its value must have 1 to 255 bytes");
    struct dhcp_suboption suboption = {.code = 1, .text = text};
    value = (struct dhcp_value){
        .code = 43, .form = DHCP_VALUE_SUBOPTIONS, .suboptions = &suboption, .suboption_count = 1};
    check_error(&value, "option 43");
    text[253] = 0; /* and the two bytes before it */
    char config[TEXT_MAX];
    CU_ASSERT_EQUAL(write_value(&value, config), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(config, "=43,01:fd:78:78"));
    text[253] = 'x';
    text[254] = 0;
    check_error(&value, "option 43");
}

static void addresses(void)
{
    static const char *const good[] = {"192.0.2.1", "${provision.address}"};
    static const char *const bad[] = {"192.0.2.1", "${provision.http}"};
    struct dhcp_value value = {
        .code = 150, .form = DHCP_VALUE_ADDRESSES, .addresses = good, .address_count = 2};
    check_line(&value, "dhcp-option-force=150,192.0.2.1,10.77.0.3");
    value.address_count = 1;
    check_line(&value, "dhcp-option-force=150,192.0.2.1");
    value.code = 160;
    check_line(&value, "dhcp-option-force=160,c0:00:02:01");
    value.addresses = bad;
    value.address_count = 2;
    check_error(&value, "option 160: `${provision.http}` is no IPv4 address");
    value.address_count = 0;
    check_error(&value, "1 to 255 bytes");
}

static void hexadecimal_bytes(void)
{
    static const uint8_t bytes[] = {0x01, 0x04, 0xde, 0xad};
    struct dhcp_value value = {
        .code = 43, .form = DHCP_VALUE_HEX, .bytes = bytes, .byte_count = sizeof bytes};
    check_line(&value, "dhcp-option-force=43,01:04:de:ad");
    value.code = 150; /* one address, as bytes */
    check_line(&value, "dhcp-option-force=150,1.4.222.173");
    value.byte_count = 3; /* no whole address */
    check_line(&value, "dhcp-option-force=150,01:04:de");
    value.byte_count = 1;
    check_error(&value, "byte 0x01");
    value.byte_count = 0;
    check_error(&value, "1 to 255 bytes");
    value.code = 66;
    value.byte_count = 4;
    check_error(&value, "option 66 can only be sent as printable text");
}

static void suboptions(void)
{
    static const struct dhcp_suboption items[] = {
        {.enterprise = 3561, .code = 4, .text = "AB"},
        {.enterprise = 3561, .code = 5, .text = "${provision.address}"},
        {.enterprise = 9, .code = 1, .text = ""},
    };
    struct dhcp_value value = {
        .code = 43, .form = DHCP_VALUE_SUBOPTIONS, .suboptions = items, .suboption_count = 2};
    check_line(&value, "dhcp-option-force=43,04:02:41:42:05:09:31:30:2e:37:37:2e:30:2e:33");
    value.code = 125; /* enterprise by enterprise, each with its length */
    value.suboption_count = 3;
    check_line(&value,
               "dhcp-option-force=125,00:00:0d:e9:0f:04:02:41:42:05:09:31:30:2e:37:37:2e:30:"
               "2e:33:00:00:00:09:02:01:00");
    value.suboption_count = 0;
    check_error(&value, "option 125");
}

static void what_only_some_phones_get(void)
{
    static const struct dhcp_value first = {.code = 66, .text = "one"};
    static const struct dhcp_value second = {.code = 160, .text = "two"};
    const struct scenario_dhcp one = {
        .offer = &first, .offer_count = 1, .lease_us = DURATION_H, .domain = "one.example"};
    const struct scenario_dhcp two = {
        .offer = &second, .offer_count = 1, .lease_us = 2 * DURATION_M, .only_if_asked = true};
    const struct scenario_dhcp *phones[] = {&one, &two};
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_phones(phones, 2, text), 0);
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:01,set:p0,3600"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:02,set:p1,120"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=tag:p0,15,\"one.example\""));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=tag:p0,66,\"one\""));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option=tag:p1,160,74:77:6f"));
    phones[1] = &one;
    CU_ASSERT_EQUAL(write_phones(phones, 2, text), 0);
    CU_ASSERT_PTR_NULL(strstr(text, "tag:"));
    CU_ASSERT_PTR_NULL(strstr(text, "dhcp-host"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=15,\"one.example\""));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=66,\"one\""));
}

static void phones_with_addresses_of_their_own(void)
{
    static const struct dhcp_value offer = {.code = 66, .text = "one"};
    const struct scenario_dhcp one = {.offer = &offer, .offer_count = 1, .lease_us = DURATION_H};
    const struct scenario_dhcp two = {.lease_us = 2 * DURATION_M};
    const struct scenario_dhcp *phones[] = {&one, &one};
    const uint32_t fixed[] = {0x0a4d0020u, 0};
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_real_lab(phones, fixed, text), 0);
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:01,10.77.0.32,3600"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:02,3600"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=66,\"one\""));
    CU_ASSERT_TRUE(has_line(text, "dhcp-ignore=tag:!known"));
    phones[1] = &two;
    CU_ASSERT_EQUAL(write_real_lab(phones, fixed, text), 0);
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:01,set:p0,10.77.0.32,3600"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:02,set:p1,120"));
    CU_ASSERT_TRUE(has_line(text, "dhcp-option-force=tag:p0,66,\"one\""));
    CU_ASSERT_EQUAL(write_real_lab(phones, NULL, text), 0);
    CU_ASSERT_TRUE(has_line(text, "dhcp-host=02:00:00:00:00:01,set:p0,3600"));
}

static void errors_of_one_phone_of_many(void)
{
    static const struct dhcp_value bad = {.code = 160, .text = ""};
    const struct scenario_dhcp one = {.lease_us = DURATION_H};
    const struct scenario_dhcp two = {.offer = &bad, .offer_count = 1, .lease_us = DURATION_H};
    const struct scenario_dhcp *phones[] = {&one, &two};
    char text[TEXT_MAX];
    CU_ASSERT_EQUAL(write_phones(phones, 2, text), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "option 160"));
}

static void a_configuration_that_is_too_long(void)
{
    struct dnsmasq_settings settings = settings_of(NULL, 0);
    struct error error = {0};
    struct buffer buffer;
    buffer_init(&buffer, 100);
    CU_ASSERT_EQUAL(dnsmasq_config_write(&settings, &buffer, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too long"));
    buffer_done(&buffer);
}

/* Without a lease file who has which address is told as if it were fixed. */
static void leases_are_told(void)
{
    const struct scenario_dhcp dhcp = {.lease_us = DURATION_H};
    const struct scenario_dhcp *const phones[] = {&dhcp, &dhcp};
    static const uint32_t addresses[] = {0, 0x0a4d0177u};
    struct dnsmasq_settings settings = settings_of(phones, 2);
    struct error error = {0};
    struct buffer buffer;
    settings.lease_file = NULL;
    settings.leases_told = true;
    settings.fixed_addresses = addresses;
    buffer_init(&buffer, DNSMASQ_CONFIG_BYTES_MAX);
    CU_ASSERT_EQUAL(dnsmasq_config_write(&settings, &buffer, &error), 0);
    CU_ASSERT_TRUE(has_line(buffer_string(&buffer), "leasefile-ro"));
    CU_ASSERT_TRUE(has_line(buffer_string(&buffer), "dhcp-ignore-names"));
    CU_ASSERT_TRUE(has_line(buffer_string(&buffer), "dhcp-host=02:00:00:00:00:01,3600"));
    CU_ASSERT_TRUE(
        has_line(buffer_string(&buffer), "dhcp-host=02:00:00:00:00:02,10.77.1.119,3600"));
    CU_ASSERT_PTR_NULL(strstr(buffer_string(&buffer), "dhcp-leasefile"));
    buffer_done(&buffer);
}

void tests_harness_lab_dnsmasq_config(void);
void tests_harness_lab_dnsmasq_config(void)
{
    TEST_SUITE("lab/dnsmasq_config", {"what always stands there", what_always_stands_there},
               {"texts", texts}, {"as long as an option can be", as_long_as_an_option_can_be},
               {"addresses", addresses}, {"hexadecimal bytes", hexadecimal_bytes},
               {"sub-options", suboptions},
               {"what only some phones get", what_only_some_phones_get},
               {"phones with addresses of their own", phones_with_addresses_of_their_own},
               {"leases are told", leases_are_told},
               {"errors of one phone of many", errors_of_one_phone_of_many},
               {"a configuration that is too long", a_configuration_that_is_too_long});
}
