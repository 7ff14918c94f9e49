/* SPDX-License-Identifier: MIT */
#include "harness/base/error.h"
#include <stdio.h>
#include <string.h>

/* The new text is made beside the old one, so that arguments may point into the error itself. */
__attribute__((format(printf, 2, 0))) static void set_text(struct error *error, const char *format,
                                                           va_list arguments)
{
    char text[ERROR_TEXT_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    memcpy(error->text, text, strlen(text) + 1);
}

static void clear_place(struct error *error)
{
    error->file[0] = '\0';
    error->line = 0;
    error->column = 0;
}

/* What does not fit is cut. */
static void append_text(struct error *error, const char *text)
{
    size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, "%s", text);
}

int error_set(struct error *error, int code, const char *format, ...)
{
    if (!error)
        return code;
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    clear_place(error);
    return code;
}

int error_set_errno(struct error *error, int errno_value, const char *format, ...)
{
    if (!error)
        return ERROR_SYSTEM;
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    clear_place(error);
    char reason[128];
    append_text(error, ": ");
    append_text(error, strerror_r(errno_value, reason, sizeof reason));
    return ERROR_SYSTEM;
}

int error_prefix(struct error *error, int code, const char *format, ...)
{
    if (!error)
        return code;
    char old[ERROR_TEXT_MAX];
    memcpy(old, error->text, strlen(error->text) + 1);
    va_list arguments;
    va_start(arguments, format);
    set_text(error, format, arguments);
    va_end(arguments);
    if (old[0]) {
        append_text(error, ": ");
        append_text(error, old);
    }
    return code;
}
