/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/serve/serve.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void only_what_was_recorded_goes(void)
{
    char inner[512], mine[600], old[600];
    struct error error;
    snprintf(inner, sizeof inner, "%s/a/b", testing_folder());
    snprintf(mine, sizeof mine, "%s/thesis.txt", inner);
    snprintf(old, sizeof old, "%s/timeline.jsonl", inner);
    CU_ASSERT_EQUAL_FATAL(serve_folder_make(inner, &error), 0);
    testing_write_file(mine, "mine", 4);
    testing_write_file(old, "{}\n", 3);
    CU_ASSERT_EQUAL(serve_folder_make(inner, &error), 0);
    CU_ASSERT_EQUAL(access(mine, F_OK), 0);
    CU_ASSERT_NOT_EQUAL(access(old, F_OK), 0);
    unlink(mine);
    CU_ASSERT_EQUAL_FATAL(mkdir(old, 0700), 0); /* nobody's recording */
    CU_ASSERT_EQUAL(serve_folder_make(inner, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cannot remove"));
    CU_ASSERT_EQUAL(serve_folder_make("", &error), ERROR_LIMIT);
    rmdir(old);
    rmdir(inner);
}

void tests_harness_serve_serve_folder(void);
void tests_harness_serve_serve_folder(void)
{
    TEST_SUITE("serve/serve_folder", {"only what was recorded goes", only_what_was_recorded_goes});
}
