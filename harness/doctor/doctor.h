/* SPDX-License-Identifier: MIT */
/* What the parts of `rclab doctor` share: a finding, and how it is told. */
#ifndef RCLAB_DOCTOR_DOCTOR_H
#define RCLAB_DOCTOR_DOCTOR_H

#include "harness/base/error.h"

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_HINT, /* works, but may not be what was meant, or not for long */
    DOCTOR_BAD   /* a run will not work */
};
enum { DOCTOR_WHAT_MAX = 80 };
struct doctor_finding {
    enum doctor_verdict verdict;
    char text[ERROR_TEXT_MAX];   /* what was found */
    char advice[ERROR_TEXT_MAX]; /* what to do about it; "" = text says so */
};
struct doctor_report {
    unsigned bad, hints;
};

/* Advice NULL: none. */
void doctor_set(struct doctor_finding *finding, enum doctor_verdict verdict, const char *advice,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
/* One line on stdout, "BAD  WHAT  text", and one for the advice; counts. Bytes that a terminal
 * would obey are shown as '?': part of a text may come from a device. */
void doctor_tell(struct doctor_report *report, const char *what,
                 const struct doctor_finding *finding);
void doctor_say(struct doctor_report *report, enum doctor_verdict verdict, const char *what,
                const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
