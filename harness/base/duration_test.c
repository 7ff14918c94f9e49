/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_harness_base_duration(void);

static void durations_that_are(void)
{
    static const struct {
        const char *text;
        uint64_t us;
    } cases[] = {
        {"0", 0},
        {"0s", 0},
        {"500ms", 500 * DURATION_MS},
        {"7us", 7},
        {"90s", 90 * DURATION_S},
        {"1m", DURATION_M},
        {"1h30m", 90 * DURATION_M},
        {"24h", DURATION_DAY},
        {"7d", 7 * DURATION_DAY},
        {"1w", 7 * DURATION_DAY},
        {"1w2d3h4m5s6ms7us",
         9 * DURATION_DAY + 3 * DURATION_H + 4 * DURATION_M + 5 * DURATION_S + 6 * DURATION_MS + 7},
        {"3650d", DURATION_MAX_US},
        {"007s", 7 * DURATION_S},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t us = UINT64_MAX;
        CU_ASSERT_TRUE(duration_parse(cases[i].text, &us));
        CU_ASSERT_EQUAL(us, cases[i].us);
    }
}

static void durations_that_are_not(void)
{
    static const char *const cases[] = {
        "",
        "5",
        "00",
        "1",
        "s",
        "1m1h",
        "1m1m",
        "1 m",
        " 1m",
        "1m ",
        "-1s",
        "+1s",
        "1.5s",
        "1M",
        "1hh",
        "1sm",
        "3651d",
        "3650d1us",
        "1y",
        "99999999999999999999s",
        "18446744073709551617us",
        "0x1s",
        "1s0",
        "1ms1s",
        "m1",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t us = 12345;
        CU_ASSERT_FALSE(duration_parse(cases[i], &us));
        CU_ASSERT_EQUAL(us, 12345);
    }
}

static void text_for_people(void)
{
    static const struct {
        uint64_t us;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {7, "7us"},
        {1500, "1.500ms"},
        {500 * DURATION_MS, "500ms"},
        {DURATION_S, "1s"},
        {1500 * DURATION_MS, "1.500s"},
        {90500 * DURATION_MS, "1m30.500s"},
        {120500 * DURATION_MS, "2m0.500s"},
        {4 * DURATION_M, "4m"},
        {90 * DURATION_M, "1h30m"},
        {DURATION_H + 5 * DURATION_S, "1h5s"},
        {DURATION_DAY, "24h"},
        {36 * DURATION_H, "36h"},
        {58 * DURATION_H, "2d10h"},
        {DURATION_MAX_US, "3650d"},
        {DURATION_S + 999, "1s"},
        {10 * DURATION_S + 7 * DURATION_MS, "10.007s"},
        {DURATION_H + 450 * DURATION_MS, "1h0.450s"},
    };
    char text[DURATION_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_PTR_EQUAL(duration_format(cases[i].us, text), text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
    }
    CU_ASSERT_TRUE(strlen(duration_format(UINT64_MAX, text)) < sizeof text);
}

static void text_is_read_back(void)
{
    char text[DURATION_TEXT_MAX];
    for (uint64_t seconds = 0; seconds < 300000; seconds += 61) {
        uint64_t us = 0;
        CU_ASSERT_TRUE(duration_parse(duration_format(seconds * DURATION_S, text), &us));
        CU_ASSERT_EQUAL(us, seconds * DURATION_S);
    }
}

void tests_harness_base_duration(void)
{
    TEST_SUITE("base/duration", {"durations that are", durations_that_are},
               {"durations that are not", durations_that_are_not},
               {"text for people", text_for_people}, {"text is read back", text_is_read_back});
}
