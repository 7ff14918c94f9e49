/* SPDX-License-Identifier: MIT */
#include "harness/base/cursor.h"
#include "harness/base/testing.h"

void tests_harness_base_cursor(void);

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff};

static void reads_both_byte_orders(void)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, sizeof bytes);
    CU_ASSERT_EQUAL(cursor_u8(&cursor), 0x01);
    CU_ASSERT_EQUAL(cursor_be16(&cursor), 0x0203);
    CU_ASSERT_EQUAL(cursor_be24(&cursor), 0x040506);
    CU_ASSERT_EQUAL(cursor_be32(&cursor), 0x0708090a);
    CU_ASSERT_EQUAL(cursor_le16(&cursor), 0x0c0b);
    CU_ASSERT_EQUAL(cursor_le32(&cursor), 0xff0f0e0d);
    CU_ASSERT_EQUAL(cursor_left(&cursor), 0);
    CU_ASSERT_FALSE(cursor.failed);
}

static void failure_is_sticky(void)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, 3);
    CU_ASSERT_EQUAL(cursor_be32(&cursor), 0);
    CU_ASSERT_TRUE(cursor.failed);
    CU_ASSERT_EQUAL(cursor_left(&cursor), 0);
    CU_ASSERT_EQUAL(cursor_u8(&cursor), 0);
    CU_ASSERT_PTR_NULL(cursor_take(&cursor, 0));
    CU_ASSERT_PTR_NULL(cursor_take(&cursor, SIZE_MAX));
    CU_ASSERT_TRUE(cursor.position <= cursor.length);
}

static void every_reader_stops_at_the_end(void)
{
    for (size_t length = 0; length < 4; length++) {
        struct cursor cursor;
        cursor_init(&cursor, bytes, length);
        CU_ASSERT_EQUAL(cursor_le32(&cursor), 0);
        CU_ASSERT_TRUE(cursor.failed);
        cursor_init(&cursor, bytes, length);
        cursor_be24(&cursor);
        CU_ASSERT_EQUAL(cursor.failed, length < 3);
        cursor_init(&cursor, bytes, length);
        cursor_be16(&cursor);
        CU_ASSERT_EQUAL(cursor.failed, length < 2);
        cursor_init(&cursor, bytes, length);
        cursor_le16(&cursor);
        CU_ASSERT_EQUAL(cursor.failed, length < 2);
        cursor_init(&cursor, bytes, length);
        cursor_skip(&cursor, 4);
        CU_ASSERT_TRUE(cursor.failed);
    }
}

static void a_part_stays_inside_its_bounds(void)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, sizeof bytes);
    cursor_skip(&cursor, 2);
    struct cursor part = cursor_sub(&cursor, 3);
    CU_ASSERT_EQUAL(cursor_u8(&cursor), 6);
    CU_ASSERT_EQUAL(cursor_left(&part), 3);
    CU_ASSERT_EQUAL(cursor_be16(&part), 0x0304);
    CU_ASSERT_EQUAL(cursor_be16(&part), 0);
    CU_ASSERT_TRUE(part.failed);
    CU_ASSERT_FALSE(cursor.failed);
    struct cursor none = cursor_sub(&cursor, 100);
    CU_ASSERT_TRUE(none.failed);
    CU_ASSERT_TRUE(cursor.failed);
}

static void nothing_out_of_nothing(void)
{
    struct cursor cursor;
    cursor_init(&cursor, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL(cursor_take(&cursor, 0));
    CU_ASSERT_FALSE(cursor.failed);
    CU_ASSERT_PTR_NULL(cursor_take(&cursor, 1));
    CU_ASSERT_TRUE(cursor.failed);
}

void tests_harness_base_cursor(void)
{
    TEST_SUITE("base/cursor", {"reads both byte orders", reads_both_byte_orders},
               {"failure is sticky", failure_is_sticky},
               {"every reader stops at the end", every_reader_stops_at_the_end},
               {"a part stays inside its bounds", a_part_stays_inside_its_bounds},
               {"nothing out of nothing", nothing_out_of_nothing});
}
