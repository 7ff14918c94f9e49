/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/command/secret.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void from_everywhere(void)
{
    char secret[SECRET_BYTES_MAX], option[512], path[480];
    snprintf(path, sizeof path, "%s/secret", testing_folder());
    snprintf(option, sizeof option, "file:%s", path);
    CU_ASSERT_EQUAL(secret_read("plain", secret, NULL), 0);
    CU_ASSERT_STRING_EQUAL(secret, "plain");
    CU_ASSERT_EQUAL(secret_read("", secret, NULL), 0);
    CU_ASSERT_STRING_EQUAL(secret, "");
    CU_ASSERT_EQUAL(setenv("RCLAB_TEST_SECRET", "of the environment", 1), 0);
    CU_ASSERT_EQUAL(secret_read("env:RCLAB_TEST_SECRET", secret, NULL), 0);
    CU_ASSERT_STRING_EQUAL(secret, "of the environment");
    unsetenv("RCLAB_TEST_SECRET");
    testing_write_file(path, "of a file\n", 10);
    CU_ASSERT_EQUAL(secret_read(option, secret, NULL), 0);
    CU_ASSERT_STRING_EQUAL(secret, "of a file");
}

/* The error tells where, never what. */
static void none_to_be_had(void)
{
    char secret[SECRET_BYTES_MAX], option[512], path[480], text[SECRET_BYTES_MAX + 8];
    struct error error;
    snprintf(path, sizeof path, "%s/secret", testing_folder());
    snprintf(option, sizeof option, "file:%s", path);
    memset(text, 'x', sizeof text);
    testing_write_file(path, text, SECRET_BYTES_MAX);
    CU_ASSERT_EQUAL(secret_read(option, secret, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
    CU_ASSERT_PTR_NULL(strstr(error.text, "xxx"));
    text[SECRET_BYTES_MAX - 1] = '\n';
    testing_write_file(path, text, SECRET_BYTES_MAX); /* the longest, with its newline */
    CU_ASSERT_EQUAL(secret_read(option, secret, &error), 0);
    CU_ASSERT_EQUAL(strlen(secret), SECRET_BYTES_MAX - 1);
    testing_write_file(path, "a\0b", 3);
    CU_ASSERT_EQUAL(secret_read(option, secret, &error), ERROR_INVALID);
    text[SECRET_BYTES_MAX + 7] = '\0';
    text[SECRET_BYTES_MAX - 1] = 'x';
    CU_ASSERT_EQUAL(secret_read(text, secret, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NULL(strstr(error.text, "xxx"));
    CU_ASSERT_EQUAL(secret_read("file:/nonexistent/x", secret, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "No such file"));
    CU_ASSERT_EQUAL(secret_read("env:RCLAB_TEST_NO_SECRET", secret, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "RCLAB_TEST_NO_SECRET"));
}

void tests_harness_command_secret(void);
void tests_harness_command_secret(void)
{
    TEST_SUITE("command/secret", {"from everywhere", from_everywhere},
               {"none to be had", none_to_be_had});
}
