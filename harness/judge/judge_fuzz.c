/* SPDX-License-Identifier: MIT */
/* A timeline out of bytes, as `rclab judge` may find one in a folder that somebody else wrote. The
 * same judgement, whether the judge is asked at every turn or only told the events; its failures in
 * order of time; and a deadline that has passed is not named again. */
#include "harness/base/cursor.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/judge/judge.h"
#include <stdlib.h>
#include <string.h>

enum { PHONES = 2, EVENTS_MAX = 400 };

static const uint64_t gaps_us[] = {DURATION_M, 2 * DURATION_M};
static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING};
static const struct parameter shown = {"Customization", "Pending", {0, 0}};
static const uint8_t hex[] = {1, 2};
static const struct dhcp_suboption suboptions[] = {{.code = 1, .text = "a"},
                                                   {.enterprise = 9, .code = 1, .text = "a"}};
static const struct dhcp_value offer[] = {
    {.code = 66, .form = DHCP_VALUE_TEXT, .text = "a"},
    {.code = 67, .form = DHCP_VALUE_HEX, .bytes = hex, .byte_count = sizeof hex},
    {.code = 43, .form = DHCP_VALUE_SUBOPTIONS, .suboptions = &suboptions[0], .suboption_count = 1},
    {.code = 125,
     .form = DHCP_VALUE_SUBOPTIONS,
     .suboptions = &suboptions[1],
     .suboption_count = 1},
};
static const struct scenario_dhcp changed = {.offer = offer, .offer_count = 4};

#define OF_ALL .phone = STEP_ALL_PHONES
static const struct step steps[] = {
    {.kind = STEP_FACTORY_RESET, OF_ALL, .place = {1, 1}},
    {.kind = STEP_EXPECT,
     OF_ALL,
     .place = {2, 1},
     .within_us = DURATION_H,
     .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 2}},
    {.kind = STEP_EXPECT,
     OF_ALL,
     .place = {3, 1},
     .within_us = DURATION_H,
     .pattern = {.kind = PATTERN_DHCP, .dhcp_type = 5, .options = offer, .option_count = 4}},
    {.kind = STEP_DHCP, OF_ALL, .place = {4, 1}, .dhcp = &changed},
    {.kind = STEP_EXPECT,
     OF_ALL,
     .place = {5, 1},
     .within_us = DURATION_H,
     .pattern = {.kind = PATTERN_REQUEST, .count = 2, .target = "/*"}},
    {.kind = STEP_WAIT, OF_ALL, .place = {6, 1}, .duration_us = DURATION_M},
    {.kind = STEP_EXPECT,
     OF_ALL,
     .place = {7, 1},
     .within_us = DURATION_H,
     .pattern = {.kind = PATTERN_PAGE, .page = &shown, .page_count = 1}},
    {.kind = STEP_EXPECT,
     OF_ALL,
     .place = {8, 1},
     .pattern = {.kind = PATTERN_RETRIES, .gaps_us = gaps_us, .gap_count = 2}},
    {.kind = STEP_STAYS,
     OF_ALL,
     .place = {9, 1},
     .duration_us = DURATION_M,
     .pattern = {.kind = PATTERN_STATE, .state = STATE_PENDING}},
    {.kind = STEP_NEVER,
     OF_ALL,
     .place = {10, 1},
     .duration_us = DURATION_H,
     .pattern = {.kind = PATTERN_DNS, .name = "*"}},
};

/* The next event; strings and options borrow from the bytes and from `text`. */
static struct event next_event(struct cursor *cursor, uint64_t *now_us, char text[UINT8_MAX + 1])
{
    struct event event = {.type = (enum event_type)(cursor_u8(cursor) % EVENT_LAB_ERROR),
                          .phone = (int)(cursor_u8(cursor) % (PHONES + 2)) - 1};
    uint8_t kind = cursor_u8(cursor), minutes = cursor_u8(cursor), length = cursor_u8(cursor) % 32;
    const uint8_t *bytes = cursor_take(cursor, length);
    *now_us += minutes * DURATION_M / 4;
    event.time_us = *now_us;
    length = bytes ? length : 0;
    memcpy(text, bytes ? (const char *)bytes : "", length);
    text[length] = '\0';
    struct event_peer peer = {.server = (enum event_server)(kind % EVENT_SERVER_COUNT),
                              .transport = (enum transport)(kind % TRANSPORT_COUNT),
                              .address = kind};
    switch (event.type) {
    case EVENT_ACTION:
        event.action.what = (enum event_action)(kind % ACTION_COUNT);
        event.action.by_push = kind > INT8_MAX;
        break;
    case EVENT_SETTING:
        event.setting.what = (enum setting_kind)(kind % SETTING_KINDS);
        break;
    case EVENT_DHCP:
        event.dhcp.type = kind;
        event.dhcp.options = (struct event_options){bytes, length};
        break;
    case EVENT_DNS:
        event.dns.response = kind % 2;
        event.dns.address = kind;
        event.dns.question = text;
        break;
    case EVENT_BOOT:
        event.boot.action_known = kind % 2;
        event.boot.action = (enum event_action)(kind % ACTION_COUNT);
        break;
    case EVENT_PAGE:
        event.page.status = kind % 8 ? 200 : 0;
        event.page.state = (enum customization_state)(kind % STATE_COUNT);
        break;
    case EVENT_STATE:
        event.state.previous = (enum customization_state)(kind % STATE_COUNT);
        event.state.state = (enum customization_state)(STATE_OPEN + kind % (STATE_COUNT - 1));
        event.state.rule = (enum rule_id)(kind % RULE_COUNT);
        break;
    case EVENT_REQUEST:
        event.request.peer = peer;
        event.request.target = event.request.host = text;
        break;
    case EVENT_ANSWER:
        event.answer.peer = peer;
        event.answer.content = (enum answer_content)(kind % CONTENT_COUNT);
        event.answer.complete = event.answer.push = kind % 2;
        event.answer.retry_delay = event.answer.location = text;
        break;
    default:
        if (event_peer(&event))
            *(struct event_peer *)event_peer(&event) = peer;
        break;
    }
    return event;
}

static void check_judgement(const struct judgement *judgement)
{
    if (judgement->failure_count > JUDGE_FAILURES_MAX ||
        (judgement->verdict == VERDICT_PASS && judgement->failure_count > 0) ||
        (judgement->verdict == VERDICT_FAIL && judgement->failure_count == 0))
        abort();
    for (size_t i = 0; i < judgement->failure_count; i++) {
        const struct judge_failure *failure = &judgement->failures[i];
        if (failure->rule_count > JUDGE_RULES_MAX || !failure->expected[0] || !failure->seen[0] ||
            (i > 0 && judgement->failures[i - 1].time_us > failure->time_us))
            abort();
    }
}

/* As a run asks: at the deadlines that come before the event. */
static void pass_time(struct judge *judge, uint64_t to_us)
{
    judge_time(judge, 0);
    for (uint64_t due_us = judge_next_deadline_us(judge);
         due_us <= to_us && due_us != UINT64_MAX;) {
        judge_time(judge, due_us);
        uint64_t next_us = judge_next_deadline_us(judge);
        if (next_us <= due_us)
            abort();
        due_us = next_us;
    }
}

int fuzz_harness_judge_judge(const uint8_t *data, size_t size);
int fuzz_harness_judge_judge(const uint8_t *data, size_t size)
{
    static const struct scenario_phone phones[PHONES] = {{"8841-1", "8841"}, {"8841-2", "8841"}};
    struct scenario scenario = {.path = "t.yaml",
                                .phones = phones,
                                .phone_count = PHONES,
                                .tolerance = {10, 5 * DURATION_S},
                                .dhcp = {.offer = offer, .offer_count = 1},
                                .steps = steps,
                                .step_count = sizeof steps / sizeof steps[0]};
    struct judge *told, *asked;
    struct cursor cursor;
    uint64_t now_us = 0;
    if (judge_new(&scenario, &told, NULL) < 0)
        return 0;
    if (judge_new(&scenario, &asked, NULL) < 0)
        abort();
    cursor_init(&cursor, data, size);
    for (uint64_t number = 1; number <= EVENTS_MAX && cursor_left(&cursor) > 0; number++) {
        char text[UINT8_MAX + 1];
        struct event event = next_event(&cursor, &now_us, text);
        event.number = number;
        judge_event(told, &event);
        pass_time(asked, event.time_us);
        judge_event(asked, &event);
    }
    const struct event end = {
        .type = EVENT_END, .phone = EVENT_PHONE_NONE, .time_us = now_us + DURATION_H};
    judge_event(told, &end);
    pass_time(asked, end.time_us);
    judge_event(asked, &end);
    check_judgement(judge_result(told));
    if (memcmp(judge_result(told), judge_result(asked), sizeof(struct judgement)) != 0)
        abort();
    judge_free(told);
    judge_free(asked);
    return 0;
}
