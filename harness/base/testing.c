/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/base/file.h"
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FOLDERS_MAX = 512,
    SKIPS_MAX = 1024,
    FILE_BYTES_MAX = 64 * 1024 * 1024,
    REMOVE_OPEN_FOLDERS = 16
};

static char folders[FOLDERS_MAX][PATH_MAX];
static size_t folder_count;
static pid_t folder_owner;

/* The list of tests is fixed when the runner is built, so a suite that cannot be added is a
 * mistake in the source. */
static void give_up(const char *what, const char *name)
{
    fprintf(stderr, "testing: %s: %s\n", what, name);
    abort();
}

void testing_add_suite(const char *name, const struct test_case *cases, size_t count)
{
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    if (!suite || CU_get_error() != CUE_SUCCESS)
        give_up(CU_get_error_msg(), name);
    for (size_t i = 0; i < count; i++) {
        if (!CU_add_test(suite, cases[i].name, cases[i].run) || CU_get_error() != CUE_SUCCESS)
            give_up(CU_get_error_msg(), cases[i].name);
    }
}

static struct {
    const char *suite, *test, *reason;
} skips[SKIPS_MAX];
static size_t skip_count;

void testing_skip(const char *reason)
{
    CU_pTest test = CU_get_current_test();
    if (!test || !test->pJumpBuf || skip_count == SKIPS_MAX)
        give_up("cannot skip", reason);
    skips[skip_count].suite = CU_get_current_suite()->pName;
    skips[skip_count].test = test->pName;
    skips[skip_count++].reason = reason;
    /* CUnit knows no skipping. It is about to count a test that ran: take that back beforehand,
     * and the summary tells it among the inactive ones. */
    CU_get_run_summary()->nTestsRun--;
    CU_get_run_summary()->nTestsInactive++;
    longjmp(*test->pJumpBuf, 1);
}

size_t testing_list_skips(FILE *stream, const char *prefix)
{
    for (size_t i = 0; i < skip_count; i++)
        fprintf(stream, "%s%s: %s: %s\n", prefix, skips[i].suite, skips[i].test, skips[i].reason);
    return skip_count;
}

uint8_t *testing_read_file(const char *path, size_t *ret_length)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct error error;
    if (file_read(path, FILE_BYTES_MAX, &bytes, &length, &error) < 0) {
        fprintf(stderr, "testing: cannot read %s: %s\n", path, error.text);
        CU_FAIL_FATAL("a file that the test needs cannot be read");
    }
    if (ret_length)
        *ret_length = length;
    return bytes;
}

void testing_write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "we");
    bool good = file && fwrite(bytes, 1, length, file) == length;
    if (file)
        good = fclose(file) == 0 && good;
    if (good)
        return;
    fprintf(stderr, "testing: cannot write %s\n", path);
    CU_FAIL_FATAL("a file that the test needs cannot be written");
}

int testing_in_child(int (*body)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(TESTING_CHILD_SECONDS_MAX);
        _exit(body());
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    if (WEXITSTATUS(status) != 0)
        fprintf(stderr, "exit code %d\n", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    (void)remove(path); /* a left-over is a nuisance, not a failure */
    return 0;
}

static void remove_folders(void)
{
    /* A child of a test that leaves through exit() must not take them away. */
    if (getpid() != folder_owner)
        return;
    for (size_t i = 0; i < folder_count; i++)
        nftw(folders[i], remove_entry, REMOVE_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    folder_count = 0;
}

const char *testing_folder(void)
{
    if (folder_count == FOLDERS_MAX)
        give_up("too many folders", "testing_folder");
    if (folder_owner == 0) {
        folder_owner = getpid();
        atexit(remove_folders);
    }
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    char *folder = folders[folder_count];
    int length = snprintf(folder, PATH_MAX, "%s/rclab-test-XXXXXX", parent);
    if (length < 0 || length >= PATH_MAX || !mkdtemp(folder))
        give_up("cannot make a folder in", parent);
    folder_count++;
    return folder;
}
