/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_harness_base_buffer(void);

static void appends_of_every_kind(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 100);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "");
    CU_ASSERT_PTR_NULL(buffer.data);
    buffer_text(&buffer, "ab");
    buffer_format(&buffer, "-%d-%s", 42, "x");
    buffer_format(&buffer, "%s", "");
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "ab-42-x");
    buffer_clear(&buffer);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "");
    buffer_u8(&buffer, 0x01);
    buffer_be16(&buffer, 0x0203);
    buffer_be32(&buffer, 0x04050607);
    CU_ASSERT_EQUAL(buffer.length, 7);
    CU_ASSERT_EQUAL(memcmp(buffer.data, "\1\2\3\4\5\6\7", 8), 0);
    CU_ASSERT_FALSE(buffer.failed);
    buffer_done(&buffer);
    buffer_done(&buffer);
    CU_ASSERT_EQUAL(buffer.length, 0);
}

static void the_bound_is_exact_and_sticky(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 5);
    buffer_text(&buffer, "12345");
    CU_ASSERT_FALSE(buffer.failed);
    CU_ASSERT_EQUAL(buffer.length, 5);
    buffer_append(&buffer, "", 0);
    CU_ASSERT_FALSE(buffer.failed);
    buffer_u8(&buffer, '6');
    CU_ASSERT_TRUE(buffer.failed);
    buffer_append(&buffer, "7", 1);
    buffer_format(&buffer, "%d", 8);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "12345");
    buffer_clear(&buffer);
    buffer_format(&buffer, "%s", "123456");
    CU_ASSERT_TRUE(buffer.failed);
    CU_ASSERT_EQUAL(buffer.length, 0);
    buffer_clear(&buffer);
    buffer_format(&buffer, "%05d", 7);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "00007");
    buffer_done(&buffer);
}

static void texts_numbers_and_digits(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 60);
    buffer_texts(&buffer, "a", "", "bc", NULL);
    buffer_number(&buffer, 0);
    buffer_number(&buffer, 70);
    buffer_number(&buffer, UINT64_MAX);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "abc07018446744073709551615");
    buffer_cut(&buffer, 100);
    buffer_cut(&buffer, 4);
    buffer_hex(&buffer, (const uint8_t *)"\x00\x0f\xa5", 3);
    buffer_hex(&buffer, NULL, 0);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "abc0000fa5");
    CU_ASSERT_FALSE(buffer.failed);
    buffer_done(&buffer);
}

/* Written straight into the room that there is, or again when there is more. */
static void formats_around_the_end_of_the_room(void)
{
    for (size_t before = 0; before < 200; before++) {
        char expected[256];
        struct buffer buffer;
        buffer_init(&buffer, 230);
        for (size_t i = 0; i < before; i++)
            buffer_u8(&buffer, 'x');
        buffer_format(&buffer, "<%s>", "0123456789");
        memset(expected, 'x', before);
        memcpy(expected + before, "<0123456789>", sizeof "<0123456789>");
        CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), expected);
        CU_ASSERT_EQUAL(buffer.length, strlen(expected));
        buffer_done(&buffer);
    }
}

static void a_zeroed_buffer_holds_nothing(void)
{
    struct buffer buffer = {0};
    buffer_u8(&buffer, 1);
    CU_ASSERT_TRUE(buffer.failed);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "");
    buffer_done(&buffer);
}

static void an_endless_bound_is_refused(void)
{
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    buffer_u8(&buffer, 1);
    CU_ASSERT_TRUE(buffer.failed);
    buffer_done(&buffer);
}

static void grows_over_many_appends(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 100000);
    for (unsigned i = 0; i < 100000; i++)
        buffer_u8(&buffer, (uint8_t)i);
    CU_ASSERT_FALSE(buffer.failed);
    CU_ASSERT_EQUAL(buffer.length, 100000);
    bool same = true;
    for (unsigned i = 0; i < 100000; i++)
        same = same && buffer.data[i] == (uint8_t)i;
    CU_ASSERT_TRUE(same);
    CU_ASSERT_EQUAL(buffer.data[100000], 0);
    CU_ASSERT_TRUE(buffer.capacity <= 100001);
    buffer_done(&buffer);
}

static void url_encoding(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 64);
    buffer_url_encoded(&buffer, "aZ09-_.~ &=%/?#+\xc3\xa9");
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "aZ09-_.~%20%26%3D%25%2F%3F%23%2B%C3%A9");
    buffer_done(&buffer);
}

void tests_harness_base_buffer(void)
{
    TEST_SUITE("base/buffer", {"appends of every kind", appends_of_every_kind},
               {"the bound is exact and sticky", the_bound_is_exact_and_sticky},
               {"texts, numbers and digits", texts_numbers_and_digits},
               {"formats around the end of the room", formats_around_the_end_of_the_room},
               {"a zeroed buffer holds nothing", a_zeroed_buffer_holds_nothing},
               {"an endless bound is refused", an_endless_bound_is_refused},
               {"grows over many appends", grows_over_many_appends},
               {"URL encoding", url_encoding});
}
