/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void set(const char *folder, const char *file, const char *value)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/kernel", folder);
    (void)mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/user", folder);
    (void)mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *stream = fopen(path, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fputs(value, stream);
    fclose(stream);
}

static bool names(const char *folder, const char *word)
{
    return strstr(obstacle_to_namespaces(folder), word) != NULL;
}

static void each_setting_is_named_with_its_remedy(void)
{
    const char *folder = testing_folder();
    set(folder, "user/max_user_namespaces", "0\n");
    CU_ASSERT_TRUE(names(folder, "sysctl user.max_user_namespaces=10000"));
    set(folder, "kernel/unprivileged_userns_clone", "0\n");
    CU_ASSERT_TRUE(names(folder, "sysctl kernel.unprivileged_userns_clone=1"));
    set(folder, "kernel/apparmor_restrict_unprivileged_userns", "1\n");
    CU_ASSERT_TRUE(names(folder, "sysctl kernel.apparmor_restrict_unprivileged_userns=0"));
}

static void settings_that_allow_are_not_blamed(void)
{
    const char *folder = testing_folder();
    CU_ASSERT_TRUE(names(folder, "CAP_SYS_ADMIN"));
    set(folder, "user/max_user_namespaces", "95000\n");
    set(folder, "kernel/unprivileged_userns_clone", "1\n");
    set(folder, "kernel/apparmor_restrict_unprivileged_userns", "0\n");
    CU_ASSERT_TRUE(names(folder, "CAP_SYS_ADMIN"));
    CU_ASSERT_FALSE(names(folder, "sysctl"));
    set(folder, "kernel/apparmor_restrict_unprivileged_userns", "");
    set(folder, "user/max_user_namespaces", "no number\n");
    CU_ASSERT_FALSE(names(folder, "sysctl"));
}

void tests_harness_lab_obstacle(void);
void tests_harness_lab_obstacle(void)
{
    TEST_SUITE("lab/obstacle",
               {"each setting is named with its remedy", each_setting_is_named_with_its_remedy},
               {"settings that allow are not blamed", settings_that_allow_are_not_blamed});
}
