/* SPDX-License-Identifier: MIT */
#include "harness/report/file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int report_file_write(const char *path, const struct buffer *buffer, struct error *error)
{
    char temporary[PATH_MAX];
    if (buffer->failed)
        return error_set(error, ERROR_LIMIT, "%s: the report is too large", path);
    int length = snprintf(temporary, sizeof temporary, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return error_set(error, ERROR_LIMIT, "%s: the name is too long", path);
    FILE *file = fopen(temporary, "we");
    if (!file)
        return error_set_errno(error, errno, "cannot write %s", temporary);
    size_t written = fwrite(buffer_string(buffer), 1, buffer->length, file);
    int write_errno = written == buffer->length ? 0 : errno;
    if (fclose(file) != 0 && write_errno == 0)
        write_errno = errno;
    if (write_errno == 0 && rename(temporary, path) == 0)
        return 0;
    int code = error_set_errno(error, write_errno ? write_errno : errno, "cannot write %s", path);
    unlink(temporary);
    return code;
}
