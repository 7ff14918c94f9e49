/* SPDX-License-Identifier: MIT */
/* For the tests of this room: a scenario of a few steps, and events told one by one. */
#ifndef RCLAB_JUDGE_JUDGE_TESTING_H
#define RCLAB_JUDGE_JUDGE_TESTING_H

#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/judge/judge.h"
#include <string.h>

#define S(seconds) ((uint64_t)((seconds) * DURATION_S))
#define M(minutes) ((uint64_t)((minutes) * DURATION_M))
#define H(hours) ((uint64_t)((hours) * DURATION_H))
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define EXPECT_STEP .kind = STEP_EXPECT, .phone = STEP_ALL_PHONES
#define NEVER_STEP .kind = STEP_NEVER, .phone = STEP_ALL_PHONES
#define STAYS_STEP .kind = STEP_STAYS, .phone = STEP_ALL_PHONES
#define RESET_STEP {.kind = STEP_FACTORY_RESET, .phone = STEP_ALL_PHONES, .place = {1, 1}}
#define WAIT_STEP(time_us) {.kind = STEP_WAIT, .phone = STEP_ALL_PHONES, .duration_us = (time_us)}

enum { FIXTURE_PHONES = 3 };
struct fixture {
    struct scenario scenario;
    struct scenario_phone phones[FIXTURE_PHONES];
    struct judge *judge;
    uint64_t number;
};

void fixture_init(struct fixture *fixture, const struct step *steps, size_t count);
void fixture_start(struct fixture *fixture);
void fixture_done(struct fixture *fixture);
void feed(struct fixture *fixture, struct event event);
const struct judgement *result_of(const struct fixture *fixture);
struct event event_at(uint64_t time_us, enum event_type type);
struct event of_phone(int phone, struct event event);
struct event action_at(uint64_t time_us, enum event_action action);
struct event boot_at(uint64_t time_us, enum event_action action);
struct event setting_at(uint64_t time_us, enum setting_kind what);
struct event state_at(uint64_t time_us, enum customization_state previous,
                      enum customization_state state);
struct event of_server(enum event_server server, struct event event);
struct event attempt_at(uint64_t time_us, enum event_server server, uint64_t last_sign_us);
struct event failed_at(uint64_t time_us, enum event_server server);
struct event request_at(uint64_t time_us, enum event_server server, const char *target);
struct event page_at(uint64_t time_us, enum customization_state state);
struct event dhcp_at(uint64_t time_us, unsigned type, const uint8_t *options, size_t length);
struct event lost_at(uint64_t time_us, bool to_phone);
struct event carrier_at(uint64_t time_us, bool present);
struct event end_at(uint64_t time_us);
/* The start that most stories share: reset at 0 s, boot at 2 s, Open, EDOS asked at 3 s. */
void feed_reset(struct fixture *fixture);
void feed_pending(struct fixture *fixture);

#endif
