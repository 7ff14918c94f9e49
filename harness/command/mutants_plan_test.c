/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/command/mutants_plan.h"
#include <string.h>

static const enum rule_id covers_pend_3[] = {RULE_PEND_3};
static const enum rule_id covers_end_pend_3[] = {RULE_END_1, RULE_PEND_3};
static const enum rule_id covers_pend_4[] = {RULE_PEND_4};
static const enum rule_id covers_view[] = {RULE_VIEW_2};
static const struct phone_quirk quirk = {
    .name = "q", .rules = {"RC-PEND-3", "RC-PEND-4"}, .summary = "s"};

static void nearness(void)
{
    struct scenario a = {.covers = covers_pend_3, .cover_count = 1};
    struct scenario b = {.covers = covers_end_pend_3, .cover_count = 2};
    struct scenario c = {.covers = covers_pend_4, .cover_count = 1};
    struct scenario d = {.covers = covers_view, .cover_count = 1};
    struct scenario nothing = {0};
    CU_ASSERT_EQUAL(mutants_distance(&a, &quirk), 0);
    CU_ASSERT_EQUAL(mutants_distance(&b, &quirk), 1);
    CU_ASSERT_EQUAL(mutants_distance(&c, &quirk), 2);
    CU_ASSERT_EQUAL(mutants_distance(&d, &quirk), 3);
    CU_ASSERT_EQUAL(mutants_distance(&nothing, &quirk), 3);
}

static void cost_grows(void)
{
    struct step steps[2] = {{.kind = STEP_FACTORY_RESET}, {.kind = STEP_NEVER}};
    struct scenario scenario = {.steps = steps, .step_count = 2, .phone_count = 1};
    uint64_t plain = mutants_cost(&scenario);
    steps[1].duration_us = 7 * DURATION_DAY;
    uint64_t week = mutants_cost(&scenario);
    CU_ASSERT_TRUE(week > plain);
    scenario.phone_count = 30;
    CU_ASSERT_EQUAL(mutants_cost(&scenario), 30 * week);
    /* A deadline that nobody waits for costs nothing. */
    scenario.phone_count = 1;
    steps[1] = (struct step){.kind = STEP_EXPECT, .within_us = 7 * DURATION_DAY};
    CU_ASSERT_EQUAL(mutants_cost(&scenario), plain);
    steps[1].pattern = (struct pattern){.kind = PATTERN_RETRIES, .gap_count = 13};
    CU_ASSERT_TRUE(mutants_cost(&scenario) > plain);
}

static void order(void)
{
    struct step week = {.kind = STEP_WAIT, .duration_us = 7 * DURATION_DAY};
    struct scenario far = {.covers = covers_view, .cover_count = 1};
    struct scenario near_slow = {
        .covers = covers_pend_3, .cover_count = 1, .steps = &week, .step_count = 1};
    struct scenario second = {.covers = covers_end_pend_3, .cover_count = 2};
    struct scenario near_fast = {.covers = covers_pend_3, .cover_count = 1};
    struct scenario *scenarios[] = {&far, &near_slow, &second, &near_fast, &far};
    struct suite suite = {scenarios, 5};
    static const size_t wanted[] = {3, 1, 2, 0, 4};
    size_t got[5];
    mutants_order(&suite, &quirk, got);
    CU_ASSERT_EQUAL(memcmp(got, wanted, sizeof got), 0);
}

void tests_harness_command_mutants_plan(void);
void tests_harness_command_mutants_plan(void)
{
    TEST_SUITE("command/mutants_plan", {"how near a scenario is to a defect", nearness},
               {"what a scenario costs", cost_grows},
               {"nearest first, then cheapest, then as in the suite", order});
}
