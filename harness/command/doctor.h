/* SPDX-License-Identifier: MIT */
/* How `rclab doctor` tells what it found. */
#ifndef RCLAB_COMMAND_DOCTOR_H
#define RCLAB_COMMAND_DOCTOR_H

#include "harness/lab_file/lab_file.h"
#include <stdbool.h>

struct doctor {
    unsigned bad, hints;
};
/* Good: a line "ok". Bad: "BAD", and the text says what to do. */
void doctor_say(struct doctor *doctor, bool good, const char *what, const char *text);
/* Something to know, that keeps nothing from working. */
void doctor_hint(struct doctor *doctor, const char *what, const char *text);

/* All that a lab of real devices needs, besides what any run needs. Claims the wire while it asks;
 * changes nothing on it. */
void doctor_lab(struct doctor *doctor, const struct lab_file *lab);
/* The phones: found on the wire, pages, switch ports, commands. The wire is claimed. */
void doctor_phones(struct doctor *doctor, const struct lab_file *lab);

#endif
