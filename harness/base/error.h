/* SPDX-License-Identifier: MIT */
/* Errors as values: what went wrong, where, for a person to read.
 *
 * Convention of the whole project: a function that can fail returns 0 or a negative code
 * (ERROR_*), fills the caller's `struct error` (which may be NULL) and leaves its `ret_*`
 * pointers untouched on failure. Whoever finds an error returns it. Printing it, and ending the
 * program with the exit code that it means, is for the commands and what they speak to a person
 * by; a child process, which can return to nobody, ends itself. */
#ifndef RCLAB_BASE_ERROR_H
#define RCLAB_BASE_ERROR_H

#include <stdarg.h>

enum error_code {
    ERROR_FAILED = -1,      /* anything without a code of its own */
    ERROR_INVALID = -2,     /* input from outside is malformed */
    ERROR_LIMIT = -3,       /* a named bound was reached */
    ERROR_MEMORY = -4,      /* out of memory */
    ERROR_SYSTEM = -5,      /* a system call failed; the text holds strerror */
    ERROR_UNAVAILABLE = -6, /* this machine lacks something; the text says what to do */
};

enum { ERROR_TEXT_MAX = 1024, ERROR_FILE_MAX = 512 };

struct error {
    char text[ERROR_TEXT_MAX]; /* one or more lines, no trailing newline */
    char file[ERROR_FILE_MAX]; /* "" when no file is concerned */
    unsigned line, column;     /* 1-based; 0 = unknown */
};

/* Ends the calling function with what `call` returned if that is negative. For where nothing has to
 * be undone. */
#define TRY(call)              \
    do {                       \
        int try_code = (call); \
        if (try_code < 0)      \
            return try_code;   \
    } while (0)

/* Sets text (printf form), clears the place; returns `code` so that `return error_set(…)` works. */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with strerror(errno_value) appended after ": "; returns ERROR_SYSTEM. */
int error_set_errno(struct error *error, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prepends context, "CONTEXT: old text". Returns `code`. */
int error_prefix(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
