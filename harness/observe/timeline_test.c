/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/observe/event_fields.h"
#include "harness/observe/timeline.h"
#include <stdio.h>
#include <string.h>

void tests_harness_observe_timeline(void);

static const char *const phones[] = {"8841-1", "desk \"2\""};
enum { PHONES = 2, TEXT_MAX = 65536 };

/* Every field set; each type writes its own of them. */
static struct event full(enum event_type type)
{
    static const uint8_t options[] = {53, 1, 5, 66, 4, 'h', 't', 't', 'p', 80, 0};
    return (struct event){
        .type = type,
        .phone = 1,
        .frame = 77,
        .action = ACTION_CONFIGURE,
        .action_known = true,
        .page = true,
        .push = true,
        .aborts = true,
        .dhcp_type = 5,
        .dhcp_xid = 0xFFFFFFFF,
        .mac = {{0, 1, 2, 3, 4, 0xFF}},
        .address = 0x0A4D0117,
        .server_address = 0x0A4D0001,
        .source_address = 1,
        .lease_s = UINT32_MAX,
        .options = options,
        .options_length = sizeof options,
        .server = EVENT_SERVER_EDOS,
        .transport = TRANSPORT_HTTPS,
        .port = 443,
        .client_port = 40000,
        .id = 65535,
        .query_type = 28,
        .response = true,
        .status = 503,
        .name = "name",
        .method = "GET",
        .target = "/a?b=\"c\\d\"\x01\x7F",
        .agent = "Cisco-CP-8841-3PCC/1.0 \xC3\xA9",
        .redirect = "http://x/",
        .content = CONTENT_PROFILE,
        .complete = true,
        .bytes = UINT64_C(1) << 40,
        .state = STATE_CUSTOM_PENDING,
        .previous = STATE_PENDING,
        .rule = RULE_PEND_1,
        .cause = 3,
        .last_sign_us = UINT64_C(1) << 50,
        .retry_delay = "60,120",
        .certificate = "ST=FCH00000001,L=02,OU=CP-8841-3PCC",
        .text = "a sentence",
    };
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
        CU_ASSERT_EQUAL(second.events[i].client_port, 0);
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
    CU_ASSERT_STRING_EQUAL(event->target, answer.target);
    CU_ASSERT_STRING_EQUAL(event->agent, answer.agent);
    CU_ASSERT_STRING_EQUAL(event->retry_delay, answer.retry_delay);
    CU_ASSERT_EQUAL(event->bytes, answer.bytes);
    CU_ASSERT_EQUAL(event->status, 503);
    CU_ASSERT_EQUAL(event->content, CONTENT_PROFILE);
    CU_ASSERT_TRUE(event->complete && event->push && event->aborts);
    event = &timeline.events[1];
    CU_ASSERT_EQUAL(event->dhcp_xid, 0xFFFFFFFF);
    CU_ASSERT_EQUAL(event->server_address, dhcp.server_address);
    CU_ASSERT_TRUE(mac_equal(&event->mac, &dhcp.mac));
    CU_ASSERT_EQUAL_FATAL(event->options_length, dhcp.options_length);
    CU_ASSERT_EQUAL(memcmp(event->options, dhcp.options, dhcp.options_length), 0);
    CU_ASSERT_EQUAL(timeline.events[2].last_sign_us, UINT64_C(1) << 50);
    CU_ASSERT_STRING_EQUAL(timeline.events[3].certificate, asked.certificate);
    CU_ASSERT_TRUE(timeline.events[4].response);
    CU_ASSERT_STRING_EQUAL(timeline.events[4].text, hello.text);
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
                               .dhcp_type = 1,
                               .dhcp_xid = 9,
                               .options = options,
                               .options_length = sizeof options},
               "{\"n\":5,\"t\":60000000,\"phone\":\"8841-1\",\"type\":\"dhcp\",\"dhcp\":"
               "\"discover\",\"xid\":9,\"options\":{\"53\":\"01\",\"66\":\"687474703a2f2f78\"},"
               "\"options_text\":{\"66\":\"http://x\"}}");
    check_json(&(struct event){.number = 6,
                               .type = EVENT_STATE,
                               .phone = 0,
                               .state = STATE_OPEN,
                               .rule = RULE_OPEN_1,
                               .cause = 5},
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
        .number = 1, .type = EVENT_END, .phone = -1, .text = "a\xFF\xC0\x80\xED\xA0\x80z"};
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
                          .options = options,
                          .options_length = sizeof options};
    timeline_init(&timeline);
    buffer_init(&json, TEXT_MAX);
    event_to_json(&event, phones, PHONES, &json);
    CU_ASSERT_EQUAL_FATAL(
        timeline_read(&timeline, (const char *)json.data, json.length, phones, PHONES, &error), 0);
    CU_ASSERT_EQUAL_FATAL(timeline.events[0].options_length, sizeof options);
    CU_ASSERT_EQUAL(memcmp(timeline.events[0].options, options, sizeof options), 0);
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
        .type = EVENT_DHCP, .name = name, .options = options, .options_length = sizeof options};
    timeline_init(&timeline);
    timeline_append(&timeline, &event, 5);
    name[0] = 'X';
    options[2] = 'X';
    for (int i = 0; i < 1000; i++) /* an event of the very array, over its growth */
        CU_ASSERT_PTR_NOT_NULL(timeline_append(&timeline, &timeline.events[0], 6));
    CU_ASSERT_STRING_EQUAL(timeline.events[1000].name, "activate.cisco.com");
    CU_ASSERT_EQUAL(timeline.events[1000].options[2], 1);
    CU_ASSERT_EQUAL(timeline.events[1000].number, 1001);
    CU_ASSERT_EQUAL(timeline.events[1000].time_us, 6);
    timeline_done(&timeline);
    timeline_done(&timeline);
}

static void a_full_timeline_fails_for_good(void)
{
    struct timeline timeline;
    struct event event = {.type = EVENT_END, .phone = -1, .text = "12345678"};
    timeline_init(&timeline);
    timeline.arena.max_bytes = 4;
    CU_ASSERT_PTR_NULL(timeline_append(&timeline, &event, 1));
    CU_ASSERT_TRUE(timeline.failed);
    event.text = NULL;
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
                               .dhcp_type = 2,
                               .address = 0x0A4D0117,
                               .server_address = 0x0A4D0001,
                               .options = options,
                               .options_length = sizeof options},
               "DHCP offer 10.77.1.23 from 10.77.0.1, with option 66 \"x\", 160");
    check_line(&(struct event){.type = EVENT_DHCP,
                               .dhcp_type = 1,
                               .lease_s = 60,
                               .options = asked,
                               .options_length = sizeof asked},
               "DHCP discover, with option 60 \"CP\", asks for 66 150 160");
    check_line(&(struct event){.type = EVENT_DHCP,
                               .dhcp_type = 5,
                               .lease_s = 43200,
                               .options = addresses, /* its last option is cut short */
                               .options_length = sizeof addresses},
               "DHCP ack for 12h, with option 150 10.77.0.3 192.0.2.1");
    check_line(&(struct event){.type = EVENT_DHCP, .dhcp_type = 5, .lease_s = UINT32_MAX},
               "DHCP ack for ever");
    check_line(&(struct event){.type = EVENT_STATE, .state = STATE_OPEN, .rule = RULE_OPEN_1},
               "state Open (RC-OPEN-1)");
    check_line(&(struct event){.type = EVENT_STATE,
                               .state = STATE_ABORTED,
                               .previous = STATE_PENDING,
                               .rule = RULE_PEND_6},
               "state Aborted, was Pending (RC-PEND-6)");
    check_line(&(struct event){.type = EVENT_ATTEMPT,
                               .server = EVENT_SERVER_EDOS,
                               .time_us = 180000000,
                               .last_sign_us = 60000000},
               "attempt at EDOS, 2m after the last");
    check_line(&(struct event){.type = EVENT_ATTEMPT,
                               .server = EVENT_SERVER_EDOS,
                               .time_us = 60000000,
                               .last_sign_us = 1},
               "attempt at EDOS, 1m after the last");
    check_line(
        &(struct event){
            .type = EVENT_DNS, .query_type = 1, .name = "a.b", .response = true, .status = 3},
        "DNS answer A a.b: nxdomain");
    check_line(&(struct event){.type = EVENT_BOOT}, "boots by itself");
}

static void numbers_too_large_are_cut_alike(void)
{
    struct timeline timeline;
    struct buffer json;
    struct error error;
    struct event event = {.number = 1, .type = EVENT_ANSWER, .phone = -1, .bytes = UINT64_MAX};
    timeline_init(&timeline);
    buffer_init(&json, TEXT_MAX);
    event_to_json(&event, phones, PHONES, &json);
    CU_ASSERT_EQUAL_FATAL(
        timeline_read(&timeline, (const char *)json.data, json.length, phones, PHONES, &error), 0);
    CU_ASSERT_EQUAL(timeline.events[0].bytes, INT64_MAX);
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
