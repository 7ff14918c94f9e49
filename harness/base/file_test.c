/* SPDX-License-Identifier: MIT */
#include "harness/base/file.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void all_of_it(void)
{
    char path[512];
    uint8_t *bytes;
    size_t length;
    struct error error;
    snprintf(path, sizeof path, "%s/whole", testing_folder());
    testing_write_file(path, "a\0b\n", 4);
    CU_ASSERT_EQUAL_FATAL(file_read(path, 4, &bytes, &length, &error), 0);
    CU_ASSERT_EQUAL(length, 4);
    CU_ASSERT_EQUAL(memcmp(bytes, "a\0b\n", 5), 0);
    free(bytes);
    testing_write_file(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(file_read(path, 0, &bytes, &length, &error), 0);
    CU_ASSERT_EQUAL(length, 0);
    CU_ASSERT_EQUAL(bytes[0], 0);
    free(bytes);
}

static void check(const char *path, size_t max_bytes, int code, const char *text)
{
    uint8_t *bytes;
    size_t length;
    struct error error;
    CU_ASSERT_EQUAL(file_read(path, max_bytes, &bytes, &length, &error), code);
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

enum { PATH_BYTES = 512 };

static void holds(const char *path, const char *text)
{
    uint8_t *bytes;
    size_t length;
    CU_ASSERT_EQUAL_FATAL(file_read(path, 1000, &bytes, &length, NULL), 0);
    CU_ASSERT_STRING_EQUAL((const char *)bytes, text);
    free(bytes);
}

static void the_old_or_the_new_one(void)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
    struct stat status;
    struct error error = {0};
    snprintf(path, sizeof path, "%s/file", testing_folder());
    snprintf(temporary, sizeof temporary, "%s.new", path);
    CU_ASSERT_EQUAL(file_write_durable(path, "old", 3, &error), 0);
    holds(path, "old");
    CU_ASSERT_EQUAL(file_write_durable(path, "newer", 5, &error), 0);
    holds(path, "newer");
    CU_ASSERT_EQUAL(stat(temporary, &status), -1);
    CU_ASSERT_EQUAL_FATAL(mkdir(temporary, 0700), 0); /* so that it cannot be written */
    CU_ASSERT_EQUAL(file_write_durable(path, "lost", 4, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, temporary));
    holds(path, "newer");
    rmdir(temporary);
}

static void what_cannot_be_renamed_leaves_nothing(void)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
    struct stat status;
    struct error error = {0};
    snprintf(path, sizeof path, "%s/folder", testing_folder());
    snprintf(temporary, sizeof temporary, "%s.new", path);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    CU_ASSERT_EQUAL(file_write_durable(path, "lost", 4, &error), ERROR_SYSTEM);
    CU_ASSERT_EQUAL(stat(temporary, &status), -1);
    rmdir(path);
}

void tests_harness_base_file(void);
void tests_harness_base_file(void)
{
    TEST_SUITE("base/file", {"all of it", all_of_it}, {"what is refused", what_is_refused},
               {"the old or the new one", the_old_or_the_new_one},
               {"what cannot be renamed leaves nothing", what_cannot_be_renamed_leaves_nothing});
}
