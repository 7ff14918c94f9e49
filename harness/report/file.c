/* SPDX-License-Identifier: MIT */
#include "harness/report/file.h"
#include "harness/report/text.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

enum { JSON_TEXT_BYTES_MAX = 1 << 20 };

json_t *report_json_text(const char *text)
{
    if (!text)
        return json_null();
    struct buffer clean;
    buffer_init(&clean, JSON_TEXT_BYTES_MAX);
    report_text_valid(&clean, text);
    json_t *json = clean.failed ? NULL : json_string(buffer_string(&clean));
    buffer_done(&clean);
    return json;
}

void report_json_dump(json_t *value, size_t flags, struct buffer *buffer)
{
    char *bytes = value ? json_dumps(value, flags) : NULL;
    if (bytes)
        buffer_text(buffer, bytes);
    else
        buffer->failed = true;
    free(bytes);
    json_decref(value);
}
