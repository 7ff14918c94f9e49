/* SPDX-License-Identifier: MIT */
#include "harness/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- reading -------------------------------------------------------------------------------- */

enum { KIB = 1024, MIB = 1024 * 1024 };

static int refuse_size(size_t max_bytes, struct error *error)
{
    if (max_bytes >= MIB)
        return error_set(error, ERROR_LIMIT, "it is larger than %zu MiB", max_bytes / MIB);
    if (max_bytes >= KIB)
        return error_set(error, ERROR_LIMIT, "it is larger than %zu KiB", max_bytes / KIB);
    return error_set(error, ERROR_LIMIT, "it is larger than %zu bytes", max_bytes);
}

static int read_all(int descriptor, uint8_t *bytes, size_t length, struct error *error)
{
    size_t have = 0;
    while (have < length) {
        ssize_t n = read(descriptor, bytes + have, length - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
        if (n == 0)
            return error_set(error, ERROR_FAILED, "it became shorter while it was read");
        have += (size_t)n;
    }
    return 0;
}

static int read_descriptor(int descriptor, size_t max_bytes, uint8_t **ret_bytes,
                           size_t *ret_length, struct error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "it is no regular file");
    if ((uint64_t)status.st_size > max_bytes)
        return refuse_size(max_bytes, error);
    size_t length = (size_t)status.st_size;
    uint8_t *bytes = malloc(length + 1);
    if (!bytes)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int result = read_all(descriptor, bytes, length, error);
    if (result < 0) {
        explicit_bzero(bytes, length); /* it may be the half of a secret */
        free(bytes);
        return result;
    }
    bytes[length] = '\0';
    *ret_bytes = bytes;
    *ret_length = length;
    return 0;
}

int file_read(const char *path, size_t max_bytes, uint8_t **ret_bytes, size_t *ret_length,
              struct error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    int result = read_descriptor(descriptor, max_bytes, ret_bytes, ret_length, error);
    close(descriptor);
    return result;
}

/* --- writing -------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t length, bool durable)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return durable ? fsync(fd) : 0;
}

/* The new name is the folder's content, which has to reach the disk too. */
static int sync_folder_of(const char *path)
{
    char folder[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (slash == path)
        length = 1;
    memcpy(folder, length ? path : ".", length ? length : 1);
    folder[length ? length : 1] = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static int write_whole(const char *path, const void *bytes, size_t length, bool durable,
                       struct error *error)
{
    char temporary[FILE_PATH_MAX];
    int named = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (named < 0 || (size_t)named >= sizeof temporary)
        return error_set(error, ERROR_LIMIT, "%.200s: the name is too long", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot write %s", temporary);
    int failed = write_all(fd, bytes, length, durable) < 0 ? errno : 0;
    if (close(fd) < 0 && !failed)
        failed = errno;
    if (!failed && (rename(temporary, path) < 0 || (durable && sync_folder_of(path) < 0)))
        failed = errno;
    if (!failed)
        return 0;
    unlink(temporary);
    return error_set_errno(error, failed, "cannot write %s", path);
}

int file_write(const char *path, const void *bytes, size_t length, struct error *error)
{
    return write_whole(path, bytes, length, false, error);
}

int file_write_durable(const char *path, const void *bytes, size_t length, struct error *error)
{
    return write_whole(path, bytes, length, true, error);
}

/* --- folders -------------------------------------------------------------------------------- */

int folder_make(const char *path, struct error *error)
{
    char part[FILE_PATH_MAX];
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

static int empty(const char *path, struct error *error)
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

int folder_make_empty(const char *path, struct error *error)
{
    TRY(folder_make(path, error));
    return empty(path, error);
}

void folder_remove(const char *path)
{
    struct error error;
    if (empty(path, &error) == 0)
        rmdir(path);
}
