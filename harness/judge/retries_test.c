/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_retries(void);

static const uint64_t gaps[] = {M(1), M(2), M(4), H(24)};
static const struct step steps[] = {
    RESET_STEP,
    {EXPECT_STEP,
     .pattern = {.kind = PATTERN_RETRIES, .server = SERVER_EDOS, .gaps_us = gaps, .gap_count = 4},
     .place = {14, 5}}};

/* Pending, then an attempt after each of the gaps; each fails at once. Growth of the delays is
 * another rule's business. */
static void tell(struct fixture *f, const uint64_t *seen, size_t count, uint64_t end_us)
{
    static const struct waiver waivers[] = {{STANDING_DELAYS_NEVER_SHRINK, "", {0, 0}}};
    fixture_init(f, steps, 2);
    f->scenario.waivers = waivers;
    f->scenario.waiver_count = 1;
    feed_pending(f);
    uint64_t now_us = S(3);
    feed(f, failed_at(now_us, EVENT_SERVER_EDOS));
    for (size_t i = 0; i < count; i++) {
        uint64_t last_us = now_us;
        now_us += seen[i];
        feed(f, attempt_at(now_us, EVENT_SERVER_EDOS, last_us));
        feed(f, failed_at(now_us, EVENT_SERVER_EDOS));
    }
    feed(f, end_at(end_us));
}

static void edges_of_the_tolerance(void)
{
    static const struct {
        uint64_t gaps[4];
        enum verdict verdict;
        enum rule_id rule;
    } cases[] = {
        {{M(1), M(2), M(4), H(24)}, VERDICT_PASS, 0},
        {{S(54), S(108), S(216), M(1296)}, VERDICT_PASS, 0},
        {{S(66), S(132), S(264), M(1584)}, VERDICT_PASS, 0},
        {{S(54) - 1, M(2), M(4), H(24)}, VERDICT_FAIL, RULE_PEND_3},
        {{M(1), S(132) + 1, M(4), H(24)}, VERDICT_FAIL, RULE_PEND_3},
        {{M(1), M(2), M(2), H(24)}, VERDICT_FAIL, RULE_PEND_3},
        {{M(1), M(2), M(4), M(1296) - 1}, VERDICT_FAIL, RULE_PEND_4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        tell(&f, cases[i].gaps, 4, H(30));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].verdict);
        if (cases[i].verdict == VERDICT_FAIL)
            CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], cases[i].rule);
        fixture_done(&f);
    }
}

static void too_early_is_found_at_once(void)
{
    static const uint64_t seen[] = {M(1), M(2), M(2)};
    struct fixture f;
    tell(&f, seen, 3, H(1));
    const struct judge_failure *failure = &result_of(&f)->failures[0];
    CU_ASSERT_STRING_EQUAL(failure->expected, "the 3rd retry to edos 4m ±24s after the 2nd failed");
    CU_ASSERT_STRING_EQUAL(failure->seen, "it after 2m");
    CU_ASSERT_EQUAL(failure->time_us, S(3) + M(5));
    CU_ASSERT_EQUAL(failure->event, 11);
    fixture_done(&f);
}

static void too_late_is_found_in_time(void)
{
    static const uint64_t seen[] = {M(1)};
    struct fixture f;
    tell(&f, seen, 1, H(1));
    const struct judge_failure *failure = &result_of(&f)->failures[0];
    CU_ASSERT_STRING_EQUAL(failure->expected, "the 2nd retry to edos 2m ±12s after the 1st failed");
    CU_ASSERT_STRING_EQUAL(failure->seen, "none in 2m12s");
    CU_ASSERT_EQUAL(failure->time_us, S(3) + M(1) + S(132));
    CU_ASSERT_EQUAL(failure->event, 0);
    fixture_done(&f);
}

/* The phone alone knows when it gave up on a silent server; the next attempt tells. */
static void a_silent_failure_has_an_unseen_end(void)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_pending(&f);
    judge_time(f.judge, S(150));
    feed(&f, attempt_at(S(153), EVENT_SERVER_EDOS, S(93)));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    feed(&f, failed_at(S(153), EVENT_SERVER_EDOS));
    judge_time(f.judge, S(153) + S(132));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    judge_time(f.judge, S(153) + S(132) + M(4));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].time_us, S(153) + S(132));
    fixture_done(&f);
}

/* How long a phone waits for a name server that does not answer shows in no event either. */
static void an_unanswered_question_has_an_unseen_end(void)
{
    for (int late = 0; late < 2; late++) {
        struct fixture f;
        struct event question = attempt_at(S(63), EVENT_SERVER_EDOS, S(3));
        question.attempt.peer.transport = TRANSPORT_DNS;
        fixture_init(&f, steps, 2);
        feed_pending(&f);
        feed(&f, question);
        feed(&f, attempt_at(S(63) + M(2) + S(late ? 23 : 21), EVENT_SERVER_EDOS, S(63)));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, (size_t)late);
        fixture_done(&f);
    }
}

static void no_first_attempt(void)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_reset(&f);
    feed(&f, end_at(H(1)));
    const struct judge_failure *failure = &result_of(&f)->failures[0];
    CU_ASSERT_STRING_EQUAL(failure->expected, "a first attempt at edos");
    CU_ASSERT_EQUAL(failure->time_us, S(2) + JUDGE_PATIENCE_US);
    CU_ASSERT_EQUAL(failure->rules[0], RULE_OPEN_3);
    fixture_done(&f);
}

/* Behind a proved failure only a new beginning of the phone's own moves the deadline. */
static void signs_behind_a_failure(void)
{
    static const struct {
        enum event_type type;
        uint64_t due_us;
    } cases[] = {{EVENT_ANSWER, S(3) + S(66)},
                 {EVENT_REFUSED, S(3) + S(66)},
                 {EVENT_CONNECT, S(30) + S(66) + M(3)},
                 {EVENT_FAILED, S(30) + S(66)}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        feed_pending(&f);
        feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
        feed(&f, of_server(EVENT_SERVER_EDOS, event_at(S(30), cases[i].type)));
        judge_time(f.judge, cases[i].due_us);
        CU_ASSERT_FALSE(judge_is_over(f.judge));
        judge_time(f.judge, cases[i].due_us + 1);
        CU_ASSERT(judge_is_over(f.judge));
        CU_ASSERT_EQUAL(result_of(&f)->failures[0].time_us, cases[i].due_us);
        fixture_done(&f);
    }
}

/* The reading wait-first, or `within`, give the first attempt more time. */
static void a_late_first_attempt(void)
{
    static const struct step within[] = {RESET_STEP,
                                         {EXPECT_STEP,
                                          .pattern = {.kind = PATTERN_RETRIES,
                                                      .server = SERVER_EDOS,
                                                      .gaps_us = gaps,
                                                      .gap_count = 1},
                                          .within_us = M(5)}};
    for (int i = 0; i < 3; i++) {
        struct fixture f;
        fixture_init(&f, i == 2 ? within : steps, 2);
        f.scenario.readings.pending_boot = i == 1 ? PENDING_BOOT_WAIT_FIRST : PENDING_BOOT_ASK_NOW;
        feed_reset(&f);
        feed(&f, attempt_at(S(90), EVENT_SERVER_EDOS, 0));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, i == 0);
        fixture_done(&f);
    }
}

/* A reboot that the phone does not carry out ends nothing and begins nothing. */
static void a_boot_that_never_comes(void)
{
    static const uint64_t one[] = {M(1)};
    static const struct step never_boots[] = {RESET_STEP,
                                              {.kind = STEP_REBOOT, .phone = STEP_ALL_PHONES},
                                              {EXPECT_STEP, .pattern = {.kind = PATTERN_RETRIES,
                                                                        .server = SERVER_EDOS,
                                                                        .gaps_us = one,
                                                                        .gap_count = 1}}};
    struct fixture f;
    fixture_init(&f, never_boots, 3);
    feed_pending(&f);
    feed(&f, action_at(S(10), ACTION_REBOOT));
    feed(&f, attempt_at(S(20), EVENT_SERVER_EDOS, S(3)));
    feed(&f, attempt_at(S(80), EVENT_SERVER_EDOS, S(20)));
    feed(&f, end_at(M(10)));
    CU_ASSERT_EQUAL_FATAL(result_of(&f)->failure_count, 1);
    CU_ASSERT_STRING_EQUAL(result_of(&f)->failures[0].expected, "a first attempt at edos");
    fixture_done(&f);
}

/* Attempts before the step count, those before the last boot don't; the count starts anew. */
static void a_boot_starts_the_count_again(void)
{
    static const struct waiver waivers[] = {{STANDING_DELAYS_NEVER_SHRINK, "", {0, 0}}};
    static const uint64_t two[] = {M(1), M(2)};
    static const struct step again[] = {RESET_STEP,
                                        WAIT_STEP(M(10)),
                                        {.kind = STEP_REBOOT, .phone = STEP_ALL_PHONES},
                                        WAIT_STEP(S(90)),
                                        {EXPECT_STEP, .pattern = {.kind = PATTERN_RETRIES,
                                                                  .server = SERVER_EDOS,
                                                                  .gaps_us = two,
                                                                  .gap_count = 2}}};
    static const enum rule_id covers[] = {RULE_PEND_5};
    for (int late = 0; late < 2; late++) {
        struct fixture f;
        fixture_init(&f, again, COUNT(again));
        f.scenario.covers = covers;
        f.scenario.cover_count = 1;
        f.scenario.waivers = waivers;
        f.scenario.waiver_count = 1;
        feed_pending(&f);
        feed(&f, attempt_at(M(5), EVENT_SERVER_EDOS, S(3)));
        feed(&f, action_at(M(10), ACTION_REBOOT));
        feed(&f, attempt_at(M(10) + S(1), EVENT_SERVER_EDOS, M(5))); /* its last breath */
        feed(&f, boot_at(M(10) + S(3), ACTION_REBOOT));
        feed(&f, attempt_at(M(10) + S(5), EVENT_SERVER_EDOS, 0));
        feed(&f, attempt_at(M(11) + S(5), EVENT_SERVER_EDOS, M(10) + S(5)));
        CU_ASSERT_EQUAL(judge_current_step(f.judge)->kind, STEP_WAIT);
        feed(&f, attempt_at(M(13) + S(late ? 20 : 5), EVENT_SERVER_EDOS, M(11) + S(5)));
        feed(&f, end_at(M(14)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, late ? VERDICT_FAIL : VERDICT_PASS);
        if (late)
            CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], RULE_PEND_5);
        fixture_done(&f);
    }
}

/* Downloads that DHCP options caused come before Custom-Pending and are no retries. */
static void provisioning_counts_from_custom_pending(void)
{
    static const uint64_t two[] = {M(5), M(5)};
    static const struct step provision[] = {RESET_STEP,
                                            {EXPECT_STEP, .pattern = {.kind = PATTERN_RETRIES,
                                                                      .server = SERVER_PROVISION,
                                                                      .gaps_us = two,
                                                                      .gap_count = 2}}};
    for (int wrong = 0; wrong < 2; wrong++) {
        struct fixture f;
        fixture_init(&f, provision, 2);
        feed_reset(&f);
        feed(&f, attempt_at(S(3), EVENT_SERVER_PROVISION, 0));
        feed(&f, attempt_at(S(4), EVENT_SERVER_EDOS, 0));
        feed(&f, state_at(S(4), STATE_OPEN, STATE_PENDING));
        feed(&f, state_at(S(5), STATE_PENDING, STATE_CUSTOM_PENDING));
        feed(&f, attempt_at(S(5), EVENT_SERVER_PROVISION, S(3)));
        feed(&f, failed_at(S(6), EVENT_SERVER_PROVISION));
        feed(&f, attempt_at(S(306), EVENT_SERVER_PROVISION, S(6)));
        feed(&f, failed_at(S(306), EVENT_SERVER_PROVISION));
        feed(&f, attempt_at(S(wrong ? 500 : 606), EVENT_SERVER_PROVISION, S(306)));
        feed(&f, end_at(M(20)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, wrong ? VERDICT_FAIL : VERDICT_PASS);
        if (wrong)
            CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], RULE_CUST_2);
        fixture_done(&f);
    }
}

void tests_harness_judge_retries(void)
{
    TEST_SUITE(
        "judge/retries", {"edges of the tolerance", edges_of_the_tolerance},
        {"too early is found at once", too_early_is_found_at_once},
        {"too late is found in time", too_late_is_found_in_time},
        {"a silent failure has an unseen end", a_silent_failure_has_an_unseen_end},
        {"an unanswered question has an unseen end", an_unanswered_question_has_an_unseen_end},
        {"no first attempt", no_first_attempt}, {"signs behind a failure", signs_behind_a_failure},
        {"a late first attempt", a_late_first_attempt},
        {"a boot that never comes", a_boot_that_never_comes},
        {"a boot starts the count again", a_boot_starts_the_count_again},
        {"provisioning counts from Custom-Pending", provisioning_counts_from_custom_pending});
}
