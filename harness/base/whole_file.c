/* SPDX-License-Identifier: MIT */
#include "harness/base/whole_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int whole_file_read(const char *path, size_t max_bytes, uint8_t **ret_bytes, size_t *ret_length,
                    struct error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    int result = read_descriptor(descriptor, max_bytes, ret_bytes, ret_length, error);
    close(descriptor);
    return result;
}
