/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/base/whole_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void all_of_it(void)
{
    char path[512];
    uint8_t *bytes;
    size_t length;
    struct error error;
    snprintf(path, sizeof path, "%s/whole", testing_folder());
    testing_write_file(path, "a\0b\n", 4);
    CU_ASSERT_EQUAL_FATAL(whole_file_read(path, 4, &bytes, &length, &error), 0);
    CU_ASSERT_EQUAL(length, 4);
    CU_ASSERT_EQUAL(memcmp(bytes, "a\0b\n", 5), 0);
    free(bytes);
    testing_write_file(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(whole_file_read(path, 0, &bytes, &length, &error), 0);
    CU_ASSERT_EQUAL(length, 0);
    CU_ASSERT_EQUAL(bytes[0], 0);
    free(bytes);
}

static void check(const char *path, size_t max_bytes, int code, const char *text)
{
    uint8_t *bytes;
    size_t length;
    struct error error;
    CU_ASSERT_EQUAL(whole_file_read(path, max_bytes, &bytes, &length, &error), code);
    CU_ASSERT_STRING_EQUAL(error.text, text);
}

static void what_is_refused(void)
{
    char path[512];
    static char many[2049];
    const char *folder = testing_folder();
    check(folder, 10, ERROR_INVALID, "it is no regular file");
    snprintf(path, sizeof path, "%s/none", folder);
    check(path, 10, ERROR_SYSTEM, "No such file or directory");
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    check(path, 10, ERROR_INVALID, "it is no regular file");
    snprintf(path, sizeof path, "%s/many", folder);
    testing_write_file(path, many, sizeof many);
    check(path, 100, ERROR_LIMIT, "it is larger than 100 bytes");
    check(path, 2048, ERROR_LIMIT, "it is larger than 2 KiB");
}

void tests_harness_base_whole_file(void);
void tests_harness_base_whole_file(void)
{
    TEST_SUITE("base/whole file", {"all of it", all_of_it}, {"what is refused", what_is_refused});
}
