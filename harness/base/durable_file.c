/* SPDX-License-Identifier: MIT */
#include "harness/base/durable_file.h"
#include "harness/base/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *bytes, size_t length)
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
    return fsync(fd);
}

/* The new name is the folder's content, which has to reach the disk too. */
static int sync_folder_of(const char *path)
{
    char folder[FOLDER_PATH_MAX];
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

int durable_file_write(const char *path, const void *bytes, size_t length, struct error *error)
{
    char temporary[FOLDER_PATH_MAX];
    int named = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (named < 0 || (size_t)named >= sizeof temporary)
        return error_set(error, ERROR_LIMIT, "%.200s: the name is too long", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot write %s", temporary);
    int failed = write_all(fd, bytes, length) < 0 ? errno : 0;
    if (close(fd) < 0 && !failed)
        failed = errno;
    if (!failed && (rename(temporary, path) < 0 || sync_folder_of(path) < 0))
        failed = errno;
    if (!failed)
        return 0;
    unlink(temporary);
    return error_set_errno(error, failed, "cannot write %s", path);
}
