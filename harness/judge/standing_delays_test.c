/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_standing_delays(void);

enum { GAPS_MAX = 6 };
static const struct step reset_only[] = {RESET_STEP};

/* Attempts with these gaps (minutes, 0 = no more); `ret_failure` is the first one. */
static size_t failures_of(enum event_server server, const char *retry_delay, const double *minutes,
                          struct judge_failure *ret_failure)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_pending(&f);
    if (server == EVENT_SERVER_PROVISION) {
        struct event answer = of_server(EVENT_SERVER_EDOS, event_at(S(4), EVENT_ANSWER));
        answer.answer.content = CONTENT_PROFILE;
        answer.answer.complete = true;
        answer.answer.retry_delay = retry_delay;
        feed(&f, answer);
        feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
        feed(&f, attempt_at(S(4), server, 0));
    }
    uint64_t now_us = server == EVENT_SERVER_PROVISION ? S(4) : S(3);
    for (size_t i = 0; i < GAPS_MAX && minutes[i] > 0; i++) {
        uint64_t last_us = now_us;
        now_us += (uint64_t)(minutes[i] * 60e6);
        feed(&f, attempt_at(now_us, server, last_us));
    }
    feed(&f, end_at(now_us));
    size_t count = result_of(&f)->failure_count;
    *ret_failure = result_of(&f)->failures[0];
    fixture_done(&f);
    return count;
}

static void edos_while_pending(void)
{
    static const struct {
        double minutes[GAPS_MAX];
        size_t failures;
        enum standing_rule standing;
        enum rule_id rule;
    } cases[] = {
        {{1, 2, 4, 8, 16}, 0, 0, 0},
        {{512, 1024, 1440, 1440, 1440}, 0, 0, 0},
        {{1, 1.89, 4.1}, 0, 0, 0},
        {{1, 1, 2}, 1, STANDING_DELAYS_NEVER_SHRINK, RULE_PEND_3},
        {{1, 1, 1, 1}, 3, STANDING_DELAYS_NEVER_SHRINK, RULE_PEND_3},
        {{1, 2, 4, 2, 4}, 1, STANDING_DELAYS_NEVER_SHRINK, RULE_PEND_3},
        {{1440, 1300}, 0, 0, 0},
        {{1440, 1290}, 1, STANDING_DELAYS_NEVER_SHRINK, RULE_PEND_3},
        {{1024, 1584}, 0, 0, 0},
        {{1024, 1585}, 1, STANDING_DELAYS_AT_MOST_24H, RULE_PEND_4},
        {{1024, 2048}, 1, STANDING_DELAYS_AT_MOST_24H, RULE_PEND_4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct judge_failure failure;
        size_t count = failures_of(EVENT_SERVER_EDOS, NULL, cases[i].minutes, &failure);
        CU_ASSERT_EQUAL(count, cases[i].failures);
        if (count == 0)
            continue;
        CU_ASSERT_EQUAL(failure.standing_rule, cases[i].standing);
        CU_ASSERT_EQUAL(failure.rules[0], cases[i].rule);
        CU_ASSERT(failure.event > 0);
    }
}

static void provisioning_by_the_profile(void)
{
    static const struct {
        const char *retry_delay;
        double minutes[GAPS_MAX];
        size_t failures;
    } cases[] = {
        {"60,120,240", {1, 2, 4, 4, 4}, 0},
        {"60,120,240", {1, 2, 4, 8}, 1},
        {"60,120,240", {1, 1, 4, 4}, 1},
        {" 60 , 120+60 ", {1, 3, 2, 2.5}, 0},
        {"60,120+60", {1, 3.4}, 1},
        {"60,120+60", {1, 1.7}, 1},
        {"300", {4.5, 5.5, 5}, 0},
        {"300", {4.49}, 1},
        {"300", {5.51}, 1},
        {"0", {60}, 1},
        {"60,0", {1, 60}, 1},
        {"sixty", {1, 1, 9}, 0}, /* not understood: no verdict rests on it */
        {"60;120", {1, 9}, 0},
        {"", {7}, 0},
        {NULL, {3, 2, 1}, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct judge_failure failure;
        size_t count =
            failures_of(EVENT_SERVER_PROVISION, cases[i].retry_delay, cases[i].minutes, &failure);
        CU_ASSERT_EQUAL(count, cases[i].failures);
        if (count > 0)
            CU_ASSERT_EQUAL(failure.rules[0], RULE_CUST_2);
    }
}

/* RC-PEND-5: a reboot starts the delays again. */
static void a_reboot_may_shrink_them(void)
{
    for (int boots = 0; boots < 2; boots++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, attempt_at(S(3) + M(8), EVENT_SERVER_EDOS, S(3)));
        if (boots) {
            feed(&f, action_at(M(9), ACTION_REBOOT));
            feed(&f, boot_at(M(9) + S(2), ACTION_REBOOT));
        }
        feed(&f, attempt_at(M(10), EVENT_SERVER_EDOS, boots ? 0 : S(3) + M(8)));
        feed(&f, attempt_at(M(11), EVENT_SERVER_EDOS, M(10)));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count == 0, boots);
        fixture_done(&f);
    }
}

static void a_retry_that_never_came(void)
{
    static const uint64_t ends[] = {H(26), H(27)};
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
        feed(&f, end_at(ends[i]));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, i);
        if (i)
            CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], RULE_PEND_4);
        fixture_done(&f);
    }
}

/* A tolerance as long as the delay itself proves no standstill. */
static void a_wide_tolerance(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    f.scenario.tolerance = (struct tolerance){200, 0};
    feed_pending(&f);
    feed(&f, attempt_at(S(63), EVENT_SERVER_EDOS, S(3)));
    feed(&f, attempt_at(S(123), EVENT_SERVER_EDOS, S(63)));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    fixture_done(&f);
}

/* Somebody else's configuration may have set another pace. */
static void a_configuration_unsets_the_pace(void)
{
    for (int configured = 0; configured < 2; configured++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        struct event answer = of_server(EVENT_SERVER_EDOS, event_at(S(4), EVENT_ANSWER));
        answer.answer.content = CONTENT_PROFILE;
        answer.answer.complete = true;
        answer.answer.retry_delay = "60";
        feed(&f, answer);
        feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
        feed(&f, attempt_at(S(4), EVENT_SERVER_PROVISION, 0));
        if (configured)
            feed(&f, action_at(S(5), ACTION_CONFIGURE));
        feed(&f, attempt_at(S(30), EVENT_SERVER_PROVISION, S(4)));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, !configured);
        fixture_done(&f);
    }
}

/* A phone that is off, or may lack an address, cannot ask. */
static void excuses(void)
{
    static const struct scenario_dhcp silent = {.answer = DHCP_ANSWER_NEVER};
    static const struct step steps[] = {
        RESET_STEP, {.kind = STEP_DHCP, .phone = STEP_ALL_PHONES, .dhcp = &silent}};
    for (int off = 0; off < 2; off++) {
        struct fixture f;
        fixture_init(&f, steps, off ? 1 : 2);
        feed_pending(&f);
        feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
        feed(&f, off ? action_at(S(4), ACTION_POWER_OFF) : setting_at(S(4), SETTING_DHCP));
        feed(&f, end_at(H(48)));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
        fixture_done(&f);
    }
}

/* Between two attempts the line lost something: there may have been one more, or an answer that did
 * not come. The gap proves nothing; the next two do. */
static void a_bad_line_excuses_a_gap(void)
{
    enum { NOTHING, LOST, OUT, OUT_BEFORE, KINDS };
    for (int kind = 0; kind < KINDS; kind++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, attempt_at(S(3) + M(1), EVENT_SERVER_EDOS, S(3)));
        if (kind == OUT_BEFORE) {
            feed(&f, carrier_at(S(63), false));
            feed(&f, carrier_at(S(63), true));
        }
        feed(&f, attempt_at(S(3) + M(3), EVENT_SERVER_EDOS, S(3) + M(1)));
        if (kind == LOST)
            feed(&f, lost_at(S(3) + M(3) + S(1), false));
        if (kind == OUT) {
            feed(&f, carrier_at(S(3) + M(3) + S(1), false));
            feed(&f, carrier_at(S(3) + M(3) + S(9), true));
        }
        feed(&f, attempt_at(S(3) + M(4), EVENT_SERVER_EDOS, S(3) + M(3))); /* shrinks */
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, kind == NOTHING);
        feed(&f, attempt_at(S(3) + M(12), EVENT_SERVER_EDOS, S(3) + M(4)));
        feed(&f, attempt_at(S(3) + M(14), EVENT_SERVER_EDOS, S(3) + M(12))); /* again */
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1 + (kind == NOTHING));
        fixture_done(&f);
    }
}

/* Attempts that the line swallowed count for the phone. Whatever delay of the list may be the one
 * that it is at is none too long or too short; others are. */
static void attempts_that_nobody_saw(void)
{
    static const struct {
        double minutes; /* after one that came when the line was well again */
        bool lost;
        size_t failures;
    } cases[] = {{2, false, 0}, {4, false, 1}, {2, true, 0},
                 {4, true, 0},  {8, true, 0},  {3, true, 1}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        struct event answer = of_server(EVENT_SERVER_EDOS, event_at(S(4), EVENT_ANSWER));
        answer.answer.content = CONTENT_PROFILE;
        answer.answer.complete = true;
        answer.answer.retry_delay = "60,120,240,480";
        feed(&f, answer);
        feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
        feed(&f, attempt_at(S(4), EVENT_SERVER_PROVISION, 0));
        if (cases[i].lost)
            feed(&f, lost_at(S(10), false));
        feed(&f, of_server(EVENT_SERVER_PROVISION, event_at(S(64), EVENT_CONNECT)));
        feed(&f, attempt_at(S(64), EVENT_SERVER_PROVISION, S(4)));
        uint64_t next_us = S(64) + (uint64_t)(cases[i].minutes * 60e6);
        feed(&f, attempt_at(next_us, EVENT_SERVER_PROVISION, S(64)));
        feed(&f, end_at(next_us));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, cases[i].failures);
        fixture_done(&f);
    }
}

/* A retry that never came, while the cable was out. */
static void a_missing_cable_excuses_silence(void)
{
    for (int out = 0; out < 2; out++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
        if (out)
            feed(&f, carrier_at(S(10), false));
        feed(&f, end_at(H(48)));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, !out);
        fixture_done(&f);
    }
}

void tests_harness_judge_standing_delays(void)
{
    TEST_SUITE("judge/standing_delays", {"EDOS while Pending", edos_while_pending},
               {"provisioning by the profile", provisioning_by_the_profile},
               {"a reboot may shrink them", a_reboot_may_shrink_them},
               {"a retry that never came", a_retry_that_never_came}, {"excuses", excuses},
               {"a bad line excuses a gap", a_bad_line_excuses_a_gap},
               {"attempts that nobody saw", attempts_that_nobody_saw},
               {"a missing cable excuses silence", a_missing_cable_excuses_silence},
               {"a wide tolerance", a_wide_tolerance},
               {"a configuration unsets the pace", a_configuration_unsets_the_pace});
}
