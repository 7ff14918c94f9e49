/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"
#include <string.h>

void fixture_init(struct fixture *fixture, const struct step *steps, size_t count)
{
    static const struct scenario_phone phones[FIXTURE_PHONES] = {
        {"8841-1", "8841"}, {"8841-2", "8841"}, {"8841-3", "8841"}};
    memset(fixture, 0, sizeof *fixture);
    memcpy(fixture->phones, phones, sizeof phones);
    fixture->scenario.path = "t.yaml";
    fixture->scenario.phones = fixture->phones;
    fixture->scenario.phone_count = 1;
    fixture->scenario.tolerance = (struct tolerance){10, S(5)};
    fixture->scenario.steps = steps;
    fixture->scenario.step_count = count;
}

void fixture_start(struct fixture *fixture)
{
    CU_ASSERT_EQUAL_FATAL(judge_new(&fixture->scenario, &fixture->judge, NULL), 0);
}

void fixture_done(struct fixture *fixture)
{
    judge_free(fixture->judge);
    fixture->judge = NULL;
}

void feed(struct fixture *fixture, struct event event)
{
    if (!fixture->judge)
        fixture_start(fixture);
    event.number = ++fixture->number;
    event.frame = event.number + 100;
    judge_event(fixture->judge, &event);
}

const struct judgement *result_of(const struct fixture *fixture)
{
    return judge_result(fixture->judge);
}

struct event event_at(uint64_t time_us, enum event_type type)
{
    return (struct event){.time_us = time_us, .type = type};
}

struct event of_phone(int phone, struct event event)
{
    event.phone = phone;
    return event;
}

struct event action_at(uint64_t time_us, enum event_action action)
{
    struct event event = event_at(time_us, EVENT_ACTION);
    event.action.what = action;
    return event;
}

struct event boot_at(uint64_t time_us, enum event_action action)
{
    struct event event = event_at(time_us, EVENT_BOOT);
    event.boot.action = action;
    event.boot.action_known = true;
    return event;
}

struct event setting_at(uint64_t time_us, enum setting_kind what)
{
    struct event event = event_at(time_us, EVENT_SETTING);
    event.phone = EVENT_PHONE_NONE;
    event.setting.what = what;
    return event;
}

struct event state_at(uint64_t time_us, enum customization_state previous,
                      enum customization_state state)
{
    static const enum rule_id by[STATE_COUNT] = {
        [STATE_OPEN] = RULE_OPEN_1,        [STATE_PENDING] = RULE_OPEN_3,
        [STATE_ACQUIRED] = RULE_CUST_1,    [STATE_CUSTOM_PENDING] = RULE_PEND_1,
        [STATE_UNAVAILABLE] = RULE_PEND_2, [STATE_ABORTED] = RULE_OPEN_2};
    struct event event = event_at(time_us, EVENT_STATE);
    event.state.previous = previous;
    event.state.state = state;
    event.state.rule = by[state];
    return event;
}

struct event of_server(enum event_server server, struct event event)
{
    if (event.type == EVENT_DNS)
        event.dns.server = server;
    else
        ((struct event_peer *)event_peer(&event))->server = server;
    return event;
}

struct event attempt_at(uint64_t time_us, enum event_server server, uint64_t last_sign_us)
{
    struct event event = of_server(server, event_at(time_us, EVENT_ATTEMPT));
    event.attempt.last_sign_us = last_sign_us;
    return event;
}

struct event failed_at(uint64_t time_us, enum event_server server)
{
    return of_server(server, event_at(time_us, EVENT_FAILED));
}

struct event request_at(uint64_t time_us, enum event_server server, const char *target)
{
    struct event event = of_server(server, event_at(time_us, EVENT_REQUEST));
    event.request.peer.transport = TRANSPORT_HTTPS;
    event.request.method = "GET";
    event.request.target = target;
    event.request.host = "activate.cisco.com";
    event.request.agent = "Cisco-CP-8841-3PCC/12.0.1 (001122334455)";
    return event;
}

struct event page_at(uint64_t time_us, enum customization_state state)
{
    struct event event = event_at(time_us, EVENT_PAGE);
    event.page.status = 200;
    event.page.state = state;
    return event;
}

struct event dhcp_at(uint64_t time_us, unsigned type, const uint8_t *options, size_t length)
{
    struct event event = event_at(time_us, EVENT_DHCP);
    event.dhcp.type = type;
    event.dhcp.options = (struct event_options){options, length};
    return event;
}

struct event lost_at(uint64_t time_us, bool to_phone)
{
    struct event event = event_at(time_us, EVENT_LOST);
    event.lost.to_phone = to_phone;
    event.lost.what = "DNS";
    return event;
}

struct event carrier_at(uint64_t time_us, bool present)
{
    struct event event = event_at(time_us, EVENT_CARRIER);
    event.carrier.present = present;
    return event;
}

struct event end_at(uint64_t time_us)
{
    return of_phone(EVENT_PHONE_NONE, event_at(time_us, EVENT_END));
}

/* The start that most stories share: reset at 0 s, boot at 2 s, Open, EDOS asked at 3 s. */
void feed_reset(struct fixture *fixture)
{
    feed(fixture, action_at(0, ACTION_FACTORY_RESET));
    feed(fixture, boot_at(S(2), ACTION_FACTORY_RESET));
    feed(fixture, state_at(S(2), STATE_UNKNOWN, STATE_OPEN));
}
void feed_pending(struct fixture *fixture)
{
    feed_reset(fixture);
    feed(fixture, attempt_at(S(3), EVENT_SERVER_EDOS, 0));
    feed(fixture, state_at(S(3), STATE_OPEN, STATE_PENDING));
}
