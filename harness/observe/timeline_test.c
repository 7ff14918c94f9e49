/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/observe/timeline.h"
#include <stdio.h>
#include <string.h>

void tests_harness_observe_timeline(void);

static const char *const phones[] = {"8841-1", "desk \"2\""};
enum { PHONES = 2, TEXT_MAX = 65536 };

/* Every field of the type set. */
static struct event full(enum event_type type)
{
    static const uint8_t options[] = {53, 1, 5, 66, 4, 'h', 't', 't', 'p', 80, 0};
    static const char target[] = "/a?b=\"c\\d\"\x01\x7F",
                      agent[] = "Cisco-CP-8841-3PCC/1.0 \xC3\xA9";
    const struct event_peer peer = {.server = EVENT_SERVER_EDOS,
                                    .transport = TRANSPORT_HTTPS,
                                    .address = 0x0A4D0117,
                                    .port = 443,
                                    .client_port = 40000};
    struct event event = {.type = type, .phone = 1, .frame = 77};
    switch (type) {
    case EVENT_ACTION:
        event.action = (struct action_event){.what = ACTION_CONFIGURE,
                                             .by_page = true,
                                             .by_push = true,
                                             .aborts = true,
                                             .text = "a sentence"};
        break;
    case EVENT_LOST:
        event.lost = (struct lost_event){true, "TCP port 443"};
        break;
    case EVENT_CARRIER:
        event.carrier = (struct carrier_event){true};
        break;
    case EVENT_SETTING:
        event.setting = (struct setting_event){SETTING_PROVISION, "a sentence"};
        break;
    case EVENT_DHCP:
        event.dhcp = (struct dhcp_event){.type = 5,
                                         .address = 0x0A4D0117,
                                         .xid = 0xFFFFFFFF,
                                         .chaddr = {{0, 1, 2, 3, 4, 0xFF}},
                                         .server_address = 0x0A4D0001,
                                         .source_address = 1,
                                         .lease_s = UINT32_MAX,
                                         .malformed = "no-end",
                                         .other_server = true,
                                         .unasked = true,
                                         .options = {options, sizeof options}};
        break;
    case EVENT_CONFLICT:
        event.conflict = (struct conflict_event){0x0A4D0117, {{0, 1, 2, 3, 4, 0xFF}}};
        break;
    case EVENT_DNS:
        event.dns = (struct dns_event){.server = EVENT_SERVER_NAME,
                                       .transport = TRANSPORT_DNS,
                                       .address = 0x0A4D0117,
                                       .id = 65535,
                                       .query_type = 28,
                                       .response = true,
                                       .question = "name",
                                       .rcode = 3,
                                       .target = "c.d",
                                       .target_port = 443};
        break;
    case EVENT_CONNECT:
    case EVENT_REFUSED:
        event.connection.peer = peer;
        break;
    case EVENT_TLS:
        event.tls = (struct tls_event){peer, true, "name", "an expired certificate"};
        break;
    case EVENT_HTTP_REQUEST:
        event.http_request = (struct http_request_event){peer, "GET", "name", target, agent};
        break;
    case EVENT_HTTP_RESPONSE:
        event.http_response = (struct http_response_event){
            .peer = peer, .status = 503, .location = "http://x/", .framing = "chunked"};
        break;
    case EVENT_TFTP:
        event.tftp = (struct tftp_event){.peer = peer,
                                         .from_server = true,
                                         .packet = TFTP_PACKET_ERROR,
                                         .file = "name",
                                         .error = 1,
                                         .complete = true,
                                         .bytes = UINT64_C(1) << 40,
                                         .message = "not found"};
        break;
    case EVENT_REQUEST:
        event.request = (struct request_event){.push = true,
                                               .peer = peer,
                                               .method = "GET",
                                               .host = "name",
                                               .target = target,
                                               .agent = agent,
                                               .certificate = "ST=FCH00000001,L=02,OU=CP-8841-3PCC",
                                               .behaviour = "503"};
        break;
    case EVENT_ANSWER:
        event.answer = (struct answer_event){.push = true,
                                             .aborts = true,
                                             .peer = peer,
                                             .method = "GET",
                                             .target = target,
                                             .status = 503,
                                             .location = "http://x/",
                                             .content = CONTENT_PROFILE,
                                             .complete = true,
                                             .bytes = UINT64_C(1) << 40,
                                             .retry_delay = "60,120",
                                             .behaviour = "503"};
        break;
    case EVENT_PAGE:
        event.page = (struct page_event){503, STATE_CUSTOM_PENDING, "a sentence"};
        break;
    case EVENT_BOOT:
        event.boot = (struct boot_event){true, ACTION_CONFIGURE, 3};
        break;
    case EVENT_ATTEMPT:
        event.attempt = (struct attempt_event){peer, "name", UINT64_C(1) << 50, 3};
        break;
    case EVENT_FAILED:
        event.failed = (struct failed_event){peer, 503, 3, "a sentence"};
        break;
    case EVENT_STATE:
        event.state = (struct state_event){STATE_CUSTOM_PENDING, STATE_PENDING, RULE_PEND_1, 3};
        break;
    case EVENT_LAB_ERROR:
    case EVENT_END:
        event.note.text = "a sentence";
        break;
    case EVENT_TYPE_COUNT:
        break;
    }
    return event;
}

static void write_all(const struct timeline *timeline, struct buffer *buffer)
{
    for (size_t i = 0; i < timeline->count; i++) {
        event_to_json(&timeline->events[i], phones, PHONES, buffer);
        buffer_u8(buffer, '\n');
    }
}

static void every_type_comes_back(void)
{
    struct timeline first, second;
    struct buffer one, other;
    struct error error = {.text = ""};
    timeline_init(&first);
    timeline_init(&second);
    buffer_init(&one, TEXT_MAX);
    buffer_init(&other, TEXT_MAX);
    for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
        struct event event = full((enum event_type)type), zero = {.type = event.type, .phone = -1};
        CU_ASSERT_PTR_NOT_NULL(timeline_append(&first, &event, 1000 + type));
        CU_ASSERT_PTR_NOT_NULL(timeline_append(&first, &zero, 1000 + type));
    }
    write_all(&first, &one);
    int code = timeline_read(&second, (const char *)one.data, one.length, phones, PHONES, &error);
    CU_ASSERT_EQUAL_FATAL(code, 0);
    CU_ASSERT_EQUAL_FATAL(second.count, first.count);
    write_all(&second, &other);
    CU_ASSERT_EQUAL_FATAL(one.length, other.length);
    CU_ASSERT_EQUAL(memcmp(one.data, other.data, one.length), 0);
    for (size_t i = 0; i < first.count; i++) {
        CU_ASSERT_EQUAL(first.events[i].number, i + 1);
        CU_ASSERT_EQUAL(second.events[i].phone, first.events[i].phone);
        CU_ASSERT_EQUAL(second.events[i].frame, 0);
        const struct event_peer *peer = event_peer(&second.events[i]);
        CU_ASSERT_TRUE(!peer || peer->client_port == 0);
    }
    timeline_done(&first);
    timeline_done(&second);
    buffer_done(&one);
    buffer_done(&other);
}

static void fields_come_back_whole(void)
{
    struct timeline timeline;
    struct buffer json;
    struct error error;
    timeline_init(&timeline);
    buffer_init(&json, TEXT_MAX);
    struct event answer = full(EVENT_ANSWER), dhcp = full(EVENT_DHCP), try = full(EVENT_ATTEMPT);
    answer.number = 1;
    dhcp.number = 2;
    try.number = 3;
    struct event asked = full(EVENT_REQUEST), hello = full(EVENT_TLS);
    asked.number = 4;
    hello.number = 5;
    event_to_json(&answer, phones, PHONES, &json);
    buffer_u8(&json, '\n');
    event_to_json(&dhcp, phones, PHONES, &json);
    buffer_text(&json, "\n\n");
    event_to_json(&try, phones, PHONES, &json);
    buffer_u8(&json, '\n');
    event_to_json(&asked, phones, PHONES, &json);
    buffer_u8(&json, '\n');
    event_to_json(&hello, phones, PHONES, &json);
    CU_ASSERT_EQUAL_FATAL(
        timeline_read(&timeline, (const char *)json.data, json.length, phones, PHONES, &error), 0);
    const struct event *event = &timeline.events[0];
    CU_ASSERT_STRING_EQUAL(event->answer.target, answer.answer.target);
    CU_ASSERT_STRING_EQUAL(event->answer.retry_delay, answer.answer.retry_delay);
    CU_ASSERT_EQUAL(event->answer.bytes, answer.answer.bytes);
    CU_ASSERT_EQUAL(event->answer.status, 503);
    CU_ASSERT_EQUAL(event->answer.content, CONTENT_PROFILE);
    CU_ASSERT_TRUE(event->answer.complete && event->answer.push && event->answer.aborts);
    event = &timeline.events[1];
    CU_ASSERT_EQUAL(event->dhcp.xid, 0xFFFFFFFF);
    CU_ASSERT_EQUAL(event->dhcp.server_address, dhcp.dhcp.server_address);
    CU_ASSERT_TRUE(mac_equal(&event->dhcp.chaddr, &dhcp.dhcp.chaddr));
    CU_ASSERT_EQUAL_FATAL(event->dhcp.options.length, dhcp.dhcp.options.length);
    CU_ASSERT_EQUAL(
        memcmp(event->dhcp.options.bytes, dhcp.dhcp.options.bytes, dhcp.dhcp.options.length), 0);
    CU_ASSERT_EQUAL(timeline.events[2].attempt.last_sign_us, UINT64_C(1) << 50);
    CU_ASSERT_STRING_EQUAL(timeline.events[3].request.agent, asked.request.agent);
    CU_ASSERT_STRING_EQUAL(timeline.events[3].request.certificate, asked.request.certificate);
    CU_ASSERT_TRUE(timeline.events[4].tls.response);
    CU_ASSERT_STRING_EQUAL(timeline.events[4].tls.fault, hello.tls.fault);
    timeline_done(&timeline);
    buffer_done(&json);
}

static void check_json(const struct event *event, const char *expected)
{
    struct buffer json;
    buffer_init(&json, TEXT_MAX);
    event_to_json(event, phones, PHONES, &json);
    CU_ASSERT_STRING_EQUAL(buffer_string(&json), expected);
    buffer_done(&json);
}

static void keys_and_their_order(void)
{
    static const uint8_t options[] = {53, 1, 1, 66, 8, 'h', 't', 't', 'p', ':', '/', '/', 'x'};
    check_json(&(struct event){.number = 5,
                               .time_us = 60000000,
                               .type = EVENT_DHCP,
                               .phone = 0,
                               .dhcp.type = 1,
                               .dhcp.xid = 9,
                               .dhcp.options.bytes = options,
                               .dhcp.options.length = sizeof options},
               "{\"n\":5,\"t\":60000000,\"phone\":\"8841-1\",\"type\":\"dhcp\",\"dhcp\":"
               "\"discover\",\"xid\":9,\"options\":{\"53\":\"01\",\"66\":\"687474703a2f2f78\"},"
               "\"options_text\":{\"66\":\"http://x\"}}");
    check_json(&(struct event){.number = 6,
                               .type = EVENT_STATE,
                               .phone = 0,
                               .state.state = STATE_OPEN,
                               .state.rule = RULE_OPEN_1,
                               .state.cause = 5},
               "{\"n\":6,\"t\":0,\"phone\":\"8841-1\",\"type\":\"state\",\"state\":\"Open\","
               "\"previous\":\"unknown\",\"rule\":\"RC-OPEN-1\",\"cause\":5}");
    check_json(&(struct event){.number = 7, .type = EVENT_BOOT, .phone = -1},
               "{\"n\":7,\"t\":0,\"type\":\"boot\"}");
}

static void no_utf8_becomes_a_sign_for_it(void)
{
    struct timeline timeline;
    struct error error;
    struct event event = {
        .number = 1, .type = EVENT_END, .phone = -1, .note.text = "a\xFF\xC0\x80\xED\xA0\x80z"};
    const char *json = "{\"n\":1,\"t\":0,\"type\":\"end\",\"text\":\"a\xEF\xBF\xBD\xEF\xBF\xBD"
                       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"}";
    check_json(&event, json);
    timeline_init(&timeline);
    CU_ASSERT_EQUAL_FATAL(timeline_read(&timeline, json, strlen(json), phones, PHONES, &error), 0);
    check_json(&timeline.events[0], json);
    timeline_done(&timeline);
}

static void long_options_are_cut_again(void)
{
    static uint8_t options[2 + 255 + 2 + 45];
    struct timeline timeline;
    struct buffer json;
    struct error error;
    options[0] = options[257] = 43;
    options[1] = 255;
    options[258] = 45;
    struct event event = {.number = 1,
                          .type = EVENT_DHCP,
                          .phone = -1,
                          .dhcp.options.bytes = options,
                          .dhcp.options.length = sizeof options};
    timeline_init(&timeline);
    buffer_init(&json, TEXT_MAX);
    event_to_json(&event, phones, PHONES, &json);
    CU_ASSERT_EQUAL_FATAL(
        timeline_read(&timeline, (const char *)json.data, json.length, phones, PHONES, &error), 0);
    CU_ASSERT_EQUAL_FATAL(timeline.events[0].dhcp.options.length, sizeof options);
    CU_ASSERT_EQUAL(memcmp(timeline.events[0].dhcp.options.bytes, options, sizeof options), 0);
    timeline_done(&timeline);
    buffer_done(&json);
}

static void bad_lines_are_named(void)
{
    static const char good[] = "{\"n\":1,\"t\":5,\"type\":\"end\"}\n";
    static const char *const bad[] = {
        "{",
        "[]",
        "7",
        "{\"n\":1,\"t\":5,\"type\":\"end\"}", /* n must be 2 */
        "{\"n\":2,\"t\":4,\"type\":\"end\"}", /* back in time */
        "{\"n\":2,\"t\":-5,\"type\":\"end\"}",
        "{\"n\":2,\"t\":5,\"type\":\"nonsense\"}",
        "{\"n\":2,\"t\":5}",
        "{\"n\":2,\"t\":5,\"phone\":\"nobody\",\"type\":\"end\"}",
        "{\"n\":2,\"t\":5,\"type\":\"end\",\"text\":7}",
        "{\"n\":2,\"t\":5,\"type\":\"end\",\"type\":\"end\"}",
        "{\"n\":2,\"t\":5,\"type\":\"state\",\"state\":\"Open\"}",
        "{\"n\":2,\"t\":5,\"type\":\"tls\",\"server\":\"none\",\"address\":\"1.2.3\"}",
        "{\"n\":2,\"t\":5,\"type\":\"tls\",\"server\":\"none\",\"port\":65536}",
        "{\"n\":2,\"t\":5,\"type\":\"dhcp\",\"mac\":\"x\"}",
        "{\"n\":2,\"t\":5,\"type\":\"dhcp\",\"options\":{\"256\":\"00\"}}",
        "{\"n\":2,\"t\":5,\"type\":\"dhcp\",\"options\":{\"1\":\"0\"}}",
        "{\"n\":2,\"t\":5,\"type\":\"dhcp\",\"options\":{\"1\":\"zz\"}}",
        "{\"n\":2,\"t\":5,\"type\":\"dhcp\",\"dhcp\":\"offered\"}",
        "{\"n\":2,\"t\":5,\"type\":\"dns\",\"server\":\"name\",\"response\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct timeline timeline;
        struct error error = {.line = 0};
        char text[512];
        snprintf(text, sizeof text, "%s%s\n", good, bad[i]);
        timeline_init(&timeline);
        CU_ASSERT_EQUAL(timeline_read(&timeline, text, strlen(text), phones, PHONES, &error),
                        ERROR_INVALID);
        CU_ASSERT_EQUAL(error.line, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "line 2"));
        CU_ASSERT_EQUAL(timeline.count, 1);
        timeline_done(&timeline);
    }
}

static void appending_copies(void)
{
    struct timeline timeline;
    char name[] = "activate.cisco.com";
    uint8_t options[] = {53, 1, 1};
    struct event event = {
        .type = EVENT_DHCP, .dhcp.options.bytes = options, .dhcp.options.length = sizeof options};
    struct event question = {.type = EVENT_DNS, .dns.question = name};
    timeline_init(&timeline);
    timeline_append(&timeline, &event, 5);
    timeline_append(&timeline, &question, 5);
    name[0] = 'X';
    options[2] = 'X';
    for (int i = 0; i < 1000; i++) /* an event of the very array, over its growth */
        CU_ASSERT_PTR_NOT_NULL(timeline_append(&timeline, &timeline.events[i % 2], 6));
    CU_ASSERT_STRING_EQUAL(timeline.events[1001].dns.question, "activate.cisco.com");
    CU_ASSERT_EQUAL(timeline.events[1000].dhcp.options.bytes[2], 1);
    CU_ASSERT_EQUAL(timeline.events[1000].number, 1001);
    CU_ASSERT_EQUAL(timeline.events[1000].time_us, 6);
    timeline_done(&timeline);
    timeline_done(&timeline);
}

static void a_full_timeline_fails_for_good(void)
{
    struct timeline timeline;
    struct event event = {.type = EVENT_END, .phone = -1, .note.text = "12345678"};
    timeline_init(&timeline);
    timeline.arena.max_bytes = 4;
    CU_ASSERT_PTR_NULL(timeline_append(&timeline, &event, 1));
    CU_ASSERT_TRUE(timeline.failed);
    event.note.text = NULL;
    CU_ASSERT_PTR_NULL(timeline_append(&timeline, &event, 1));
    CU_ASSERT_EQUAL(timeline.count, 0);
    timeline_done(&timeline);
}

static void every_event_has_a_line(void)
{
    for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
        struct event event = full((enum event_type)type), zero = {.type = event.type, .phone = -1};
        struct buffer text;
        buffer_init(&text, TEXT_MAX);
        event_describe(&event, &text);
        buffer_u8(&text, '|');
        event_describe(&zero, &text);
        const char *bar = strchr(buffer_string(&text), '|');
        CU_ASSERT_TRUE(bar != buffer_string(&text));
        CU_ASSERT_TRUE(bar[1] != '\0');
        CU_ASSERT_PTR_NULL(strchr(buffer_string(&text), '\n'));
        CU_ASSERT_PTR_NULL(strstr(buffer_string(&text), "(null)"));
        CU_ASSERT_PTR_NOT_NULL(event_type_names[type]);
        buffer_done(&text);
    }
}

static void check_line(const struct event *event, const char *expected)
{
    struct buffer text;
    buffer_init(&text, TEXT_MAX);
    event_describe(event, &text);
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), expected);
    buffer_done(&text);
}

static void lines_say_what_happened(void)
{
    static const uint8_t options[] = {53, 1, 2, 66, 1, 'x', 160, 1, 27, 160, 1, 'y'};
    static const uint8_t asked[] = {53, 1, 1, 55, 4, 3, 66, 150, 160, 60, 3, 'C', 'P', 0};
    static const uint8_t addresses[] = {150, 8, 10, 77, 0, 3, 192, 0, 2, 1, 66, 9, 'x'};
    check_line(&(struct event){.type = EVENT_DHCP,
                               .dhcp.type = 2,
                               .dhcp.address = 0x0A4D0117,
                               .dhcp.server_address = 0x0A4D0001,
                               .dhcp.options.bytes = options,
                               .dhcp.options.length = sizeof options},
               "DHCP offer 10.77.1.23 from 10.77.0.1, with option 66 \"x\", 160");
    check_line(&(struct event){.type = EVENT_DHCP,
                               .dhcp.type = 1,
                               .dhcp.lease_s = 60,
                               .dhcp.options.bytes = asked,
                               .dhcp.options.length = sizeof asked},
               "DHCP discover, with option 60 \"CP\", asks for 66 150 160");
    check_line(&(struct event){.type = EVENT_DHCP,
                               .dhcp.type = 5,
                               .dhcp.lease_s = 43200,
                               .dhcp.options.bytes = addresses, /* its last option is cut short */
                               .dhcp.options.length = sizeof addresses},
               "DHCP ack for 12h, with option 150 10.77.0.3 192.0.2.1");
    check_line(&(struct event){.type = EVENT_DHCP, .dhcp.type = 5, .dhcp.lease_s = UINT32_MAX},
               "DHCP ack for ever");
    check_line(
        &(struct event){.type = EVENT_STATE, .state.state = STATE_OPEN, .state.rule = RULE_OPEN_1},
        "state Open (RC-OPEN-1)");
    check_line(&(struct event){.type = EVENT_STATE,
                               .state.state = STATE_ABORTED,
                               .state.previous = STATE_PENDING,
                               .state.rule = RULE_PEND_6},
               "state Aborted, was Pending (RC-PEND-6)");
    check_line(&(struct event){.type = EVENT_ATTEMPT,
                               .attempt.peer.server = EVENT_SERVER_EDOS,
                               .time_us = 180000000,
                               .attempt.last_sign_us = 60000000},
               "attempt at EDOS, 2m after the last");
    check_line(&(struct event){.type = EVENT_ATTEMPT,
                               .attempt.peer.server = EVENT_SERVER_EDOS,
                               .time_us = 60000000,
                               .attempt.last_sign_us = 1},
               "attempt at EDOS, 1m after the last");
    check_line(&(struct event){.type = EVENT_DNS,
                               .dns.query_type = 1,
                               .dns.question = "a.b",
                               .dns.response = true,
                               .dns.rcode = 3},
               "DNS answer A a.b: nxdomain");
    check_line(&(struct event){.type = EVENT_BOOT}, "boots by itself");
}

static void numbers_too_large_are_cut_alike(void)
{
    struct timeline timeline;
    struct buffer json;
    struct error error;
    struct event event = {
        .number = 1, .type = EVENT_ANSWER, .phone = -1, .answer.bytes = UINT64_MAX};
    timeline_init(&timeline);
    buffer_init(&json, TEXT_MAX);
    event_to_json(&event, phones, PHONES, &json);
    CU_ASSERT_EQUAL_FATAL(
        timeline_read(&timeline, (const char *)json.data, json.length, phones, PHONES, &error), 0);
    CU_ASSERT_EQUAL(timeline.events[0].answer.bytes, INT64_MAX);
    timeline_done(&timeline);
    buffer_done(&json);
}

void tests_harness_observe_timeline(void)
{
    TEST_SUITE("observe/timeline", {"every type comes back", every_type_comes_back},
               {"fields come back whole", fields_come_back_whole},
               {"keys and their order", keys_and_their_order},
               {"what is no UTF-8", no_utf8_becomes_a_sign_for_it},
               {"long options", long_options_are_cut_again},
               {"bad lines are named", bad_lines_are_named}, {"appending copies", appending_copies},
               {"a full timeline", a_full_timeline_fails_for_good},
               {"every event has a line", every_event_has_a_line},
               {"lines say what happened", lines_say_what_happened},
               {"numbers too large", numbers_too_large_are_cut_alike});
}
