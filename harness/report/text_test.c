/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/report/text.h"
#include <string.h>

static struct buffer buffer;

static const char *line_of(const char *text)
{
    buffer_done(&buffer);
    buffer_init(&buffer, 4096);
    report_text_line(&buffer, text);
    return buffer_string(&buffer);
}

static const char *cut_of(const char *text, size_t columns)
{
    buffer_done(&buffer);
    buffer_init(&buffer, 4096);
    report_text_cut(&buffer, text, columns);
    return buffer_string(&buffer);
}

static const char *valid_of(const char *text)
{
    buffer_done(&buffer);
    buffer_init(&buffer, 4096);
    report_text_valid(&buffer, text);
    return buffer_string(&buffer);
}

static void utf8(void)
{
    CU_ASSERT_STRING_EQUAL(valid_of("a…é€😀\n"), "a…é€😀\n");
    CU_ASSERT_STRING_EQUAL(valid_of("\xff"), "\xef\xbf\xbd");
    CU_ASSERT_STRING_EQUAL(valid_of("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd"); /* overlong */
    CU_ASSERT_STRING_EQUAL(valid_of("\xed\xa0\x80x"),
                           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx");          /* surrogate */
    CU_ASSERT_STRING_EQUAL(valid_of("\xe2\x80"), "\xef\xbf\xbd\xef\xbf\xbd"); /* cut short */
    CU_ASSERT_STRING_EQUAL(valid_of("\xf4\x90\x80\x80"),
                           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* beyond 10FFFF */
    CU_ASSERT_STRING_EQUAL(valid_of("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
}

static void lines(void)
{
    CU_ASSERT_STRING_EQUAL(line_of("two\nlines\tand\r\033[2J"), "two lines and ?[2J");
    CU_ASSERT_STRING_EQUAL(line_of("\xc2\x9b"
                                   "31m"),
                           "?31m"); /* the C1 form of ESC [ */
    CU_ASSERT_STRING_EQUAL(line_of("a\xe2\x80\xae"
                                   "b"),
                           "a?b"); /* right-to-left override */
    CU_ASSERT_STRING_EQUAL(line_of(""), "");
}

static void cutting(void)
{
    CU_ASSERT_STRING_EQUAL(cut_of("minutes", 7), "minutes");
    CU_ASSERT_STRING_EQUAL(cut_of("minutes", 6), "minut…");
    CU_ASSERT_STRING_EQUAL(cut_of("éééé", 3), "éé…");
    CU_ASSERT_STRING_EQUAL(cut_of("ab", 1), "…");
    CU_ASSERT_STRING_EQUAL(cut_of("ab", 0), "");
    CU_ASSERT_EQUAL(report_text_width("é…a"), 3);
}

static const char *wrapped(const char *text, size_t columns)
{
    buffer_done(&buffer);
    buffer_init(&buffer, 4096);
    report_text_wrap(&buffer, text, columns);
    return buffer_string(&buffer);
}

static void wrapping(void)
{
    CU_ASSERT_STRING_EQUAL(wrapped("fits in ten\n", 11), "fits in ten\n");
    CU_ASSERT_STRING_EQUAL(wrapped("fits in ten\n", 10), "fits in\n  ten\n");
    CU_ASSERT_STRING_EQUAL(wrapped("  seen    a b … c d e f g\n\nx", 22),
                           "  seen    a b … c d e\n          f g\n\nx");
    CU_ASSERT_STRING_EQUAL(wrapped("  a/path/that/is/long and more", 12),
                           "  a/path/that/is/long\n    and more");
    CU_ASSERT_STRING_EQUAL(wrapped("a name of some length  value", 20),
                           "a name of some\n  length  value");
    CU_ASSERT_STRING_EQUAL(wrapped("", 1), "");
    CU_ASSERT_STRING_EQUAL(wrapped("a b", 0), "a b"); /* no room at all: nothing is lost */
}

static void times(void)
{
    char text[REPORT_TIME_TEXT_MAX];
    CU_ASSERT_STRING_EQUAL(report_phone_time(0, text), "0s");
    CU_ASSERT_STRING_EQUAL(report_phone_time(59999999, text), "59s");
    CU_ASSERT_STRING_EQUAL(report_phone_time(60 * DURATION_S, text), "1m");
    CU_ASSERT_STRING_EQUAL(report_phone_time(192 * DURATION_S, text), "3m12s");
    CU_ASSERT_STRING_EQUAL(report_phone_time(58 * DURATION_H + 12 * DURATION_M, text), "58h12m");
    CU_ASSERT_STRING_EQUAL(report_phone_time(4 * DURATION_DAY, text), "4d");
    CU_ASSERT_STRING_EQUAL(report_phone_time(10 * DURATION_DAY + 2 * DURATION_H, text), "10d2h");
    CU_ASSERT_STRING_EQUAL(report_phone_time(UINT64_MAX, text), "213503982d8h");
    CU_ASSERT_STRING_EQUAL(report_wall_time(0, text), "0.0s");
    CU_ASSERT_STRING_EQUAL(report_wall_time(349999, text), "0.3s");
    CU_ASSERT_STRING_EQUAL(report_wall_time(59960000, text), "1m00s");
    CU_ASSERT_STRING_EQUAL(report_wall_time(125000000, text), "2m05s");
}

static const char *folder_of(const char *path, const char *id)
{
    struct scenario scenario = {.path = path, .id = id};
    buffer_done(&buffer);
    buffer_init(&buffer, 4096);
    report_scenario_folder(&buffer, &scenario);
    return buffer_string(&buffer);
}

static void folders(void)
{
    CU_ASSERT_STRING_EQUAL(folder_of("scenarios/pending/backoff.yaml", "pending-backoff"),
                           "pending");
    CU_ASSERT_STRING_EQUAL(folder_of("/x/s/custom-pending/a.b.yaml", "custom-pending-a.b"),
                           "custom-pending");
    CU_ASSERT_STRING_EQUAL(folder_of("s/one/two/three.yml", "one-two-three"), "one");
    CU_ASSERT_STRING_EQUAL(folder_of("one/two.yml", "one-two"), "one");
    CU_ASSERT_STRING_EQUAL(folder_of("one/two.yml", "two"), "scenarios");
    CU_ASSERT_STRING_EQUAL(folder_of("two.yml", "two"), "scenarios");
    CU_ASSERT_STRING_EQUAL(folder_of("two", "something-else"), "scenarios");
    buffer_done(&buffer);
}

void tests_harness_report_text(void);
void tests_harness_report_text(void)
{
    TEST_SUITE("report/text", {"UTF-8, and what is none", utf8}, {"safe lines", lines},
               {"cutting to columns", cutting}, {"wrapping at words", wrapping},
               {"short times", times}, {"the folder of a scenario", folders});
}
