/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/cycle/evidence.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void tests_harness_cycle_evidence(void);

enum { CONTENT_BYTES = 10000 };

static void put(const char *folder, const char *name, size_t bytes)
{
    char path[FILE_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t i = 0; i < bytes; i++)
        fputc('x', file);
    fclose(file);
}

static const char *made(const char *out, uint64_t cycle, const char *id)
{
    static char path[FILE_PATH_MAX];
    CU_ASSERT_EQUAL_FATAL(evidence_path(out, cycle, id, path, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(folder_make_empty(path, NULL), 0);
    put(path, "capture.pcapng", CONTENT_BYTES);
    return path;
}

static bool there(const char *out, const char *name)
{
    char path[FILE_PATH_MAX];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", out, name);
    return stat(path, &status) == 0;
}

static void made_measured_removed(void)
{
    const char *out = testing_folder();
    const char *path = made(out, 7, "a.desk-1");
    CU_ASSERT_TRUE(evidence_bytes(path) >= CONTENT_BYTES);
    CU_ASSERT_TRUE(evidence_bytes(path) < 10 * CONTENT_BYTES);
    CU_ASSERT_EQUAL(evidence_bytes("/nonexistent"), 0);
    CU_ASSERT_TRUE(evidence_is_there(path));
    made(out, 7, "a.desk-2");
    evidence_remove(path); /* the second's, of the same cycle */
    CU_ASSERT_FALSE(there(out, "runs/7/a.desk-2"));
    CU_ASSERT_TRUE(there(out, "runs/7/a.desk-1"));
    evidence_remove(made(out, 7, "a.desk-1"));
    CU_ASSERT_FALSE(there(out, "runs/7"));
}

static bool wanted(void *context, uint64_t cycle, const char *id)
{
    (void)context;
    return cycle == 2 && strcmp(id, "kept") == 0;
}

static void what_nobody_knows_goes_and_what_is_no_run_stays(void)
{
    const char *out = testing_folder();
    char path[FILE_PATH_MAX];
    CU_ASSERT_EQUAL(evidence_reconcile(out, wanted, NULL, NULL), 0); /* nothing is there */
    made(out, 1, "kept");
    made(out, 2, "kept");
    made(out, 2, "lost");
    snprintf(path, sizeof path, "%s/runs/open-straight-to-acquired", out);
    CU_ASSERT_EQUAL_FATAL(folder_make(path, NULL), 0);
    put(path, "capture.pcapng", 1);
    snprintf(path, sizeof path, "%s/runs/03/x", out);
    CU_ASSERT_EQUAL_FATAL(folder_make(path, NULL), 0);
    snprintf(path, sizeof path, "%s/runs/4/deep/deeper", out);
    CU_ASSERT_EQUAL_FATAL(folder_make(path, NULL), 0);
    CU_ASSERT_EQUAL(evidence_reconcile(out, wanted, NULL, NULL), 0);
    CU_ASSERT_FALSE(there(out, "runs/1"));
    CU_ASSERT_FALSE(there(out, "runs/2/lost"));
    CU_ASSERT_TRUE(there(out, "runs/2/kept/capture.pcapng"));
    CU_ASSERT_TRUE(there(out, "runs/open-straight-to-acquired/capture.pcapng"));
    CU_ASSERT_TRUE(there(out, "runs/03/x"));
    CU_ASSERT_TRUE(there(out, "runs/4/deep/deeper"));
}

void tests_harness_cycle_evidence(void)
{
    TEST_SUITE("cycle/evidence", {"made, measured, removed", made_measured_removed},
               {"what nobody knows goes, what is no run stays",
                what_nobody_knows_goes_and_what_is_no_run_stays});
}
