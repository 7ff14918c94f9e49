/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_expectation(void);

static const struct pattern pending = {.kind = PATTERN_STATE, .state = STATE_PENDING};
static const struct pattern ask_edos = {.kind = PATTERN_REQUEST, .server = SERVER_EDOS, .count = 1};

/* The verdict on reset + one expectation when it comes true at `time_us`. */
static enum verdict verdict_when_pending_at(const struct step *steps, uint64_t time_us)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_reset(&f);
    feed(&f, state_at(time_us, STATE_OPEN, STATE_PENDING));
    feed(&f, end_at(time_us + H(1)));
    enum verdict verdict = result_of(&f)->verdict;
    fixture_done(&f);
    return verdict;
}

static void deadline_edges(void)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending, .within_us = S(30)}};
    CU_ASSERT_EQUAL(verdict_when_pending_at(steps, S(30)), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict_when_pending_at(steps, S(30) + 1), VERDICT_FAIL);
    const struct step patient[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending}};
    CU_ASSERT_EQUAL(verdict_when_pending_at(patient, JUDGE_PATIENCE_US), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict_when_pending_at(patient, JUDGE_PATIENCE_US + 1), VERDICT_FAIL);
}

static void not_before(void)
{
    /* 10 % of 100 s. */
    const struct step steps[] = {
        RESET_STEP, {EXPECT_STEP, .pattern = pending, .after_us = S(100), .within_us = S(200)}};
    CU_ASSERT_EQUAL(verdict_when_pending_at(steps, S(90) - 1), VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict_when_pending_at(steps, S(90)), VERDICT_PASS);
    CU_ASSERT_EQUAL(verdict_when_pending_at(steps, S(200)), VERDICT_PASS);
    const struct step exact[] = {RESET_STEP,
                                 {EXPECT_STEP, .pattern = pending, .after_us = S(100),
                                  .within_us = S(200), .has_tolerance = true, .tolerance = {1, 0}}};
    CU_ASSERT_EQUAL(verdict_when_pending_at(exact, S(98)), VERDICT_FAIL);
    CU_ASSERT_EQUAL(verdict_when_pending_at(exact, S(99)), VERDICT_PASS);
}

static void patience_can_be_set(void)
{
    const struct step steps[] = {RESET_STEP, {EXPECT_STEP, .pattern = pending}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    fixture_start(&f);
    judge_set_real_devices(f.judge);
    feed_reset(&f);
    /* The step is done, and the next one begins, with the boot that it leads to. */
    CU_ASSERT_EQUAL(judge_next_deadline_us(f.judge), S(2) + M(5) + 1);
    feed(&f, state_at(M(5), STATE_OPEN, STATE_PENDING));
    CU_ASSERT(judge_is_over(f.judge));
    feed(&f, end_at(M(5)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

static void missing_state_says_so(void)
{
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = pending, .within_us = S(30), .place = {7, 5}, .iteration = 2}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_reset(&f);
    feed(&f, end_at(M(10)));
    const struct judgement *judgement = result_of(&f);
    CU_ASSERT_EQUAL(judgement->verdict, VERDICT_FAIL);
    CU_ASSERT_EQUAL_FATAL(judgement->failure_count, 1);
    const struct judge_failure *failure = &judgement->failures[0];
    CU_ASSERT_STRING_EQUAL(failure->expected, "state Pending within 30s (repetition 2)");
    CU_ASSERT_STRING_EQUAL(failure->seen, "state Open since 2s");
    CU_ASSERT_EQUAL(failure->time_us, S(30));
    CU_ASSERT_EQUAL(failure->rules[0], RULE_OPEN_3);
    CU_ASSERT_EQUAL(failure->place.line, 7);
    CU_ASSERT_FALSE(failure->standing);
    fixture_done(&f);
}

/* What the phone was before its factory reset fulfils nothing behind it. */
static void stale_state_counts_for_nothing(void)
{
    static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING};
    const struct pattern patterns[] = {
        pending,
        {.kind = PATTERN_PATH, .path = path, .path_count = 2},
        {.kind = PATTERN_PAGE,
         .page = &(const struct parameter){"Customization", "Pending", {0, 0}},
         .page_count = 1},
    };
    for (size_t i = 0; i < COUNT(patterns); i++) {
        const struct step steps[] = {RESET_STEP,
                                     {EXPECT_STEP, .pattern = pending},
                                     RESET_STEP,
                                     {EXPECT_STEP, .pattern = patterns[i], .within_us = S(60)}};
        struct fixture f;
        fixture_init(&f, steps, 4);
        feed_pending(&f);
        feed(&f, page_at(S(4), STATE_PENDING));
        feed(&f, action_at(S(5), ACTION_FACTORY_RESET));
        CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
        /* Still at what it was doing before. */
        feed(&f, page_at(S(6), STATE_PENDING));
        CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
        feed(&f, boot_at(S(7), ACTION_FACTORY_RESET));
        feed(&f, state_at(S(7), STATE_PENDING, STATE_OPEN));
        CU_ASSERT_FALSE(judge_is_over(f.judge));
        feed(&f, state_at(S(8), STATE_OPEN, STATE_PENDING));
        feed(&f, page_at(S(9), STATE_PENDING));
        CU_ASSERT(judge_is_over(f.judge));
        feed(&f, end_at(S(10)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
        fixture_done(&f);
    }
}

/* Open before the reset and after it: the boot alone proves it. */
static void open_again_without_a_change(void)
{
    static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING};
    const struct step steps[] = {
        RESET_STEP,
        RESET_STEP,
        {EXPECT_STEP, .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 1}},
        {EXPECT_STEP, .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 2}}};
    struct fixture f;
    fixture_init(&f, steps, 4);
    feed_reset(&f);
    feed(&f, action_at(S(5), ACTION_FACTORY_RESET));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[2]);
    feed(&f, boot_at(S(6), ACTION_FACTORY_RESET));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
    feed(&f, state_at(S(6), STATE_OPEN, STATE_OPEN)); /* said once more, it is no other state */
    feed(&f, state_at(S(6), STATE_OPEN, STATE_PENDING));
    CU_ASSERT(judge_is_over(f.judge));
    feed(&f, end_at(S(7)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

static void path_fails_as_soon_as_it_can(void)
{
    static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING, STATE_CUSTOM_PENDING,
                                                    STATE_ACQUIRED};
    const struct step steps[] = {RESET_STEP,
                                 {EXPECT_STEP,
                                  .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 4},
                                  .within_us = H(1)}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_pending(&f);
    feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
    CU_ASSERT(judge_is_over(f.judge));
    CU_ASSERT_PTR_NULL(judge_current_step(f.judge));
    const struct judge_failure *failure = &result_of(&f)->failures[0];
    CU_ASSERT_EQUAL(failure->time_us, S(4));
    CU_ASSERT_EQUAL(failure->event, f.number);
    CU_ASSERT_EQUAL(failure->frame, f.number + 100);
    CU_ASSERT_EQUAL(failure->rules[0], RULE_PEND_1);
    CU_ASSERT_STRING_EQUAL(failure->seen, "Open, Pending, Unavailable");
    fixture_done(&f);
}

/* A path that went on while nobody looked is no longer exactly that path. */
static void path_already_too_long_at_the_begin(void)
{
    static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING};
    const struct step steps[] = {
        RESET_STEP,
        WAIT_STEP(M(1)),
        {EXPECT_STEP, .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 2}}};
    struct fixture f;
    fixture_init(&f, steps, 3);
    feed_pending(&f);
    feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    judge_time(f.judge, M(1) + S(1));
    CU_ASSERT_EQUAL_FATAL(result_of(&f)->failure_count, 1);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].time_us, M(1));
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], RULE_PEND_3);
    fixture_done(&f);
}

/* request, dhcp, dns and tftp look back to where the step before them began, no further. */
static void looks_back_one_step(void)
{
    const struct step steps[] = {RESET_STEP,
                                 {EXPECT_STEP, .pattern = pending},
                                 {EXPECT_STEP, .pattern = ask_edos},
                                 {EXPECT_STEP, .pattern = ask_edos, .within_us = S(90)}};
    struct fixture f;
    fixture_init(&f, steps, 4);
    feed_pending(&f);
    /* The attempt came before Pending, behind the reset: step 3 is fulfilled, step 4 is not. */
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
    feed(&f, attempt_at(S(63), EVENT_SERVER_PROVISION, 0));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, attempt_at(S(63), EVENT_SERVER_EDOS, S(3)));
    CU_ASSERT(judge_is_over(f.judge));
    feed(&f, end_at(S(64)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(result_of(&f)->steps_done, 4);
    fixture_done(&f);
}

static void after_does_not_look_back(void)
{
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = pending},
        {EXPECT_STEP, .pattern = ask_edos, .after_us = S(60), .within_us = S(70)}};
    for (int early = 0; early < 2; early++) {
        struct fixture f;
        fixture_init(&f, steps, 3);
        feed_pending(&f);
        CU_ASSERT_FALSE(judge_is_over(f.judge));
        feed(&f, attempt_at(early ? S(50) : S(63), EVENT_SERVER_EDOS, S(3)));
        CU_ASSERT(judge_is_over(f.judge));
        feed(&f, end_at(S(64)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, early ? VERDICT_FAIL : VERDICT_PASS);
        if (early) {
            CU_ASSERT_STRING_EQUAL(result_of(&f)->failures[0].seen, "it too early, after 47s");
            CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->failures[0].expected, "not before 1m"));
        }
        fixture_done(&f);
    }
}

static void counts_requests(void)
{
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP,
         .pattern = {.kind = PATTERN_REQUEST, .server = SERVER_EDOS, .count = 3, .target = "/rc*"},
         .within_us = H(1)}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_reset(&f);
    feed(&f, request_at(S(3), EVENT_SERVER_EDOS, "/rc?id=1"));
    feed(&f, request_at(S(4), EVENT_SERVER_EDOS, "/other"));
    feed(&f, attempt_at(S(5), EVENT_SERVER_EDOS, 0));
    feed(&f, request_at(S(63), EVENT_SERVER_EDOS, "/rc?id=1"));
    CU_ASSERT_FALSE(judge_is_over(f.judge));
    feed(&f, end_at(H(2)));
    CU_ASSERT_STRING_EQUAL(result_of(&f)->failures[0].seen, "only 2");
    CU_ASSERT_STRING_EQUAL(result_of(&f)->failures[0].expected,
                           "3 requests to edos, path /rc* within 1h");
    fixture_done(&f);
}

static void page_expectation(void)
{
    const struct parameter shown = {"Customization", "Pending", {0, 0}};
    const struct parameter other = {"Serial Number", "Pending", {0, 0}};
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = pending},
        {EXPECT_STEP, .pattern = {.kind = PATTERN_PAGE, .page = &shown, .page_count = 1}},
        {EXPECT_STEP, .pattern = {.kind = PATTERN_PAGE, .page = &other, .page_count = 1}}};
    struct fixture f;
    fixture_init(&f, steps, 4);
    feed_pending(&f);
    feed(&f, page_at(S(4), STATE_OPEN));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[2]);
    struct event silent = page_at(S(5), STATE_PENDING);
    silent.page.status = 0;
    feed(&f, silent);
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[2]);
    feed(&f, page_at(S(6), STATE_PENDING));
    CU_ASSERT_PTR_EQUAL(judge_current_step(f.judge), &steps[3]);
    feed(&f, end_at(M(5)));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].rules[0], RULE_VIEW_2);
    fixture_done(&f);
}

void tests_harness_judge_expectation(void)
{
    TEST_SUITE("judge/expectation", {"the deadline's last moment will do", deadline_edges},
               {"not before, with tolerance", not_before},
               {"patience can be set", patience_can_be_set},
               {"a missing state", missing_state_says_so},
               {"what was before a reset counts for nothing", stale_state_counts_for_nothing},
               {"Open again is seen at the boot", open_again_without_a_change},
               {"a path fails as soon as it can", path_fails_as_soon_as_it_can},
               {"a path that went on", path_already_too_long_at_the_begin},
               {"looks back one step", looks_back_one_step},
               {"after does not look back", after_does_not_look_back},
               {"counts requests", counts_requests}, {"the page", page_expectation});
}
