/* SPDX-License-Identifier: MIT */
#include "harness/base/error.h"
#include "harness/base/testing.h"
#include <errno.h>
#include <string.h>

void tests_harness_base_error(void);

static void set_fills_text_and_clears_place(void)
{
    struct error error = {.file = "old.yaml", .line = 3, .column = 4};
    CU_ASSERT_EQUAL(error_set(&error, ERROR_INVALID, "%s is %d", "x", 5), ERROR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "x is 5");
    CU_ASSERT_STRING_EQUAL(error.file, "");
    CU_ASSERT_EQUAL(error.line, 0);
    CU_ASSERT_EQUAL(error.column, 0);
}

static void set_errno_appends_the_reason(void)
{
    struct error error;
    CU_ASSERT_EQUAL(error_set_errno(&error, ENOENT, "open %s", "a"), ERROR_SYSTEM);
    CU_ASSERT_STRING_EQUAL(error.text, "open a: No such file or directory");
    CU_ASSERT_EQUAL(error.line, 0);
}

static void prefix_keeps_text_and_place(void)
{
    struct error error;
    error_set(&error, ERROR_LIMIT, "too many");
    memcpy(error.file, "a.yaml", sizeof "a.yaml");
    error.line = 7;
    CU_ASSERT_EQUAL(error_prefix(&error, ERROR_LIMIT, "step %d", 2), ERROR_LIMIT);
    CU_ASSERT_STRING_EQUAL(error.text, "step 2: too many");
    CU_ASSERT_STRING_EQUAL(error.file, "a.yaml");
    CU_ASSERT_EQUAL(error.line, 7);
    struct error empty = {0};
    error_prefix(&empty, ERROR_FAILED, "only");
    CU_ASSERT_STRING_EQUAL(empty.text, "only");
}

static void arguments_may_be_the_error_itself(void)
{
    struct error error;
    error_set(&error, ERROR_FAILED, "inner");
    error_set(&error, ERROR_FAILED, "outer(%s)", error.text);
    CU_ASSERT_STRING_EQUAL(error.text, "outer(inner)");
}

static void no_error_wanted(void)
{
    CU_ASSERT_EQUAL(error_set(NULL, ERROR_MEMORY, "x"), ERROR_MEMORY);
    CU_ASSERT_EQUAL(error_set_errno(NULL, EIO, "x"), ERROR_SYSTEM);
    CU_ASSERT_EQUAL(error_prefix(NULL, ERROR_LIMIT, "x"), ERROR_LIMIT);
}

static void long_text_is_cut(void)
{
    char big[3 * ERROR_TEXT_MAX];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    struct error error;
    error_set(&error, ERROR_FAILED, "%s", big);
    CU_ASSERT_EQUAL(strlen(error.text), ERROR_TEXT_MAX - 1);
    error_set_errno(&error, EIO, "%s", big);
    CU_ASSERT_EQUAL(strlen(error.text), ERROR_TEXT_MAX - 1);
    error_prefix(&error, ERROR_FAILED, "front");
    CU_ASSERT_EQUAL(strlen(error.text), ERROR_TEXT_MAX - 1);
    CU_ASSERT_EQUAL(strncmp(error.text, "front: aaa", 10), 0);
}

void tests_harness_base_error(void)
{
    TEST_SUITE("base/error", {"set fills text, clears place", set_fills_text_and_clears_place},
               {"set_errno appends the reason", set_errno_appends_the_reason},
               {"prefix keeps text and place", prefix_keeps_text_and_place},
               {"arguments may be the error itself", arguments_may_be_the_error_itself},
               {"no error wanted", no_error_wanted}, {"long text is cut", long_text_is_cut});
}
