/* SPDX-License-Identifier: MIT */
#include "harness/base/folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make(const char *path, struct error *error)
{
    char part[FOLDER_PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return error_set(error, ERROR_LIMIT, "the path '%.200s' is too %s", path,
                         length ? "long" : "short");
    memcpy(part, path, length + 1);
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != 0)
            continue;
        char kept = *at;
        *at = 0;
        if (mkdir(part, 0777) < 0 && errno != EEXIST)
            return error_set_errno(error, errno, "cannot make the folder %s", part);
        *at = kept;
        if (kept == 0)
            break;
    }
    struct stat status;
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return error_set(error, ERROR_SYSTEM, "%s is no folder", path);
    return 0;
}

int folder_empty(const char *path, struct error *error)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int result = 0;
    if (!folder)
        return error_set_errno(error, errno, "cannot read the folder %s", path);
    while (result == 0 && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) < 0)
            result = error_set_errno(error, errno, "cannot remove %s/%s", path, entry->d_name);
    }
    closedir(folder);
    return result;
}

void folder_remove(const char *path)
{
    struct error error;
    if (folder_empty(path, &error) == 0)
        rmdir(path);
}
