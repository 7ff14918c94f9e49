/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void tests_harness_base_testing(void);

static void folders_are_fresh(void)
{
    const char *one = testing_folder();
    const char *two = testing_folder();
    CU_ASSERT_STRING_NOT_EQUAL(one, two);
    struct stat status;
    CU_ASSERT_EQUAL(stat(one, &status), 0);
    CU_ASSERT_TRUE(S_ISDIR(status.st_mode));
}

static void files_are_read_whole(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/file", testing_folder());
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite("a\0b", 1, 3, file), 3);
    CU_ASSERT_EQUAL(fclose(file), 0);
    size_t length = 0;
    uint8_t *bytes = testing_read_file(path, &length);
    CU_ASSERT_EQUAL(length, 3);
    CU_ASSERT_EQUAL(memcmp(bytes, "a\0b", 4), 0);
    free(bytes);
}

/* A child that leaves through exit() runs the same handlers and must not take the folders of
 * its parent along. */
static void folders_go_with_their_runner_only(void)
{
    char parent[512], inner[600];
    snprintf(parent, sizeof parent, "%s", testing_folder());
    snprintf(inner, sizeof inner, "%s/kept", parent);
    CU_ASSERT_EQUAL(mkdir(inner, 0700), 0);
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        fclose(stdout);
        exit(0);
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(access(inner, F_OK), 0);
}

/* In a child, so that nothing of it is left in this runner's own count. */
static int skips(void)
{
    jmp_buf after;
    char *text = NULL;
    size_t length = 0;
    CU_pTest test = CU_get_current_test();
    CU_RunSummary before = *CU_get_run_summary();
    test->pJumpBuf = &after;
    if (setjmp(after) == 0)
        testing_skip("no such thing here");
    const CU_RunSummary *summary = CU_get_run_summary();
    FILE *stream = open_memstream(&text, &length);
    bool good = stream && testing_list_skips(stream, "unit: ") == 1 && fclose(stream) == 0 &&
                strcmp(text, "unit: live/base/testing: a test skips: no such thing here\n") == 0 &&
                summary->nTestsRun + 1 == before.nTestsRun &&
                summary->nTestsInactive == before.nTestsInactive + 1;
    free(text);
    return good ? 0 : 1;
}

static void a_test_skips(void)
{
    CU_ASSERT_EQUAL(testing_in_child(skips), 0);
}

void tests_harness_base_testing(void)
{
    TEST_SUITE("live/base/testing", {"folders are fresh", folders_are_fresh},
               {"files are read whole", files_are_read_whole},
               {"folders go with their runner only", folders_go_with_their_runner_only},
               {"a test skips", a_test_skips});
}
