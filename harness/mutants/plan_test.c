/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/mutants/mutants.h"
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
    CU_ASSERT_EQUAL(mutants_distance(&b, &quirk), 0);
    CU_ASSERT_EQUAL(mutants_distance(&c, &quirk), 1);
    CU_ASSERT_EQUAL(mutants_distance(&d, &quirk), 2);
    CU_ASSERT_EQUAL(mutants_distance(&nothing, &quirk), 2);
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
    struct scenario far = {.id = "far", .path = "1", .covers = covers_view, .cover_count = 1};
    struct scenario slow = {.id = "slow",
                            .path = "2",
                            .covers = covers_pend_3,
                            .cover_count = 1,
                            .steps = &week,
                            .step_count = 1};
    struct scenario other = {.id = "other", .path = "3", .covers = covers_pend_4, .cover_count = 1};
    struct scenario fast = {.id = "fast", .path = "4", .covers = covers_pend_3, .cover_count = 1};
    struct scenario *scenarios[] = {&far, &slow, &other, &fast, &far};
    struct suite suite = {scenarios, 5};
    static const size_t wanted[] = {3, 1, 2, 0, 4};
    size_t got[5];
    mutants_order(&suite, &quirk, got);
    CU_ASSERT_EQUAL(memcmp(got, wanted, sizeof got), 0);
}

static void likeness(void)
{
    static const char *const tags[] = {"option-160"};
    static const struct phone_quirk ignores = {.name = "ignores-options-160",
                                               .rules = {"RC-PEND-3"}};
    struct scenario a = {
        .id = "options-66", .path = "a", .covers = covers_pend_3, .cover_count = 1};
    struct scenario b = a, c = a, d = a, far = a;
    b.id = "options-1600";
    c.id = "each";
    c.tags = tags;
    c.tag_count = 1;
    d.id = "unlike";
    far.id = "ignores-option-160";
    far.covers = covers_view;
    struct scenario *scenarios[] = {&d, &far, &a, &b, &c};
    struct suite suite = {scenarios, 5};
    static const size_t wanted[] = {4, 2, 3, 0, 1};
    size_t got[5];
    mutants_order(&suite, &ignores, got);
    CU_ASSERT_EQUAL(memcmp(got, wanted, sizeof got), 0);
}

static void siblings(void)
{
    struct scenario a1 = {.id = "a-1", .path = "a", .covers = covers_pend_3, .cover_count = 1};
    struct scenario a2 = a1, a3 = a1, b = a1;
    struct step week = {.kind = STEP_WAIT, .duration_us = 7 * DURATION_DAY};
    a2.id = "a-2";
    a3.id = "a-3";
    b.id = b.path = "b";
    b.steps = &week;
    b.step_count = 1;
    struct scenario *scenarios[] = {&a1, &a2, &a3, &b};
    struct suite suite = {scenarios, 4};
    static const size_t wanted[] = {0, 3, 1, 2}; /* dearer, but another file */
    size_t got[4];
    mutants_order(&suite, &quirk, got);
    CU_ASSERT_EQUAL(memcmp(got, wanted, sizeof got), 0);
}

void tests_harness_mutants_plan(void);
void tests_harness_mutants_plan(void)
{
    TEST_SUITE("mutants/plan", {"how near a scenario is to a defect", nearness},
               {"what a scenario costs", cost_grows},
               {"nearest first, then cheapest, then as in the suite", order},
               {"words in common", likeness}, {"one case of a file after the other", siblings});
}
