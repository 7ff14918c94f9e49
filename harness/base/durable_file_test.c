/* SPDX-License-Identifier: MIT */
#include "harness/base/durable_file.h"
#include "harness/base/testing.h"
#include "harness/base/whole_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tests_harness_base_durable_file(void);

enum { PATH_BYTES = 512 };

static void holds(const char *path, const char *text)
{
    uint8_t *bytes;
    size_t length;
    CU_ASSERT_EQUAL_FATAL(whole_file_read(path, 1000, &bytes, &length, NULL), 0);
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
    CU_ASSERT_EQUAL(durable_file_write(path, "old", 3, &error), 0);
    holds(path, "old");
    CU_ASSERT_EQUAL(durable_file_write(path, "newer", 5, &error), 0);
    holds(path, "newer");
    CU_ASSERT_EQUAL(stat(temporary, &status), -1);
    CU_ASSERT_EQUAL_FATAL(mkdir(temporary, 0700), 0); /* so that it cannot be written */
    CU_ASSERT_EQUAL(durable_file_write(path, "lost", 4, &error), ERROR_SYSTEM);
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
    CU_ASSERT_EQUAL(durable_file_write(path, "lost", 4, &error), ERROR_SYSTEM);
    CU_ASSERT_EQUAL(stat(temporary, &status), -1);
    rmdir(path);
}

void tests_harness_base_durable_file(void)
{
    TEST_SUITE("base/durable_file", {"the old or the new one", the_old_or_the_new_one},
               {"what cannot be renamed leaves nothing", what_cannot_be_renamed_leaves_nothing});
}
