/* SPDX-License-Identifier: MIT */
/* Adding to the list of problems of load.h; used by the parser and the suite loader. */
#ifndef RCLAB_SCENARIO_DIAGNOSTICS_H
#define RCLAB_SCENARIO_DIAGNOSTICS_H

#include "harness/scenario/load.h"
#include <stdarg.h>

/* Dropped, with `cut` set, when DIAGNOSTICS_MAX is reached or memory is out. */
void diagnostics_add(struct diagnostics *diagnostics, const char *file, struct place place,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void diagnostics_add_list(struct diagnostics *diagnostics, const char *file, struct place place,
                          const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));
/* Puts the items from `first` on into the order of the file; equal places keep their order. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first);

#endif
