/* SPDX-License-Identifier: MIT */
#include "harness/base/address_index.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"

void tests_harness_base_address_index(void);

enum { ADDRESSES = 700, TURNS = 60000 };

static void finds_what_was_put(void)
{
    struct address_index index = {0};
    struct mac mac = {{0, 0, 0, 0, 0, 7}};
    struct error error;
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_ipv4(7)), ADDRESS_INDEX_NONE);
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_ipv4(7), 3, &error), 0);
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_ipv4(7)), 3);
    /* A MAC address of the same number is another. */
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_mac(&mac)), ADDRESS_INDEX_NONE);
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_mac(&mac), 4, &error), 0);
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_ipv4(7), 5, &error), 0);
    CU_ASSERT_EQUAL(index.count, 2);
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_mac(&mac)), 4);
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_ipv4(7)), 5);
    /* All zeroes are an address like any other. */
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_mac(&(struct mac){{0}}), 0, &error), 0);
    CU_ASSERT_EQUAL(address_index_get(&index, address_index_mac(&(struct mac){{0}})), 0);
    address_index_done(&index);
    address_index_done(&index);
}

/* Against a plain array: entries come, go and change hands. */
static void as_an_array_would(void)
{
    static int expected[ADDRESSES];
    struct address_index index = {0};
    struct random_source random;
    struct error error;
    size_t count = 0;
    random_seed(&random, 1);
    for (int i = 0; i < ADDRESSES; i++)
        expected[i] = ADDRESS_INDEX_NONE;
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t address = (uint32_t)random_below(&random, ADDRESSES);
        uint64_t key = address_index_ipv4(0x0a4d0100u + address);
        if (random_below(&random, 2)) {
            count += expected[address] == ADDRESS_INDEX_NONE;
            expected[address] = turn;
            CU_ASSERT_EQUAL_FATAL(address_index_put(&index, key, turn, &error), 0);
        } else {
            count -= expected[address] != ADDRESS_INDEX_NONE;
            expected[address] = ADDRESS_INDEX_NONE;
            address_index_remove(&index, key);
        }
        address = (uint32_t)random_below(&random, ADDRESSES);
        CU_ASSERT_EQUAL_FATAL(address_index_get(&index, address_index_ipv4(0x0a4d0100u + address)),
                              expected[address]);
    }
    for (uint32_t i = 0; i < ADDRESSES; i++)
        CU_ASSERT_EQUAL(address_index_get(&index, address_index_ipv4(0x0a4d0100u + i)),
                        expected[i]);
    CU_ASSERT_EQUAL(index.count, count);
    address_index_done(&index);
}

static void is_bounded(void)
{
    struct address_index index = {0};
    struct error error;
    for (uint32_t i = 0; i < ADDRESS_INDEX_MAX; i++)
        CU_ASSERT_EQUAL_FATAL(address_index_put(&index, address_index_ipv4(i), 0, &error), 0);
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_ipv4(UINT32_MAX), 0, &error),
                    ERROR_LIMIT);
    CU_ASSERT_EQUAL(address_index_put(&index, address_index_ipv4(9), 1, &error), 0);
    address_index_done(&index);
}

void tests_harness_base_address_index(void)
{
    TEST_SUITE("base/address_index", {"finds what was put", finds_what_was_put},
               {"as an array would", as_an_array_would}, {"is bounded", is_bounded});
}
