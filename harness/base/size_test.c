/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"

void tests_harness_base_size(void);

static void sizes(void)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"0", 0},
                {"500K", 512000},
                {"64M", UINT64_C(64) << 20},
                {"2G", UINT64_C(2) << 30},
                {"16777215T", UINT64_C(16777215) << 40},
                {"18446744073709551615", UINT64_MAX}};
    static const char *const bad[] = {"",    "G",   "-1",  "1.5G",      "2g",
                                      "2GB", "2 G", " 2G", "16777216T", "18446744073709551616",
                                      "0x10"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint64_t bytes = 1;
        CU_ASSERT_TRUE(size_parse(good[i].text, &bytes));
        CU_ASSERT_EQUAL(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t bytes = 7;
        CU_ASSERT_FALSE(size_parse(bad[i], &bytes));
        CU_ASSERT_EQUAL(bytes, 7);
    }
}

void tests_harness_base_size(void)
{
    TEST_SUITE("base/size", {"sizes", sizes});
}
