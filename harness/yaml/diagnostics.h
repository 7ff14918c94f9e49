/* SPDX-License-Identifier: MIT */
/* Every problem of one or more files, for a person to see all of them at once. */
#ifndef RCLAB_YAML_DIAGNOSTICS_H
#define RCLAB_YAML_DIAGNOSTICS_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct place { /* where in the file; 1-based, 0 = nowhere (a default) */
    unsigned line, column;
};

enum { DIAGNOSTICS_MAX = 1000 };
struct diagnostics {     /* in file and line order */
    struct error *items; /* owned */
    size_t count, capacity;
    bool cut; /* more than DIAGNOSTICS_MAX */
};
void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_done(struct diagnostics *diagnostics);

/* Dropped, with `cut` set, when DIAGNOSTICS_MAX is reached or memory is out. */
void diagnostics_add(struct diagnostics *diagnostics, const char *file, struct place place,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void diagnostics_add_list(struct diagnostics *diagnostics, const char *file, struct place place,
                          const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));
/* Puts the items from `first` on into the order of the file; equal places keep their order. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first);
/* "FILE:LINE:COLUMN: error: text" lines; the place is left out where there is none. */
void diagnostics_format(const struct diagnostics *diagnostics, struct buffer *out);

#endif
