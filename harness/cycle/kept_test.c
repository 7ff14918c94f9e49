/* SPDX-License-Identifier: MIT */
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/cycle/evidence.h"

void tests_harness_cycle_kept(void);

static void add(struct kept *kept, uint64_t cycle, uint32_t phone, enum verdict verdict, bool first,
                uint64_t bytes)
{
    struct kept_run run = {.cycle = cycle,
                           .bytes = bytes,
                           .course = phone,
                           .phone = phone,
                           .verdict = verdict,
                           .first_of_kind = first};
    CU_ASSERT_TRUE_FATAL(kept_add(kept, &run));
}

/* The cycle and phone of what goes next: CYCLE * 10 + PHONE; 0 = nothing does. */
static uint64_t goes(struct kept *kept, uint64_t limit)
{
    int index = kept_choose(kept, limit);
    if (index == KEPT_NONE)
        return 0;
    uint64_t told = kept->runs[index].cycle * 10 + kept->runs[index].phone;
    kept_remove(kept, (size_t)index);
    return told;
}

static void passes_make_room_oldest_first(void)
{
    struct kept kept;
    CU_ASSERT_EQUAL_FATAL(kept_init(&kept, NULL), 0);
    add(&kept, 1, 1, VERDICT_PASS, false, 100); /* the newest of its phone */
    add(&kept, 1, 2, VERDICT_PASS, false, 100);
    add(&kept, 2, 2, VERDICT_PASS, false, 100);
    add(&kept, 3, 2, VERDICT_PASS, false, 100);
    CU_ASSERT_EQUAL(goes(&kept, 400), 0);
    CU_ASSERT_EQUAL(goes(&kept, 399), 12);
    CU_ASSERT_EQUAL(goes(&kept, 399), 0);
    CU_ASSERT_EQUAL(goes(&kept, 0), 22);
    CU_ASSERT_EQUAL(goes(&kept, 0), 0);
    CU_ASSERT_EQUAL(kept.count, 2);
    CU_ASSERT_EQUAL(kept.bytes, 200);
    kept_done(&kept);
}

static void failures_have_a_half_of_their_own(void)
{
    struct kept kept;
    CU_ASSERT_EQUAL_FATAL(kept_init(&kept, NULL), 0);
    add(&kept, 1, 1, VERDICT_FAIL, true, 100);
    add(&kept, 2, 1, VERDICT_FAIL, false, 100);
    add(&kept, 2, 2, VERDICT_PASS, false, 300);
    add(&kept, 3, 1, VERDICT_ERROR, true, 100);
    add(&kept, 3, 2, VERDICT_PASS, false, 300);
    add(&kept, 4, 1, VERDICT_FAIL, false, 100);
    CU_ASSERT_EQUAL(goes(&kept, 1000), 0);
    CU_ASSERT_EQUAL(goes(&kept, 900), 22); /* failures have less than 450 */
    CU_ASSERT_EQUAL(goes(&kept, 799), 21); /* but more than 399 */
    CU_ASSERT_EQUAL(goes(&kept, 799), 0);
    CU_ASSERT_EQUAL(goes(&kept, 500), 41);
    CU_ASSERT_EQUAL(goes(&kept, 0), 0); /* the first of each kind, the newest that passed */
    CU_ASSERT_EQUAL(kept.count, 3);
    CU_ASSERT_EQUAL(kept.failure_bytes, 200);
    kept_done(&kept);
}

static void there_is_always_a_place(void)
{
    struct kept kept;
    CU_ASSERT_EQUAL_FATAL(kept_init(&kept, NULL), 0);
    for (uint64_t cycle = 1; cycle < KEPT_RUNS_MAX; cycle++)
        add(&kept, cycle, 1, VERDICT_PASS, false, 0);
    CU_ASSERT_EQUAL(goes(&kept, 1), 0);
    add(&kept, KEPT_RUNS_MAX, 2, VERDICT_FAIL, true, 0);
    struct kept_run more = {.verdict = VERDICT_PASS};
    CU_ASSERT_FALSE(kept_add(&kept, &more));
    CU_ASSERT_EQUAL(goes(&kept, 1), 11);
    for (size_t i = 0; i + 1 < KEPT_RUNS_MAX; i++)
        kept.runs[i] =
            (struct kept_run){.cycle = 7, .verdict = VERDICT_FAIL, .first_of_kind = true};
    add(&kept, 8, 3, VERDICT_FAIL, true, 0);
    CU_ASSERT_EQUAL(goes(&kept, 1), 70);
    kept_done(&kept);
}

/* Whatever comes in, what was promised to stay stays, and the limit holds but for that. */
static void promises_hold_at_random(void)
{
    enum { PHONES = 3, RUNS = 3000, LIMIT = 5000 };
    struct random_source random;
    struct kept kept;
    uint64_t newest[PHONES] = {0}, promised = 0;
    CU_ASSERT_EQUAL_FATAL(kept_init(&kept, NULL), 0);
    random_seed(&random, 3);
    for (uint64_t cycle = 1; cycle <= RUNS; cycle++) {
        uint32_t phone = (uint32_t)random_below(&random, PHONES);
        bool passes = random_below(&random, 3) > 0;
        bool first = !passes && random_below(&random, 500) == 0;
        uint64_t bytes = 1 + random_below(&random, 400);
        add(&kept, cycle, phone, passes ? VERDICT_PASS : VERDICT_FAIL, first, bytes);
        if (passes)
            newest[phone] = cycle;
        promised += first;
        while (goes(&kept, LIMIT))
            ;
        uint64_t firsts = 0, newest_there = 0, newest_wanted = 0, sum = 0, pinned = 0;
        for (size_t i = 0; i < kept.count; i++) {
            const struct kept_run *run = &kept.runs[i];
            bool is_newest = run->verdict == VERDICT_PASS && newest[run->phone] == run->cycle;
            firsts += run->first_of_kind;
            newest_there += is_newest;
            pinned += run->first_of_kind || is_newest ? run->bytes : 0;
            sum += run->bytes;
        }
        for (size_t i = 0; i < PHONES; i++)
            newest_wanted += newest[i] > 0;
        CU_ASSERT_EQUAL_FATAL(firsts, promised);
        CU_ASSERT_EQUAL_FATAL(newest_there, newest_wanted);
        CU_ASSERT_EQUAL_FATAL(sum, kept.bytes);
        CU_ASSERT_TRUE_FATAL(sum <= LIMIT + pinned);
    }
    kept_done(&kept);
}

void tests_harness_cycle_kept(void)
{
    TEST_SUITE("cycle/kept", {"passes make room, oldest first", passes_make_room_oldest_first},
               {"failures have a half of their own", failures_have_a_half_of_their_own},
               {"there is always a place", there_is_always_a_place},
               {"promises hold at random", promises_hold_at_random});
}
