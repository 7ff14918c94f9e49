/* SPDX-License-Identifier: MIT */
#include "harness/base/bitset.h"
#include "harness/base/testing.h"

void tests_harness_base_bitset(void);

static void is_walked_in_order(void)
{
    static const size_t sizes[] = {1, 63, 64, 65, 128, 1000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct bitset set;
        size_t size = sizes[k], seen = 0;
        CU_ASSERT_TRUE_FATAL(bitset_init(&set, size));
        CU_ASSERT_EQUAL(bitset_next(&set, 0), size);
        for (size_t i = 0; i < size; i += 7)
            bitset_put(&set, i, true);
        bitset_put(&set, size - 1, true);
        for (size_t i = bitset_next(&set, 0); i < size; i = bitset_next(&set, i + 1), seen++)
            CU_ASSERT_TRUE(i % 7 == 0 || i == size - 1);
        CU_ASSERT_EQUAL(seen, (size + 6) / 7 + ((size - 1) % 7 != 0));
        for (size_t i = 0; i < size; i++)
            bitset_put(&set, i, false);
        CU_ASSERT_EQUAL(bitset_next(&set, 0), size);
        bitset_put(&set, size - 1, true);
        CU_ASSERT_EQUAL(bitset_next(&set, 0), size - 1);
        CU_ASSERT_EQUAL(bitset_next(&set, size), size);
        bitset_done(&set);
        bitset_done(&set);
        CU_ASSERT_EQUAL(bitset_next(&set, 0), 0); /* none can be in it */
    }
}

void tests_harness_base_bitset(void)
{
    TEST_SUITE("base/bitset", {"is walked in order", is_walked_in_order});
}
