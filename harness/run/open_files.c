/* SPDX-License-Identifier: MIT */
#include "harness/run/open_files.h"
#include <sys/resource.h>

int open_files_allow(size_t phones, struct error *error)
{
    const rlim_t needed = OPEN_FILES_OTHERS + (rlim_t)phones * OPEN_FILES_A_PHONE;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
        return 0;
    const rlim_t allowed = limit.rlim_max;
    /* Beyond what is allowed only root can go. */
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return 0;
    return error_set(error, ERROR_UNAVAILABLE,
                     "%zu emulated phones need up to %llu open files, this process may have %llu: "
                     "run as root, let root allow more (`ulimit -Hn %llu` before the user's shell, "
                     "or /etc/security/limits.conf), or take fewer phones",
                     phones, (unsigned long long)needed, (unsigned long long)allowed,
                     (unsigned long long)needed);
}
