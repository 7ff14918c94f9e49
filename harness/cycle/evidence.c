/* SPDX-License-Identifier: MIT */
#include "harness/cycle/evidence.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 512 /* of st_blocks, whatever the file system's are */ };

static int join(const char *folder, const char *name, char path[FILE_PATH_MAX], struct error *error)
{
    int length = snprintf(path, FILE_PATH_MAX, "%s/%s", folder, name);
    if (length >= 0 && length < FILE_PATH_MAX)
        return 0;
    return error_set(error, ERROR_LIMIT, "%.200s: the path is too long", folder);
}

int evidence_path(const char *out, uint64_t cycle, const char *id, char path[FILE_PATH_MAX],
                  struct error *error)
{
    int length = snprintf(path, FILE_PATH_MAX, "%s/runs/%" PRIu64 "/%s", out, cycle, id);
    if (length >= 0 && length < FILE_PATH_MAX)
        return 0;
    return error_set(error, ERROR_LIMIT, "%.200s: the path is too long", out);
}

uint64_t evidence_bytes(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    uint64_t bytes = 0;
    while (folder && (entry = readdir(folder))) {
        struct stat status;
        if (fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode))
            bytes += (uint64_t)status.st_blocks * BLOCK_BYTES;
    }
    if (folder)
        closedir(folder);
    return bytes;
}

bool evidence_is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void evidence_remove(const char *path)
{
    char above[FILE_PATH_MAX];
    folder_remove(path);
    snprintf(above, sizeof above, "%s", path);
    char *slash = strrchr(above, '/');
    if (!slash)
        return;
    *slash = 0;
    rmdir(above); /* refused while anything is in it */
}

/* A cycle's number as evidence_path writes it. */
static bool is_cycle(const char *name, uint64_t *ret_cycle)
{
    char *end;
    if (!isdigit((unsigned char)*name) || *name == '0')
        return false;
    errno = 0;
    *ret_cycle = strtoull(name, &end, 10);
    return errno == 0 && *end == 0;
}

static int reconcile_cycle(const char *path, uint64_t cycle,
                           bool (*wanted)(void *, uint64_t, const char *), void *context,
                           struct error *error)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int result = 0;
    if (!folder)
        return error_set_errno(error, errno, "cannot read the folder %s", path);
    while (result == 0 && (entry = readdir(folder))) {
        char run[FILE_PATH_MAX];
        if (entry->d_name[0] == '.' || wanted(context, cycle, entry->d_name))
            continue;
        result = join(path, entry->d_name, run, error);
        if (result == 0)
            folder_remove(run);
    }
    closedir(folder);
    rmdir(path);
    return result;
}

int evidence_reconcile(const char *out, bool (*wanted)(void *, uint64_t, const char *),
                       void *context, struct error *error)
{
    char runs[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct dirent *entry;
    int result = join(out, "runs", runs, error);
    if (result < 0)
        return result;
    DIR *folder = opendir(runs);
    if (!folder && errno == ENOENT)
        return 0;
    if (!folder)
        return error_set_errno(error, errno, "cannot read the folder %s", runs);
    while (result == 0 && (entry = readdir(folder))) {
        uint64_t cycle;
        if (!is_cycle(entry->d_name, &cycle))
            continue;
        result = join(runs, entry->d_name, path, error);
        if (result == 0 && evidence_is_there(path))
            result = reconcile_cycle(path, cycle, wanted, context, error);
    }
    closedir(folder);
    return result;
}

/* --- which one goes next -------------------------------------------------------------------- */

int kept_init(struct kept *kept, struct error *error)
{
    *kept = (struct kept){.runs = calloc(KEPT_RUNS_MAX, sizeof *kept->runs)};
    return kept->runs ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

void kept_done(struct kept *kept)
{
    free(kept->runs);
    *kept = (struct kept){0};
}

static bool passed(const struct kept_run *run)
{
    return run->verdict == VERDICT_PASS;
}

bool kept_add(struct kept *kept, const struct kept_run *run)
{
    if (kept->count == KEPT_RUNS_MAX)
        return false;
    kept->runs[kept->count++] = *run;
    kept->bytes += run->bytes;
    if (!passed(run))
        kept->failure_bytes += run->bytes;
    return true;
}

void kept_remove(struct kept *kept, size_t index)
{
    struct kept_run *run = &kept->runs[index];
    kept->bytes -= run->bytes;
    if (!passed(run))
        kept->failure_bytes -= run->bytes;
    kept->count--;
    memmove(run, run + 1, (kept->count - index) * sizeof *run);
}

static bool is_newest_pass_of_its_phone(const struct kept *kept, size_t index)
{
    for (size_t i = index + 1; i < kept->count; i++) {
        if (passed(&kept->runs[i]) && kept->runs[i].phone == kept->runs[index].phone)
            return false;
    }
    return true;
}

static int oldest_failure(const struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (!passed(&kept->runs[i]) && !kept->runs[i].first_of_kind)
            return (int)i;
    }
    return KEPT_NONE;
}

static int oldest_pass(const struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (passed(&kept->runs[i]) && !is_newest_pass_of_its_phone(kept, i))
            return (int)i;
    }
    return KEPT_NONE;
}

int kept_choose(const struct kept *kept, uint64_t limit_bytes)
{
    int chosen = KEPT_NONE;
    if (kept->failure_bytes > limit_bytes / 2)
        chosen = oldest_failure(kept);
    if (chosen == KEPT_NONE && kept->bytes > limit_bytes)
        chosen = oldest_pass(kept);
    if (chosen != KEPT_NONE || kept->count < KEPT_RUNS_MAX)
        return chosen;
    chosen = oldest_pass(kept);
    if (chosen == KEPT_NONE)
        chosen = oldest_failure(kept);
    return chosen == KEPT_NONE ? 0 : chosen; /* there has to be a place */
}
