/* SPDX-License-Identifier: MIT */
#include "harness/lab/obstacle.h"
#include <limits.h>
#include <stdio.h>

static const struct {
    const char *file;
    long forbids; /* the value that is in the way */
    const char *what_to_do;
} settings[] = {
    /* Ubuntu 23.10 and later: the user namespace is made, but is worth nothing inside. */
    {"kernel/apparmor_restrict_unprivileged_userns", 1,
     "AppArmor forbids it to ordinary users; "
     "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` allows it until the next boot"},
    {"kernel/unprivileged_userns_clone", 0,
     "`sudo sysctl kernel.unprivileged_userns_clone=1` allows it to ordinary users until the next "
     "boot"},
    {"user/max_user_namespaces", 0,
     "`sudo sysctl user.max_user_namespaces=10000` allows it until the next boot"},
};

static long read_setting(const char *folder, const char *file)
{
    char path[PATH_MAX];
    long value = -1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path)
        return -1;
    FILE *stream = fopen(path, "re");
    if (!stream)
        return -1;
    if (fscanf(stream, "%ld", &value) != 1)
        value = -1;
    fclose(stream);
    return value;
}

const char *obstacle_to_namespaces(const char *sysctl_folder)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (read_setting(sysctl_folder, settings[i].file) == settings[i].forbids)
            return settings[i].what_to_do;
    return "in a container it needs the capability CAP_SYS_ADMIN, or a runtime that lets user "
           "namespaces through; in a chroot only root can do it";
}
