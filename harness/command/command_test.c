/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/command/command.h"
#include <stdlib.h>

static void numbers(void)
{
    static const struct {
        const char *text;
        uint64_t least, most, number;
    } rows[] = {
        {"0", 0, 9, 0},    {"9", 0, 9, 9},   {"1", 1, 64, 1},
        {"64", 1, 64, 64}, {"007", 0, 9, 7}, {"18446744073709551615", 0, UINT64_MAX, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t number = 12345;
        CU_ASSERT_TRUE(option_number(rows[i].text, rows[i].least, rows[i].most, &number));
        CU_ASSERT_EQUAL(number, rows[i].number);
    }
}

static void what_is_no_number(void)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "10",
                                        "0",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1x",
                                        "0x1",
                                        "1.",
                                        "x",
                                        "\n",
                                        "1\n",
                                        "18446744073709551616",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t number = 12345;
        CU_ASSERT_FALSE(option_number(texts[i], 1, 9, &number));
        CU_ASSERT_EQUAL(number, 12345);
    }
    uint64_t number = 12345;
    CU_ASSERT_FALSE(option_number("18446744073709551616", 0, UINT64_MAX, &number));
    CU_ASSERT_FALSE(option_number("-1", 0, UINT64_MAX, &number));
    CU_ASSERT_EQUAL(number, 12345);
}

static void how_the_program_was_called(void)
{
    const char *before = command_program();
    CU_ASSERT_STRING_EQUAL(before, "rclab");
    command_set_program("build/rclab");
    CU_ASSERT_STRING_EQUAL(command_program(), "build/rclab");
    command_set_program(before);
}

void tests_harness_command_command(void);
void tests_harness_command_command(void)
{
    TEST_SUITE("command/command", {"numbers", numbers}, {"what is no number", what_is_no_number},
               {"how the program was called", how_the_program_was_called});
}
