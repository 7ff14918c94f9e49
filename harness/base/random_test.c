/* SPDX-License-Identifier: MIT */
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include <stdbool.h>

void tests_harness_base_random(void);

/* The sequences must never change: a seed in an old report has to replay today. */
static void the_published_sequence(void)
{
    /* First outputs of the algorithm's authors' code for the state 1, 2, 3, 4. */
    struct random_source source = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        CU_ASSERT_EQUAL(random_u64(&source), expected[i]);
    /* splitmix64's published first output for seed 0 is the first word of state. */
    random_seed(&source, 0);
    CU_ASSERT_EQUAL(source.state[0], UINT64_C(0xe220a8397b1dcdaf));
    CU_ASSERT_EQUAL(source.state[1], UINT64_C(0x6e789e6aa1b965f4));
}

static bool sequences_agree(struct random_source a, struct random_source b)
{
    for (unsigned i = 0; i < 16; i++) {
        if (random_u64(&a) != random_u64(&b))
            return false;
    }
    return true;
}

static void names_separate_the_consumers(void)
{
    struct random_source a, again, other_name, other_seed;
    random_seed_named(&a, 1, "link");
    random_seed_named(&again, 1, "link");
    random_seed_named(&other_name, 1, "phone");
    random_seed_named(&other_seed, 2, "link");
    CU_ASSERT_TRUE(sequences_agree(a, again));
    CU_ASSERT_FALSE(sequences_agree(a, other_name));
    CU_ASSERT_FALSE(sequences_agree(a, other_seed));
}

static void below_stays_below_and_is_even(void)
{
    enum { BOUND = 7, DRAWS = 70000 };
    unsigned counts[BOUND] = {0};
    struct random_source source;
    random_seed(&source, 3);
    for (unsigned i = 0; i < DRAWS; i++) {
        uint64_t drawn = random_below(&source, BOUND);
        CU_ASSERT_FATAL(drawn < BOUND);
        counts[drawn]++;
    }
    for (unsigned i = 0; i < BOUND; i++) /* 10000 each; five standard deviations are 463 */
        CU_ASSERT_TRUE(counts[i] > 9500 && counts[i] < 10500);
    CU_ASSERT_EQUAL(random_below(&source, 0), 0);
    CU_ASSERT_EQUAL(random_below(&source, 1), 0);
    for (unsigned i = 0; i < 100; i++)
        CU_ASSERT_TRUE(random_below(&source, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

void tests_harness_base_random(void)
{
    TEST_SUITE("base/random", {"the published sequence", the_published_sequence},
               {"names separate the consumers", names_separate_the_consumers},
               {"below stays below and is even", below_stays_below_and_is_even});
}
