/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_walk(void);

static void each_action_and_setting(void)
{
    static const struct step steps[] = {
        RESET_STEP,
        {.kind = STEP_REBOOT, .phone = STEP_ALL_PHONES},
        {.kind = STEP_POWER_OFF, .phone = STEP_ALL_PHONES},
        {.kind = STEP_POWER_ON, .phone = STEP_ALL_PHONES},
        {.kind = STEP_CONFIGURE, .phone = STEP_ALL_PHONES},
        {.kind = STEP_DNS, .phone = STEP_ALL_PHONES},
        {.kind = STEP_EDOS, .phone = STEP_ALL_PHONES},
        {.kind = STEP_PROVISION, .phone = STEP_ALL_PHONES},
        WAIT_STEP(S(10)),
    };
    static const enum setting_kind settings[] = {SETTING_DNS, SETTING_EDOS, SETTING_PROVISION};
    static const enum event_action actions[] = {
        ACTION_FACTORY_RESET, ACTION_REBOOT, ACTION_POWER_OFF, ACTION_POWER_ON, ACTION_CONFIGURE};
    struct fixture f;
    fixture_init(&f, steps, COUNT(steps));
    fixture_start(&f);
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[0]);
    for (size_t i = 0; i < COUNT(actions); i++) {
        /* The wrong one first. */
        feed(&f, action_at(S(i), actions[(i + 1) % COUNT(actions)]));
        feed(&f, setting_at(S(i), SETTING_EDOS));
        CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[i]);
        feed(&f, action_at(S(i), actions[i]));
        CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[i + 1]);
    }
    for (size_t i = 0; i < COUNT(settings); i++) {
        feed(&f, setting_at(S(5), settings[(i + 1) % COUNT(settings)]));
        CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[COUNT(actions) + i]);
        feed(&f, setting_at(S(5), settings[i]));
    }
    CU_ASSERT_EQUAL(judge_next_deadline_us(f.judge), S(15));
    judge_time(f.judge, S(15) - 1);
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    judge_time(f.judge, S(15));
    CU_ASSERT(judge_is_over(f.judge));
    CU_ASSERT_PTR_NULL(judge_current_step(f.judge));
    feed(&f, end_at(S(15)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(result_of(&f)->steps_done, COUNT(steps));
    CU_ASSERT_EQUAL(result_of(&f)->end_us, S(15));
    fixture_done(&f);
}

static const struct pattern pending = {.kind = PATTERN_STATE, .state = STATE_PENDING};

static void every_phone_has_to(void)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending, .within_us = M(1)}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    f.scenario.phone_count = 3;
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(i == 0 || judge_current_step(f.judge) == &steps[0]);
        feed(&f, of_phone(i, action_at(0, ACTION_FACTORY_RESET)));
    }
    for (int i = 0; i < 3; i++) {
        feed(&f, of_phone(i, boot_at(S(2), ACTION_FACTORY_RESET)));
        feed(&f, of_phone(i, state_at(S(2), STATE_UNKNOWN, STATE_OPEN)));
    }
    feed(&f, of_phone(1, state_at(S(3), STATE_OPEN, STATE_PENDING)));
    feed(&f, of_phone(1, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE)));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, end_at(M(2)));
    /* The second one was there in its time; the others are named. */
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_FAIL);
    CU_ASSERT_EQUAL_FATAL(result_of(&f)->failure_count, 2);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].phone, 0);
    CU_ASSERT_EQUAL(result_of(&f)->failures[1].phone, 2);
    fixture_done(&f);
}

/* What one phone does twice is not done by two. */
static void once_a_phone(void)
{
    const struct step steps[] = {
        RESET_STEP, {EXPECT_STEP, .pattern = {.kind = PATTERN_REQUEST}, .after_us = S(1)}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    f.scenario.phone_count = 2;
    feed(&f, of_phone(0, action_at(0, ACTION_FACTORY_RESET)));
    feed(&f, of_phone(0, action_at(0, ACTION_FACTORY_RESET)));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[0]);
    feed(&f, of_phone(1, action_at(0, ACTION_FACTORY_RESET)));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[1]);
    feed(&f, of_phone(0, attempt_at(S(2), EVENT_SERVER_EDOS, 0)));
    feed(&f, of_phone(0, attempt_at(S(3), EVENT_SERVER_EDOS, 0)));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, of_phone(1, attempt_at(S(3), EVENT_SERVER_EDOS, 0)));
    CU_ASSERT(judge_is_over(f.judge));
    fixture_done(&f);
}

static void a_step_on_one_phone(void)
{
    const struct step steps[] = {
        {.kind = STEP_REBOOT, .phone = 1},
        {.kind = STEP_EXPECT, .phone = 1, .pattern = {.kind = PATTERN_REQUEST}}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    f.scenario.phone_count = 2;
    feed(&f, of_phone(0, action_at(0, ACTION_REBOOT)));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[0]);
    feed(&f, of_phone(1, action_at(0, ACTION_REBOOT)));
    feed(&f, of_phone(1, boot_at(S(1), ACTION_REBOOT)));
    feed(&f, of_phone(0, attempt_at(S(2), EVENT_SERVER_EDOS, 0)));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[1]);
    feed(&f, of_phone(1, attempt_at(S(2), EVENT_SERVER_EDOS, 0)));
    CU_ASSERT(judge_is_over(f.judge));
    fixture_done(&f);
}

/* never and stays: what comes at `time_us` of an hour. */
static enum verdict verdict_of_event(const struct step *step, struct event event,
                                     struct judge_failure *ret_failure)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending}, *step};
    static const struct waiver waivers[] = {{STANDING_LEGAL_TRANSITIONS, "", {0, 0}}};
    struct fixture f;
    fixture_init(&f, steps, 3);
    f.scenario.waivers = waivers;
    f.scenario.waiver_count = 1;
    feed_pending(&f);
    feed(&f, event);
    feed(&f, end_at(H(2)));
    enum verdict verdict = result_of(&f)->verdict;
    *ret_failure = result_of(&f)->failures[0];
    fixture_done(&f);
    return verdict;
}

static void never_lets_its_time_pass(void)
{
    const struct step ask = {NEVER_STEP,
                             .pattern = {.kind = PATTERN_REQUEST, .server = SERVER_PROVISION},
                             .duration_us = H(1)};
    struct judge_failure failure;
    struct event asked = attempt_at(S(3) + H(1) - 1, EVENT_SERVER_PROVISION, 0);
    CU_ASSERT_EQUAL(verdict_of_event(&ask, asked, &failure), VERDICT_FAIL);
    CU_ASSERT_STRING_EQUAL(failure.expected, "never a request to provision for 1h");
    asked.time_us++;
    CU_ASSERT_EQUAL(verdict_of_event(&ask, asked, &failure), VERDICT_PASS);
    asked.attempt.peer.server = EVENT_SERVER_EDOS;
    asked.time_us = M(1);
    CU_ASSERT_EQUAL(verdict_of_event(&ask, asked, &failure), VERDICT_PASS);
    const struct step state = {NEVER_STEP,
                               .pattern = {.kind = PATTERN_STATE, .state = STATE_ABORTED},
                               .duration_us = H(1)};
    CU_ASSERT_EQUAL(
        verdict_of_event(&state, state_at(M(1), STATE_PENDING, STATE_ABORTED), &failure),
        VERDICT_FAIL);
    CU_ASSERT_EQUAL(
        verdict_of_event(&state, state_at(M(1), STATE_PENDING, STATE_UNAVAILABLE), &failure),
        VERDICT_PASS);
    const struct step already = {NEVER_STEP, .pattern = pending, .duration_us = H(1)};
    CU_ASSERT_EQUAL(verdict_of_event(&already, event_at(M(1), EVENT_TLS), &failure), VERDICT_FAIL);
    CU_ASSERT_EQUAL(failure.time_us, S(3));
}

/* Which rule a never breaks is told by what the phone was. */
static void never_after_the_end(void)
{
    static const enum rule_id covers[] = {RULE_PRE_1};
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_UNAVAILABLE}},
        {NEVER_STEP, .pattern = {.kind = PATTERN_REQUEST}, .duration_us = H(48)}};
    struct fixture f;
    fixture_init(&f, steps, 3);
    f.scenario.covers = covers;
    f.scenario.cover_count = 1;
    feed_pending(&f);
    feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
    feed(&f, page_at(S(4), STATE_UNAVAILABLE));
    feed(&f, attempt_at(H(5), EVENT_SERVER_EDOS, S(3)));
    feed(&f, end_at(H(5)));
    /* The standing rule found the same event first. */
    CU_ASSERT_EQUAL_FATAL(result_of(&f)->failure_count, 2);
    CU_ASSERT(result_of(&f)->failures[0].standing);
    CU_ASSERT_FALSE(result_of(&f)->failures[1].standing);
    CU_ASSERT_EQUAL(result_of(&f)->failures[1].rules[0], RULE_END_2);
    fixture_done(&f);
}

static void stays_as_it_is(void)
{
    const struct step stays = {STAYS_STEP, .pattern = pending, .duration_us = H(1)};
    struct judge_failure failure;
    struct event change = state_at(S(3) + H(1) - 1, STATE_PENDING, STATE_UNAVAILABLE);
    CU_ASSERT_EQUAL(verdict_of_event(&stays, change, &failure), VERDICT_FAIL);
    CU_ASSERT_STRING_EQUAL(failure.expected, "state Pending to stay for 1h");
    CU_ASSERT_EQUAL(failure.rules[0], RULE_PEND_3);
    change.time_us++;
    CU_ASSERT_EQUAL(verdict_of_event(&stays, change, &failure), VERDICT_PASS);
    const struct step other = {STAYS_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_OPEN},
                               .duration_us = H(1)};
    CU_ASSERT_EQUAL(verdict_of_event(&other, event_at(M(1), EVENT_TLS), &failure), VERDICT_FAIL);
    CU_ASSERT_EQUAL(failure.time_us, S(3));
}

/* The end of the walk is not the end of the judgement. */
static void standing_rules_go_on_behind_the_walk(void)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_pending(&f);
    CU_ASSERT(judge_is_over(f.judge));
    feed(&f, state_at(S(4), STATE_PENDING, STATE_ACQUIRED));
    feed(&f, end_at(S(5)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_FAIL);
    CU_ASSERT(result_of(&f)->failures[0].standing);
    feed(&f, state_at(S(6), STATE_ACQUIRED, STATE_PENDING)); /* nothing follows the end */
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1);
    fixture_done(&f);
}

static void a_run_cut_short_is_an_error(void)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_reset(&f);
    feed(&f, end_at(S(5)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_ERROR);
    CU_ASSERT_STRING_EQUAL(result_of(&f)->reason, "the run ended before step 2 of 2 was over");
    fixture_done(&f);
}

static void phones_that_are_not_there(void)
{
    const struct step steps[] = {RESET_STEP};
    struct fixture f;
    fixture_init(&f, steps, 1);
    feed(&f, of_phone(7, action_at(0, ACTION_FACTORY_RESET)));
    feed(&f, of_phone(-5, action_at(0, ACTION_FACTORY_RESET)));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    fixture_done(&f);
    judge_free(NULL);
}

/* A real device boots slowly, and has a life before it is told to. */
static void a_device_is_reset_when_it_boots(void)
{
    const struct pattern asked = {.kind = PATTERN_REQUEST, .server = SERVER_EDOS, .count = 1};
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = asked, .within_us = M(1)},
        {.kind = STEP_POWER_OFF, .phone = STEP_ALL_PHONES},
        {.kind = STEP_POWER_ON, .phone = STEP_ALL_PHONES},
    };
    struct fixture f;
    fixture_init(&f, steps, COUNT(steps));
    fixture_start(&f);
    judge_set_real_devices(f.judge);
    /* It asks, and boots, for reasons of its own. */
    feed(&f, boot_at(S(1), ACTION_FACTORY_RESET));
    feed(&f, attempt_at(S(2), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[0]);
    feed(&f, action_at(S(3), ACTION_FACTORY_RESET));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[0]);
    feed(&f, boot_at(S(90), ACTION_FACTORY_RESET));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[1]);
    CU_ASSERT_EQUAL(judge_next_deadline_us(f.judge), S(90) + M(1) + 1);
    feed(&f, attempt_at(S(100), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[2]);
    feed(&f, action_at(S(101), ACTION_POWER_OFF)); /* nothing boots by that */
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
    feed(&f, action_at(S(102), ACTION_POWER_ON));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, boot_at(S(200), ACTION_POWER_ON));
    CU_ASSERT(judge_is_over(f.judge));
    feed(&f, end_at(S(200)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

static void what_a_device_did_before_its_reset_is_no_answer(void)
{
    const struct pattern asked = {.kind = PATTERN_REQUEST, .server = SERVER_EDOS, .count = 1};
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = asked, .within_us = M(1)}};
    struct fixture f;
    fixture_init(&f, steps, COUNT(steps));
    fixture_start(&f);
    judge_set_real_devices(f.judge);
    feed(&f, attempt_at(S(2), EVENT_SERVER_EDOS, 0));
    feed(&f, action_at(S(3), ACTION_FACTORY_RESET));
    feed(&f, boot_at(S(90), ACTION_FACTORY_RESET));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, end_at(S(200)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_FAIL);
    fixture_done(&f);
}

void tests_harness_judge_walk(void)
{
    TEST_SUITE("judge/walk", {"each action and setting", each_action_and_setting},
               {"every phone has to", every_phone_has_to}, {"once a phone", once_a_phone},
               {"a device is reset when it boots", a_device_is_reset_when_it_boots},
               {"what it did before is no answer", what_a_device_did_before_its_reset_is_no_answer},
               {"a step on one phone", a_step_on_one_phone},
               {"never lets its time pass", never_lets_its_time_pass},
               {"never after the end", never_after_the_end}, {"stays as it is", stays_as_it_is},
               {"standing rules go on behind the walk", standing_rules_go_on_behind_the_walk},
               {"a run cut short is an error", a_run_cut_short_is_an_error},
               {"phones that are not there", phones_that_are_not_there});
}
