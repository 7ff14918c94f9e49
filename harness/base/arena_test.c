/* SPDX-License-Identifier: MIT */
#include "harness/base/arena.h"
#include "harness/base/testing.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void tests_harness_base_arena(void);

static void items_are_zeroed_aligned_apart(void)
{
    struct arena arena;
    arena_init(&arena, 10 * 1024 * 1024);
    static const size_t sizes[] = {1, 0, 7, 16, 17, 4096, 5000, 100000, 3};
    enum { ITEMS = 108 };
    uint8_t *items[ITEMS];
    for (size_t i = 0; i < ITEMS; i++) {
        size_t size = sizes[i % 9];
        items[i] = arena_alloc(&arena, size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(items[i]);
        CU_ASSERT_EQUAL((uintptr_t)items[i] % _Alignof(max_align_t), 0);
        bool zero = true;
        for (size_t k = 0; k < size; k++)
            zero = zero && items[i][k] == 0;
        CU_ASSERT_TRUE(zero);
        memset(items[i], (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < ITEMS; i++) { /* nobody wrote into anybody else */
        bool own = true;
        for (size_t k = 0; k < sizes[i % 9]; k++)
            own = own && items[i][k] == (uint8_t)(i % 255 + 1);
        CU_ASSERT_TRUE(own);
    }
    arena_done(&arena);
    arena_done(&arena);
    CU_ASSERT_PTR_NULL(arena.blocks);
}

static void the_bound_holds(void)
{
    struct arena arena;
    arena_init(&arena, 64);
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(&arena, 48));
    CU_ASSERT_PTR_NULL(arena_alloc(&arena, 17));
    CU_ASSERT_PTR_NOT_NULL(arena_alloc(&arena, 16));
    CU_ASSERT_PTR_NULL(arena_alloc(&arena, 1));
    CU_ASSERT_PTR_NULL(arena_alloc(&arena, SIZE_MAX));
    CU_ASSERT_PTR_NULL(arena_alloc(&arena, SIZE_MAX - 15));
    CU_ASSERT_PTR_NULL(arena_array(&arena, SIZE_MAX / 2, 3));
    CU_ASSERT_PTR_NULL(arena_string_n(&arena, "", SIZE_MAX));
    CU_ASSERT_EQUAL(arena.used_bytes, 64);
    arena_done(&arena);
    struct arena zeroed = {0};
    CU_ASSERT_PTR_NULL(arena_alloc(&zeroed, 1));
    arena_done(&zeroed);
}

static void copies(void)
{
    struct arena arena;
    arena_init(&arena, 1000);
    CU_ASSERT_STRING_EQUAL(arena_string(&arena, "hello"), "hello");
    CU_ASSERT_STRING_EQUAL(arena_string_n(&arena, "hello", 2), "he");
    CU_ASSERT_STRING_EQUAL(arena_string_n(&arena, NULL, 0), "");
    CU_ASSERT_EQUAL(memcmp(arena_copy(&arena, "\0\1", 2), "\0\1", 2), 0);
    uint32_t *numbers = arena_array(&arena, 4, sizeof *numbers);
    CU_ASSERT_PTR_NOT_NULL_FATAL(numbers);
    CU_ASSERT_EQUAL(numbers[0] | numbers[3], 0);
    arena_done(&arena);
}

static void wiping(void)
{
    struct arena arena;
    static char large[10000];
    arena_init(&arena, 20000);
    memset(large, 'x', sizeof large);
    const char *small = arena_string(&arena, "secret"),
               *own_block = arena_copy(&arena, large, sizeof large);
    CU_ASSERT_TRUE_FATAL(small && own_block);
    arena_wipe(&arena);
    CU_ASSERT_EQUAL(memcmp(small, "\0\0\0\0\0\0", 6), 0);
    memset(large, 0, sizeof large);
    CU_ASSERT_EQUAL(memcmp(own_block, large, sizeof large), 0);
    arena_done(&arena);
}

void tests_harness_base_arena(void)
{
    TEST_SUITE("base/arena", {"items are zeroed, aligned, apart", items_are_zeroed_aligned_apart},
               {"the bound holds", the_bound_holds}, {"copies", copies}, {"wiping", wiping});
}
