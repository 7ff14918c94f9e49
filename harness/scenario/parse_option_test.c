/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case offers_cases[] = {
    {GIVEN("dhcp: {offer: x}"),
     {"2:23: expected a map of DHCP option numbers to values, found `x`"}},
    {GIVEN("dhcp: {offer: {67: x, 161: x, tftp: x}}"),
     {"2:24: found `67`; did you mean `66`?", "2:31: found `161`; did you mean `160`?",
      "2:39: found `tftp`"}},
    {GIVEN("dhcp: {offer: {66: {}, 160: , 159: [a], 60: \"\"}}"),
     {"2:28: expected `hex:` in the value of an option, found no such key",
      "2:32: expected a text or {hex: \"01:04\"}, found nothing",
      "2:44: expected a text or {hex: \"01:04\"}, found a list",
      "2:53: expected a text or {hex: \"01:04\"}, found an empty text"}},
    {GIVEN("dhcp: {offer: {66: \"${provision.htp}/${x} ${\"}}"),
     {"2:28: found `provision.htp`; did you mean `provision.http`?", "2:28: found `x`",
      "2:28: found no name"}},
    {GIVEN("dhcp: {offer: {66: \"a\\tb\"}}"),
     {"2:28: expected a text without control characters, or {hex: \"01:04\"}, found `a?b`"}},
    {GIVEN("dhcp: {offer: {66: "
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}}"),
     {"2:28: expected at most 255 bytes in a DHCP option, found 256"}},
    {GIVEN(
         "dhcp: {offer: {60: "
         "\"${provision.http}"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}"),
     {"2:28: expected at most 255 bytes in a DHCP option, found 256"}},
};

static void errors_offers(void)
{
    testing_check_errors(offers_cases, COUNT(offers_cases));
}

static const struct error_case addresses_cases[] = {
    {GIVEN("dhcp: {offer: {150: [10.0.0.1, 10.0.0, \"${provision.http}\"]}}"),
     {"2:40: expected an IPv4 address or ${provision.address}, found `10.0.0`",
      "2:48: expected an IPv4 address or ${provision.address}, found `${provision.http}`"}},
    {GIVEN("dhcp: {offer: {150: []}}"),
     {"2:29: expected a list of addresses, found an empty list"}},
    {GIVEN("dhcp: {offer: {150: name}}"),
     {"2:29: expected an IPv4 address or ${provision.address}, found `name`"}},
    {GIVEN("dhcp: {offer: {150: [{}]}}"),
     {"2:30: expected an IPv4 address or ${provision.address}, found an empty map"}},
    {GIVEN(
         "dhcp: {offer: {150: [192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, 192.0.2.1, "
         "192.0.2.1, 192.0.2.1]}}"),
     {"2:29: expected at most 255 bytes in a DHCP option, found 256"}},
};

static void errors_addresses(void)
{
    testing_check_errors(addresses_cases, COUNT(addresses_cases));
}

static const struct error_case suboptions_cases[] = {
    {GIVEN("dhcp: {offer: {43: x, 125: [y]}}"),
     {"2:28: expected a map {SUB: TEXT} or {hex: \"01:04\"}, found `x`",
      "2:36: expected a map {ENTERPRISE: {SUB: TEXT}} or {hex: \"01:04\"}, found a list"}},
    {GIVEN("dhcp: {offer: {43: {}, 125: {}}}"),
     {"2:28: expected a map {SUB: TEXT} or {hex: \"01:04\"}, found an empty map",
      "2:37: expected a map {ENTERPRISE: {SUB: TEXT}} or {hex: \"01:04\"}, found an empty map"}},
    {GIVEN("dhcp: {offer: {43: {0: x, 255: y, 1: , 2: \"\"}}}"),
     {"2:29: expected the number of a sub-option, 1 to 254, found `0`",
      "2:35: expected the number of a sub-option, 1 to 254, found `255`",
      "2:43: expected the text of a sub-option, found nothing",
      "2:51: expected the text of a sub-option, found an empty text"}},
    {GIVEN("dhcp: {offer: {43: {01: x}}}"),
     {"2:29: expected the number of a sub-option, 1 to 254, found `01`"}},
    {GIVEN("dhcp: {offer: {125: {0: {1: a}, 4294967296: {1: b}, 9: {}, 10: c}}}"),
     {"2:30: found `0`", "2:41: found `4294967296`",
      "2:64: expected at least one sub-option, found an empty map",
      "2:72: expected a map of sub-option numbers to texts, found `c`"}},
    {GIVEN("dhcp: {offer: {125: {9: {0: a, x: b}}}}"),
     {"2:34: expected the number of a sub-option, 1 to 254, found `0`",
      "2:40: expected the number of a sub-option, 1 to 254, found `x`"}},
    {GIVEN("dhcp: {offer: {43: {1: \"${a}\", 2: \"\\x01\"}}}"),
     {"2:32: found `a`",
      "2:43: expected a text without control characters, or {hex: \"01:04\"}, found `?`"}},
    {GIVEN("dhcp: {offer: {43: {1: "
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxx, 2: "
           "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}}}"),
     {"2:28: expected at most 255 bytes in a DHCP option, found 264"}},
    {GIVEN("dhcp: {offer: {125: {9: {1: "
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
           "xxxxxxxxxxxxxxxxxxxxxxxxxx, 2: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}}}}"),
     {"2:29: expected at most 255 bytes in a DHCP option, found 256"}},
};

static void errors_suboptions(void)
{
    testing_check_errors(suboptions_cases, COUNT(suboptions_cases));
}

static const struct error_case hex_cases[] = {
    {GIVEN("dhcp: {offer: {43: {hex: \"1:2\"}, 66: {hex: 01:0g}, 60: {hexx: 01}}}"),
     {"2:34: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found `1:2`",
      "2:52: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found `01:0g`",
      "2:65: expected a key of the value of an option (hex), found `hexx`; did you mean `hex`?"}},
    {GIVEN("dhcp: {offer: {66: {hex: }}}"),
     {"2:29: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found nothing"}},
    {GIVEN("dhcp: {offer: {66: {hex: \"01:\"}}}"),
     {"2:34: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found `01:`"}},
    {GIVEN("dhcp: {offer: {66: {hex: 0102}}}"),
     {"2:34: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found `0102`"}},
    {GIVEN("dhcp: {offer: {66: {hex: [1]}}}"),
     {"2:34: expected 1 to 255 bytes as pairs of digits such as \"01:04:de\", found a list"}},
    {GIVEN("dhcp: {offer: {43: {hex: \"01\", 1: x}}}"),
     {"2:40: expected a key of the value of an option (hex), found `1`"}},
    {GIVEN("dhcp: {offer: {66: {hex: "
           "\"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
           "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\"}}}"),
     {"2:34: found `00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:…`"}},
};

static void errors_hex(void)
{
    testing_check_errors(hex_cases, COUNT(hex_cases));
}

static const struct error_case expected_options_cases[] = {
    {STEP("expect: {dhcp: ack, options: {0: x, 255: y, 55: \"${provision}\", 150: "
          "[\"${provision.http}\"]}}"),
     {"3:35: expected the number of a DHCP option, 1 to 254, found `0`",
      "3:41: expected the number of a DHCP option, 1 to 254, found `255`",
      "3:53: found `provision`",
      "3:75: expected an IPv4 address or ${provision.address}, found `${provision.http}`"}},
    {STEP("expect: {dhcp: ack, options: {43: {1: \"${provison.http}\"}}}"),
     {"3:43: found `provison.http`; did you mean `provision.http`?"}},
    {STEP("expect: {dhcp: ack, options: x}"),
     {"3:34: expected a map of DHCP option numbers to values, found `x`"}},
    {STEP("expect: {dhcp: ack, options: {12: [a], 1000: b}}"),
     {"3:39: expected a text or {hex: \"01:04\"}, found a list",
      "3:44: expected the number of a DHCP option, 1 to 254, found `1000`"}},
};

static void errors_expected_options(void)
{
    testing_check_errors(expected_options_cases, COUNT(expected_options_cases));
}

static struct scenario *offer(const char *text, size_t count)
{
    struct scenario *s = testing_scenario(text);
    CU_ASSERT_EQUAL_FATAL(s->dhcp.offer_count, count);
    return s;
}

static void texts(void)
{
    struct scenario *s = offer(GIVEN("dhcp: {offer: {66: '${provision.http}/$PSN.xml', 160: x, "
                                     "159: 10.0.0.1, 60: dslforum.org}}"),
                               4);
    static const uint8_t codes[] = {66, 160, 159, 60};
    static const char *const values[] = {"${provision.http}/$PSN.xml", "x", "10.0.0.1",
                                         "dslforum.org"};
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(s->dhcp.offer[i].code, codes[i]);
        CU_ASSERT_EQUAL(s->dhcp.offer[i].form, DHCP_VALUE_TEXT);
        CU_ASSERT_STRING_EQUAL(s->dhcp.offer[i].text, values[i]);
        CU_ASSERT_EQUAL(s->dhcp.offer[i].place.line, 2);
    }
    CU_ASSERT_EQUAL(s->dhcp.offer[0].place.column, 24);
    scenario_free(s);
}

static void lists_of_addresses(void)
{
    struct scenario *s =
        offer(GIVEN("dhcp: {offer: {150: [192.0.2.1, '${provision.address}']}}"), 1);
    CU_ASSERT_EQUAL(s->dhcp.offer[0].form, DHCP_VALUE_ADDRESSES);
    CU_ASSERT_EQUAL_FATAL(s->dhcp.offer[0].address_count, 2);
    CU_ASSERT_STRING_EQUAL(s->dhcp.offer[0].addresses[0], "192.0.2.1");
    CU_ASSERT_STRING_EQUAL(s->dhcp.offer[0].addresses[1], "${provision.address}");
    scenario_free(s);
    s = offer(GIVEN("dhcp: {offer: {150: 192.0.2.1}}"), 1);
    CU_ASSERT_EQUAL(s->dhcp.offer[0].address_count, 1);
    scenario_free(s);
}

static void maps_of_suboptions(void)
{
    struct scenario *s = offer(GIVEN("dhcp: {offer: {43: {1: '${provision.http}', 254: b}, "
                                     "125: {3561: {4: c}, 4294967295: {5: d, 6: e}}}}"),
                               2);
    const struct dhcp_value *value = &s->dhcp.offer[0];
    CU_ASSERT_EQUAL(value->form, DHCP_VALUE_SUBOPTIONS);
    CU_ASSERT_EQUAL_FATAL(value->suboption_count, 2);
    CU_ASSERT_EQUAL(value->suboptions[0].enterprise, 0);
    CU_ASSERT_EQUAL(value->suboptions[0].code, 1);
    CU_ASSERT_STRING_EQUAL(value->suboptions[0].text, "${provision.http}");
    CU_ASSERT_EQUAL(value->suboptions[1].code, 254);
    CU_ASSERT_EQUAL(value->suboptions[1].place.column, 53);
    value = &s->dhcp.offer[1];
    CU_ASSERT_EQUAL_FATAL(value->suboption_count, 3);
    CU_ASSERT_EQUAL(value->suboptions[0].enterprise, 3561);
    CU_ASSERT_EQUAL(value->suboptions[2].enterprise, UINT32_MAX);
    CU_ASSERT_EQUAL(value->suboptions[2].code, 6);
    CU_ASSERT_STRING_EQUAL(value->suboptions[2].text, "e");
    scenario_free(s);
}

static void exact_bytes(void)
{
    struct scenario *s = offer(GIVEN("dhcp: {offer: {43: {hex: 01:04:dE:Ad}, 150: {hex: '00'}, "
                                     "125: {hex: ff}, 66: {hex: 0a}}}"),
                               4);
    static const uint8_t bytes[] = {1, 4, 0xde, 0xad};
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(s->dhcp.offer[i].form, DHCP_VALUE_HEX);
    CU_ASSERT_EQUAL_FATAL(s->dhcp.offer[0].byte_count, 4);
    CU_ASSERT_EQUAL(memcmp(s->dhcp.offer[0].bytes, bytes, 4), 0);
    CU_ASSERT_EQUAL(s->dhcp.offer[1].bytes[0], 0);
    CU_ASSERT_EQUAL(s->dhcp.offer[2].bytes[0], 0xff);
    scenario_free(s);
}

/* 255 bytes encoded, no more: heads count, ${name}s do not. */
static void as_much_as_fits(void)
{
    static const struct {
        const char *before;
        int bytes;
        const char *behind;
    } cases[] = {
        {"66: '", 255, "'"},
        {"66: '${provision.http}", 255, "'"},
        {"43: {1: '", 253, "'}"},
        {"125: {9: {1: '", 248, "'}}"},
    };
    char filler[300], text[600];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(text, sizeof text, GIVEN("dhcp: {offer: {%s%.*s%s}}"), cases[i].before,
                 cases[i].bytes, filler, cases[i].behind);
        scenario_free(offer(text, 1));
    }
}

static void options_of_a_pattern(void)
{
    struct scenario *s =
        testing_scenario(STEP("expect: {dhcp: request, options: {12: SEP*, 55: {hex: '42:96'}, "
                              "150: 192.0.2.1, 66: '${provision.http}/x'}}"));
    const struct pattern *pattern = &s->steps[0].pattern;
    CU_ASSERT_EQUAL(pattern->dhcp_type, 3);
    CU_ASSERT_EQUAL_FATAL(pattern->option_count, 4);
    CU_ASSERT_STRING_EQUAL(pattern->options[3].text, "${provision.http}/x");
    CU_ASSERT_EQUAL(pattern->options[0].code, 12);
    CU_ASSERT_EQUAL(pattern->options[1].form, DHCP_VALUE_HEX);
    CU_ASSERT_EQUAL(pattern->options[2].form, DHCP_VALUE_ADDRESSES);
    scenario_free(s);
}

void tests_harness_scenario_parse_option(void);
void tests_harness_scenario_parse_option(void)
{
    TEST_SUITE("scenario/option", {"errors: offers", errors_offers},
               {"errors: addresses", errors_addresses}, {"errors: suboptions", errors_suboptions},
               {"errors: hex", errors_hex}, {"errors: expected options", errors_expected_options},
               {"texts", texts}, {"lists of addresses", lists_of_addresses},
               {"maps of sub-options", maps_of_suboptions}, {"exact bytes", exact_bytes},
               {"as much as fits", as_much_as_fits},
               {"options of a pattern", options_of_a_pattern});
}
