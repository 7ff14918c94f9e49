/* SPDX-License-Identifier: MIT */
#include "fakes/phone/policy.h"
#include "fakes/phone/quirks.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"

void tests_fakes_phone_retry_delay(void);

static void while_pending(void)
{
    struct phone_policy policy;
    phone_policy_init(&policy, &(struct readings){0}, NULL);
    static const unsigned minutes[] = {1,   2,   4,   8,    16,   32,   64,
                                       128, 256, 512, 1024, 1440, 1440, 1440};
    for (unsigned i = 0; i < sizeof minutes / sizeof minutes[0]; i++)
        CU_ASSERT_EQUAL(retry_delay_edos_us(&policy.pace, i + 1, i % 2), minutes[i] * DURATION_M);
    CU_ASSERT_EQUAL(retry_delay_edos_us(&policy.pace, UINT32_MAX, false), 24 * DURATION_H);
    phone_quirk_spoil(phone_quirk_find("retry-every-minute"), &policy);
    CU_ASSERT_EQUAL(retry_delay_edos_us(&policy.pace, 9, false), DURATION_M);
}

static void lists(void)
{
    static const struct {
        const char *list;
        unsigned failures;
        uint64_t seconds; /* 0 = never */
    } cases[] = {
        {"30,60,90", 1, 30},
        {"30,60,90", 3, 90},
        {"30,60,90", 4, 90},
        {"30,60,90", 999, 90},
        {" 30 , 60 ", 2, 60},
        {"600", 5, 600},
        {"0", 1, 0},
        {"30,0", 1, 30},
        {"30,0", 2, 0},
        {"0,30", 1, 0},
        /* what is no list counts as the default one */
        {NULL, 1, 60},
        {"", 2, 120},
        {"soon", 12, 86400},
        {"30,,60", 1, 60},
        {"30,", 1, 60},
        {"-1", 1, 60},
        {"30;60", 1, 60},
        {"99999999999", 1, 60},
        {"30+", 1, 60},
        {NULL, 99, 86400},
    };
    struct random_source random;
    random_seed(&random, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t delay_us = retry_delay_resync_us(cases[i].list, RETRY_LIST_LAST_REPEATS,
                                                  cases[i].failures, &random);
        CU_ASSERT_EQUAL(delay_us,
                        cases[i].seconds ? cases[i].seconds * DURATION_S : RETRY_DELAY_NEVER);
    }
}

static void random_part(void)
{
    struct random_source random, again;
    uint64_t least = UINT64_MAX, most = 0;
    random_seed(&random, 1);
    random_seed(&again, 1);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t delay_us =
            retry_delay_resync_us("100 + 20,7", RETRY_LIST_LAST_REPEATS, 1, &random);
        CU_ASSERT_EQUAL(delay_us,
                        retry_delay_resync_us("100+20,7", RETRY_LIST_LAST_REPEATS, 1, &again));
        least = delay_us < least ? delay_us : least;
        most = delay_us > most ? delay_us : most;
    }
    CU_ASSERT_TRUE(least >= 100 * DURATION_S && least < 101 * DURATION_S);
    CU_ASSERT_TRUE(most <= 120 * DURATION_S && most > 119 * DURATION_S);
}

/* Lists of three delays, used in every way that a policy may say. */
static void ways_through_a_list(void)
{
    static const struct {
        enum retry_list use;
        uint64_t seconds[5]; /* 0 = never */
    } ways[] = {{RETRY_LIST_LAST_REPEATS, {30, 60, 90, 90, 90}},
                {RETRY_LIST_FIRST_ONLY, {30, 30, 30, 30, 30}},
                {RETRY_LIST_STARTS_OVER, {30, 60, 90, 30, 60}},
                {RETRY_LIST_ENDS, {30, 60, 90, 0, 0}},
                {RETRY_LIST_UNUSED, {0, 0, 0, 0, 0}}};
    struct random_source random;
    random_seed(&random, 1);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        for (unsigned failures = 1; failures <= 5; failures++) {
            uint64_t seconds = ways[i].seconds[failures - 1];
            CU_ASSERT_EQUAL(retry_delay_resync_us("30,60,90", ways[i].use, failures, &random),
                            seconds ? seconds * DURATION_S : RETRY_DELAY_NEVER);
        }
}

void tests_fakes_phone_retry_delay(void)
{
    TEST_SUITE("phone/retry_delay", {"while Pending", while_pending}, {"lists", lists},
               {"the random part", random_part}, {"ways through a list", ways_through_a_list});
}
