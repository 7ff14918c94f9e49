/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/loop/unreachable.h"
#include <errno.h>
#include <string.h>

void tests_harness_loop_unreachable(void);

/* 10.77.0.3 to 10.77.233.206: nobody listens at port 69 (from a capture of this lab). */
static const uint8_t refused[] = {
    0x45, 0xc0, 0x00, 0x4d, 0x12, 0x34, 0x00, 0x00, 0x40, 0x01, 0, 0,    10, 77,
    0,    3,    10,   77,   233,  206,  3,    3,    0,    0,    0, 0,    0,  0,
    0x45, 0x00, 0x00, 0x31, 0xab, 0xcd, 0x40, 0x00, 0x40, 0x11, 0, 0,    10, 77,
    233,  206,  10,   77,   0,    3,    0x9c, 0x40, 0,    69,   0, 0x1d, 0,  0};
enum { OUTER_PROTOCOL = 9, TYPE = 20, CODE = 21, INNER = 28, INNER_PROTOCOL = INNER + 9 };

static struct unreachable read_changed(size_t at, uint8_t to, bool *ret_read)
{
    uint8_t bytes[sizeof refused];
    struct unreachable news = {.reason = -1};
    memcpy(bytes, refused, sizeof bytes);
    bytes[at] = to;
    *ret_read = unreachable_read(bytes, sizeof bytes, &news);
    return news;
}

static void a_closed_port(void)
{
    struct unreachable news = {0};
    CU_ASSERT_TRUE_FATAL(unreachable_read(refused, sizeof refused, &news));
    CU_ASSERT_EQUAL(news.source, 0x0a4de9ce);
    CU_ASSERT_EQUAL(news.destination, 0x0a4d0003);
    CU_ASSERT_EQUAL(news.source_port, 40000);
    CU_ASSERT_EQUAL(news.destination_port, 69);
    CU_ASSERT_EQUAL(news.reason, ECONNREFUSED);
}

static void other_reasons(void)
{
    bool read;
    CU_ASSERT_EQUAL(read_changed(CODE, 0, &read).reason, ENETUNREACH);
    CU_ASSERT_EQUAL(read_changed(CODE, 1, &read).reason, EHOSTUNREACH);
    CU_ASSERT_EQUAL(read_changed(CODE, 13, &read).reason, EHOSTUNREACH);
}

static void what_is_no_news(void)
{
    static const struct {
        size_t at;
        uint8_t to;
    } cases[] = {{OUTER_PROTOCOL, 17}, {TYPE, 11},          {0, 0x65},     {0, 0x44},
                 {INNER, 0x41},        {INNER_PROTOCOL, 6}, {INNER + 7, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool read;
        struct unreachable news = read_changed(cases[i].at, cases[i].to, &read);
        CU_ASSERT_FALSE(read);
        CU_ASSERT_EQUAL(news.reason, -1);
    }
}

static void cut_anywhere(void)
{
    const size_t needed = INNER + 20 + 4; /* up to the lost datagram's ports */
    for (size_t length = 0; length <= sizeof refused; length++) {
        struct unreachable news;
        CU_ASSERT_EQUAL(unreachable_read(refused, length, &news), length >= needed);
    }
}

void tests_harness_loop_unreachable(void)
{
    TEST_SUITE("loop/unreachable", {"a closed port", a_closed_port},
               {"other reasons", other_reasons}, {"what is no news", what_is_no_news},
               {"cut anywhere", cut_anywhere});
}
