/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/doctor/doctor.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void make(const char *folder, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fclose(file), 0);
    CU_ASSERT_EQUAL(chmod(path, mode), 0);
}

static void is_refused(const char *folder, const char *program, const char *search,
                       const char *text)
{
    struct error error = {.text = ""};
    CU_ASSERT_TRUE(doctor_find_program(folder, program, search, &error) < 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, text));
}

static void programs(void)
{
    const char *folder = testing_folder();
    char path[PATH_MAX], search[PATH_MAX];
    make(folder, "outlet", 0755);
    make(folder, "notes", 0644);
    snprintf(path, sizeof path, "%s/sub", folder);
    CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
    make(path, "inner", 0755);
    CU_ASSERT_EQUAL(doctor_find_program(folder, "./outlet", NULL, NULL), 0);
    CU_ASSERT_EQUAL(doctor_find_program(folder, "sub/inner", NULL, NULL), 0);
    CU_ASSERT_EQUAL(doctor_find_program("/", path, NULL, NULL), ERROR_INVALID);
    snprintf(path, sizeof path, "%s/outlet", folder);
    CU_ASSERT_EQUAL(doctor_find_program("/nowhere", path, NULL, NULL), 0);
    is_refused(folder, "./notes", NULL, "/notes: it is not executable");
    is_refused(folder, "./sub", NULL, "/sub: it is no regular file");
    is_refused(folder, "./missing", NULL, "/missing: No such file");
    /* Without a '/' it is a matter of PATH, not of the folder. */
    is_refused(folder, "outlet", "/nowhere", "outlet: no program of this name in PATH");
    is_refused(folder, "outlet", NULL, "outlet: no program of this name in PATH");
    snprintf(search, sizeof search, "/nowhere:%s:/elsewhere", folder);
    CU_ASSERT_EQUAL(doctor_find_program("/", "outlet", search, NULL), 0);
    is_refused("/", "notes", search, "notes: no program of this name");
    CU_ASSERT_EQUAL(doctor_find_program(folder, "inner", "/nowhere:sub", NULL), 0);
}

void tests_harness_doctor_files(void);
void tests_harness_doctor_files(void)
{
    TEST_SUITE("doctor/files", {"programs of commands", programs});
}
