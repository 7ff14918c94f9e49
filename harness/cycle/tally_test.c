/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/cycle/state_file_testing.h"
#include <stdlib.h>
#include <string.h>

void tests_harness_cycle_tally(void);

struct bench {
    struct tested_lab tested;
    struct tally tally;
    struct judgement judgement;
};

static struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bench);
    tested_lab_fill(&bench->tested);
    CU_ASSERT_EQUAL_FATAL(tally_init(&bench->tally, TESTED_PHONES, TESTED_COURSES, NULL), 0);
    return bench;
}

static void bench_free(struct bench *bench)
{
    tally_done(&bench->tally);
    tally_done(&bench->tally);
    free(bench);
}

static bool take(struct bench *bench, size_t course, enum verdict verdict)
{
    bench->judgement.verdict = verdict;
    bool first = tally_take(&bench->tally, &bench->tested.courses[course], &bench->judgement);
    bench->judgement.failure_count = 0;
    return first;
}

static void broke(struct bench *bench, enum rule_id rule, int phone)
{
    bench->judgement.failures[bench->judgement.failure_count++] =
        (struct judge_failure){.rules = {rule}, .rule_count = 1, .phone = phone};
}

static void each_phone_of_a_run_is_counted(void)
{
    struct bench *bench = bench_new();
    const struct tally_phone *phones = bench->tally.phones;
    CU_ASSERT_FALSE(take(bench, 0, VERDICT_PASS));
    CU_ASSERT_FALSE(take(bench, 1, VERDICT_SKIP));
    CU_ASSERT_FALSE(take(bench, 2, VERDICT_PASS));
    CU_ASSERT_EQUAL(phones[0].by_verdict[VERDICT_PASS], 2);
    CU_ASSERT_EQUAL(phones[1].by_verdict[VERDICT_PASS], 1);
    CU_ASSERT_EQUAL(phones[1].by_verdict[VERDICT_SKIP], 0);
    CU_ASSERT_EQUAL(bench->tally.by_verdict[VERDICT_PASS], 2);
    bench_free(bench);
}

static void the_first_of_each_kind_of_a_phone(void)
{
    struct bench *bench = bench_new();
    const struct tally_phone *phones = bench->tally.phones;
    broke(bench, RULE_PEND_3, 0);
    broke(bench, RULE_PEND_3, 0);
    CU_ASSERT_TRUE(take(bench, 0, VERDICT_FAIL));
    CU_ASSERT_EQUAL(phones[0].kinds[RULE_PEND_3].count, 1);
    tally_next_cycle(&bench->tally);
    broke(bench, RULE_PEND_3, EVENT_PHONE_NONE);
    CU_ASSERT_FALSE(take(bench, 0, VERDICT_FAIL));
    broke(bench, RULE_PEND_3, 0);
    CU_ASSERT_TRUE(take(bench, 1, VERDICT_FAIL)); /* another phone */
    broke(bench, RULE_PEND_3, 0);
    broke(bench, RULE_END_1, 1);
    CU_ASSERT_TRUE(take(bench, 2, VERDICT_FAIL));
    CU_ASSERT_EQUAL(phones[0].kinds[RULE_PEND_3].count, 3);
    CU_ASSERT_EQUAL(phones[0].kinds[RULE_PEND_3].first_cycle, 1);
    CU_ASSERT_EQUAL(phones[0].kinds[RULE_END_1].count, 0);
    CU_ASSERT_EQUAL(phones[1].kinds[RULE_END_1].count, 1);
    CU_ASSERT_EQUAL(phones[1].kinds[RULE_END_1].first_cycle, 2);
    CU_ASSERT_TRUE(take(bench, 0, VERDICT_ERROR));
    CU_ASSERT_FALSE(take(bench, 0, VERDICT_ERROR));
    CU_ASSERT_EQUAL(phones[0].kinds[TALLY_KIND_LAB].count, 2);
    bench->judgement.failures[0] =
        (struct judge_failure){.standing = true, .standing_rule = STANDING_DELAYS_AT_MOST_24H};
    bench->judgement.failure_count = 1;
    CU_ASSERT_TRUE(take(bench, 0, VERDICT_FAIL));
    CU_ASSERT_EQUAL(phones[0].kinds[TALLY_KIND_STANDING + STANDING_DELAYS_AT_MOST_24H].count, 1);
    bench_free(bench);
}

static void a_new_cycle_has_nothing_done(void)
{
    struct bench *bench = bench_new();
    bench->tally.done[2] = true;
    tally_next_cycle(&bench->tally);
    CU_ASSERT_EQUAL(bench->tally.cycle, 2);
    CU_ASSERT_FALSE(bench->tally.done[2]);
    bench_free(bench);
}

static void every_kind_has_a_name_of_its_own(void)
{
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_NOT_EQUAL(strcmp(tally_kind_name(i), tally_kind_name(k)), 0);
    }
}

void tests_harness_cycle_tally(void)
{
    TEST_SUITE("cycle/tally", {"each phone of a run is counted", each_phone_of_a_run_is_counted},
               {"the first of each kind of a phone", the_first_of_each_kind_of_a_phone},
               {"a new cycle has nothing done", a_new_cycle_has_nothing_done},
               {"every kind has a name of its own", every_kind_has_a_name_of_its_own});
}
