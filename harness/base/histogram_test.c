/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/histogram.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include <stdlib.h>

void tests_harness_base_histogram(void);

enum { VALUES = 5000, ROUNDS = 20 };
static const unsigned asked[] = {1, 100, 500, 950, 999, 1000};

static int ascending(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* Values of all magnitudes, and the same quantiles from the sorted list. */
static void as_exact_as_it_says(void)
{
    struct random_source random;
    static uint64_t values[VALUES];
    random_seed(&random, 7);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct histogram histogram = {0};
        size_t count = 1 + (size_t)random_below(&random, VALUES);
        for (size_t i = 0; i < count; i++) {
            values[i] = random_below(&random, UINT64_C(1) << (1 + random_below(&random, 48)));
            CU_ASSERT_TRUE_FATAL(histogram_add(&histogram, values[i]));
        }
        qsort(values, count, sizeof *values, ascending);
        CU_ASSERT_EQUAL(histogram.count, count);
        CU_ASSERT_EQUAL(histogram.least, values[0]);
        CU_ASSERT_EQUAL(histogram.greatest, values[count - 1]);
        for (size_t k = 0; k < sizeof asked / sizeof asked[0]; k++) {
            uint64_t exact = values[(count * asked[k] + 999) / 1000 - 1];
            uint64_t told = histogram_quantile(&histogram, asked[k]);
            uint64_t off = told > exact ? told - exact : exact - told;
            CU_ASSERT_TRUE((double)off <= (double)exact * HISTOGRAM_PRECISION);
        }
        histogram_done(&histogram);
    }
}

static void small_and_great_values(void)
{
    struct histogram histogram = {0};
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 500), 0);
    for (uint64_t value = 0; value < HISTOGRAM_STEPS; value++)
        CU_ASSERT_TRUE(histogram_add(&histogram, value));
    CU_ASSERT_EQUAL(histogram_quantile(&histogram, 500), HISTOGRAM_STEPS / 2 - 1);
    CU_ASSERT_TRUE(histogram_add(&histogram, UINT64_MAX));
    CU_ASSERT_EQUAL(histogram.greatest, HISTOGRAM_VALUE_MAX);
    CU_ASSERT_EQUAL(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
    CU_ASSERT_TRUE(HISTOGRAM_VALUE_MAX >= DURATION_MAX_US);
    histogram_done(&histogram);
    histogram_done(&histogram);
}

/* Neighbouring values are in the same bucket or in neighbouring ones. */
static void no_gap_between_buckets(void)
{
    for (unsigned bits = HISTOGRAM_STEP_BITS; bits < HISTOGRAM_VALUE_BITS; bits++) {
        uint64_t value = UINT64_C(1) << bits;
        CU_ASSERT_EQUAL(histogram_bucket(value), histogram_bucket(value - 1) + 1);
    }
}

static void what_cannot_be_restored(void)
{
    struct histogram histogram = {0};
    CU_ASSERT_FALSE(histogram_restore(&histogram, HISTOGRAM_BUCKETS, 1));
    CU_ASSERT_TRUE(histogram_restore(&histogram, 3, UINT32_MAX));
    CU_ASSERT_FALSE(histogram_restore(&histogram, 3, 1));
    CU_ASSERT_EQUAL(histogram.count, UINT32_MAX);
    histogram_done(&histogram);
}

void tests_harness_base_histogram(void)
{
    TEST_SUITE("cycle/histogram", {"quantiles against exact ones", as_exact_as_it_says},
               {"small and great values", small_and_great_values},
               {"no gap between buckets", no_gap_between_buckets},
               {"what cannot be restored", what_cannot_be_restored});
}
