/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"
#include "harness/judge/match.h"

void tests_harness_judge_match(void);

static const char *const values[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "http://10.0.0.2", [SUBSTITUTE_PROVISION_ADDRESS] = "10.0.0.2"};

static bool matches(const struct pattern *pattern, struct event event, bool substituted)
{
    struct substitutions substitutions = {{NULL}};
    for (size_t i = 0; substituted && i < SUBSTITUTE_COUNT; i++)
        substitutions.values[i] = (char *)values[i];
    return match_event(&substitutions, pattern, &event);
}

static void requests_by_detail(void)
{
    const struct event asked = request_at(S(1), EVENT_SERVER_EDOS, "/rc?id=00:11");
    static const struct {
        struct pattern pattern;
        bool matches;
    } cases[] = {
        {{.kind = PATTERN_REQUEST, .target = "/rc"}, true},
        {{.kind = PATTERN_REQUEST, .target = "/rc?id=*"}, true},
        {{.kind = PATTERN_REQUEST, .target = "/*"}, true},
        {{.kind = PATTERN_REQUEST, .target = "/r"}, false},
        {{.kind = PATTERN_REQUEST, .method = "get"}, true},
        {{.kind = PATTERN_REQUEST, .method = "POST"}, false},
        {{.kind = PATTERN_REQUEST, .host = "activate.*"}, true},
        {{.kind = PATTERN_REQUEST, .host = "webapps.*"}, false},
        {{.kind = PATTERN_REQUEST, .agent = "Cisco-CP-8841-3PCC/*"}, true},
        {{.kind = PATTERN_REQUEST, .agent = "cisco*"}, false},
        {{.kind = PATTERN_REQUEST, .target = "/rc", .method = "POST"}, false},
        {{.kind = PATTERN_REQUEST, .server = SERVER_PROVISION, .target = "/rc"}, false},
        {{.kind = PATTERN_REQUEST}, false}, /* without detail it is about attempts */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        CU_ASSERT_EQUAL(matches(&cases[i].pattern, asked, false), cases[i].matches);
    CU_ASSERT(matches(&cases[12].pattern, attempt_at(S(1), EVENT_SERVER_EDOS, 0), false));
    CU_ASSERT_FALSE(matches(&cases[12].pattern, attempt_at(S(1), EVENT_SERVER_OTHER, 0), false));
    struct event pushed = asked;
    pushed.request.push = true;
    CU_ASSERT_FALSE(matches(&cases[0].pattern, pushed, false));
    struct event nameless = asked;
    nameless.request.agent = NULL;
    CU_ASSERT_FALSE(matches(&cases[8].pattern, nameless, false));
}

static void a_look_is_no_request(void)
{
    static const struct pattern any = {.kind = PATTERN_REQUEST, .target = "/rc"},
                                get = {.kind = PATTERN_REQUEST, .target = "/rc", .method = "GET"},
                                head = {.kind = PATTERN_REQUEST, .method = "HEAD"},
                                every = {.kind = PATTERN_REQUEST, .method = "*"};
    struct event asked = request_at(S(1), EVENT_SERVER_EDOS, "/rc");
    CU_ASSERT_FALSE(matches(&head, asked, false));
    CU_ASSERT(matches(&every, asked, false));
    asked.request.method = "HEAD";
    CU_ASSERT_FALSE(matches(&any, asked, false));
    CU_ASSERT_FALSE(matches(&get, asked, false));
    CU_ASSERT(matches(&head, asked, false));
    CU_ASSERT(matches(&every, asked, false));
}

static void transports(void)
{
    static const enum transport seen[] = {TRANSPORT_HTTP, TRANSPORT_HTTPS, TRANSPORT_TFTP};
    static const enum transport_wanted wanted[] = {TRANSPORT_WANTED_HTTP, TRANSPORT_WANTED_HTTPS,
                                                   TRANSPORT_WANTED_TFTP};
    struct event asked = request_at(S(1), EVENT_SERVER_EDOS, "/rc");
    for (size_t i = 0; i < COUNT(seen); i++) {
        for (size_t k = 0; k < COUNT(wanted); k++) {
            const struct pattern pattern = {.kind = PATTERN_REQUEST, .transport = wanted[k]};
            asked.request.peer.transport = seen[i];
            CU_ASSERT_EQUAL(matches(&pattern, asked, false), i == k);
        }
    }
}

static void names_and_files(void)
{
    const struct pattern name = {.kind = PATTERN_DNS, .name = "activate.*"};
    struct event dns = event_at(S(1), EVENT_DNS);
    dns.dns.question = "Activate.Cisco.com";
    CU_ASSERT(matches(&name, dns, false));
    dns.dns.response = true;
    CU_ASSERT_FALSE(matches(&name, dns, false));
    dns.dns.response = false;
    dns.dns.question = "www.cisco.com";
    CU_ASSERT_FALSE(matches(&name, dns, false));

    const struct pattern file = {.kind = PATTERN_TFTP, .name = "8841-3PCC.xml"};
    struct event tftp = event_at(S(1), EVENT_TFTP);
    tftp.tftp.file = "/8841-3PCC.xml";
    tftp.tftp.packet = TFTP_PACKET_RRQ;
    CU_ASSERT(matches(&file, tftp, false));
    tftp.tftp.packet = TFTP_PACKET_ACK;
    CU_ASSERT_FALSE(matches(&file, tftp, false));
    struct event logged = event_at(S(1), EVENT_REQUEST);
    logged.request.target = "8841-3PCC.xml";
    CU_ASSERT_FALSE(matches(&file, logged, false));
    logged.request.peer.transport = TRANSPORT_TFTP;
    CU_ASSERT(matches(&file, logged, false));
}

#define TEXT(option, value) {.code = (option), .form = DHCP_VALUE_TEXT, .text = (value)}
#define WIRE(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static bool option_matches(const struct dhcp_value *value, const uint8_t *options, size_t length)
{
    const struct pattern pattern = {
        .kind = PATTERN_DHCP, .dhcp_type = 2, .options = value, .option_count = 1};
    return matches(&pattern, dhcp_at(S(1), 2, options, length), true);
}

static void option_texts(void)
{
    const struct dhcp_value plain = TEXT(66, "abc"), url = TEXT(66, "${provision.http}");
    CU_ASSERT(option_matches(&plain, WIRE(53, 1, 2, 66, 3, 'a', 'b', 'c')));
    CU_ASSERT(option_matches(&plain, WIRE(66, 4, 'a', 'b', 'c', 0)));
    CU_ASSERT(option_matches(&plain, WIRE(66, 2, 'a', 'b', 66, 1, 'c'))); /* RFC 3396 */
    CU_ASSERT_FALSE(option_matches(&plain, WIRE(66, 5, 'a', 'b', 'c', 0, 0)));
    CU_ASSERT_FALSE(option_matches(&plain, WIRE(66, 2, 'a', 'b')));
    CU_ASSERT_FALSE(option_matches(&plain, WIRE(66, 3, 'a', 'b', 'd')));
    CU_ASSERT_FALSE(option_matches(&plain, WIRE(67, 3, 'a', 'b', 'c')));
    CU_ASSERT_FALSE(option_matches(&plain, WIRE(66, 9, 'a', 'b', 'c'))); /* cut short */
    CU_ASSERT_FALSE(option_matches(&plain, NULL, 0));
    CU_ASSERT(option_matches(&url, WIRE(66, 15, 'h', 't', 't', 'p', ':', '/', '/', '1', '0', '.',
                                        '0', '.', '0', '.', '2')));
    /* Nobody said what the name stands for. */
    const struct pattern pattern = {
        .kind = PATTERN_DHCP, .dhcp_type = 2, .options = &url, .option_count = 1};
    CU_ASSERT_FALSE(matches(&pattern, dhcp_at(S(1), 2, WIRE(66, 0)), false));
    CU_ASSERT_FALSE(matches(&pattern, dhcp_at(S(1), 5, WIRE(66, 0)), true));
}

static void option_addresses_and_bytes(void)
{
    static const char *const two[] = {"10.0.0.1", "${provision.address}"};
    static const uint8_t bytes[] = {1, 2};
    const struct dhcp_value addresses = {
        .code = 150, .form = DHCP_VALUE_ADDRESSES, .addresses = two, .address_count = 2};
    const struct dhcp_value hex = {
        .code = 43, .form = DHCP_VALUE_HEX, .bytes = bytes, .byte_count = 2};
    CU_ASSERT(option_matches(&addresses, WIRE(150, 8, 10, 0, 0, 1, 10, 0, 0, 2)));
    CU_ASSERT_FALSE(option_matches(&addresses, WIRE(150, 8, 10, 0, 0, 2, 10, 0, 0, 1)));
    CU_ASSERT_FALSE(option_matches(&addresses, WIRE(150, 4, 10, 0, 0, 1)));
    CU_ASSERT_FALSE(
        option_matches(&addresses, WIRE(150, 12, 10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3)));
    CU_ASSERT(option_matches(&hex, WIRE(43, 2, 1, 2)));
    CU_ASSERT_FALSE(option_matches(&hex, WIRE(43, 3, 1, 2, 3)));
    CU_ASSERT_FALSE(option_matches(&hex, WIRE(43, 2, 1, 3)));
}

static void option_suboptions(void)
{
    static const struct dhcp_suboption acs[] = {{0, 1, "x", {0, 0}}, {0, 2, "yy", {0, 0}}};
    static const struct dhcp_suboption vendor[] = {{3561, 4, "x", {0, 0}}};
    const struct dhcp_value in_43 = {
        .code = 43, .form = DHCP_VALUE_SUBOPTIONS, .suboptions = acs, .suboption_count = 2};
    const struct dhcp_value in_125 = {
        .code = 125, .form = DHCP_VALUE_SUBOPTIONS, .suboptions = vendor, .suboption_count = 1};
    /* In any order, ended by 255, padded. */
    CU_ASSERT(option_matches(&in_43, WIRE(43, 9, 2, 2, 'y', 'y', 0, 1, 1, 'x', 255)));
    CU_ASSERT_FALSE(option_matches(&in_43, WIRE(43, 4, 2, 2, 'y', 'y')));
    CU_ASSERT_FALSE(option_matches(&in_43, WIRE(43, 9, 2, 2, 'y', 'y', 255, 0, 1, 1, 'x')));
    CU_ASSERT_FALSE(option_matches(&in_43, WIRE(43, 6, 2, 2, 'y', 'y', 1, 9)));
    CU_ASSERT(option_matches(&in_125, WIRE(125, 8, 0, 0, 13, 233, 3, 4, 1, 'x')));
    CU_ASSERT(option_matches(&in_125,
                             WIRE(125, 16, 0, 0, 0, 9, 3, 4, 1, 'z', 0, 0, 13, 233, 3, 4, 1, 'x')));
    CU_ASSERT_FALSE(option_matches(&in_125, WIRE(125, 8, 0, 0, 0, 9, 3, 4, 1, 'x')));
    CU_ASSERT_FALSE(option_matches(&in_125, WIRE(125, 8, 0, 0, 13, 233, 9, 4, 1, 'x')));
}

void tests_harness_judge_match(void)
{
    TEST_SUITE("judge/match", {"requests by detail", requests_by_detail},
               {"a look is no request", a_look_is_no_request}, {"transports", transports},
               {"names and files", names_and_files}, {"option texts", option_texts},
               {"option addresses and bytes", option_addresses_and_bytes},
               {"sub-options", option_suboptions});
}
