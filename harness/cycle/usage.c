/* SPDX-License-Identifier: MIT */
#include "harness/cycle/usage.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

int usage_read(struct usage *ret_usage, struct error *error)
{
    uint64_t total, resident, descriptors = 0;
    struct dirent *entry;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return error_set_errno(error, errno, "cannot read /proc/self/statm");
    int found = fscanf(file, "%" SCNu64 " %" SCNu64, &total, &resident);
    fclose(file);
    DIR *folder = opendir("/proc/self/fd");
    if (found != 2 || !folder) {
        if (folder)
            closedir(folder);
        return error_set(error, ERROR_SYSTEM, "cannot read /proc/self/statm and /proc/self/fd");
    }
    while ((entry = readdir(folder)))
        descriptors += entry->d_name[0] != '.';
    closedir(folder);
    *ret_usage = (struct usage){.known = true,
                                .resident_bytes = resident * (uint64_t)sysconf(_SC_PAGESIZE),
                                .descriptors = descriptors - 1 /* the folder's own */};
    return 0;
}
