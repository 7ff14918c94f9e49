/* SPDX-License-Identifier: MIT */
/* What a lab file points to on this machine: secrets in files, programs of commands. */
#ifndef RCLAB_DOCTOR_FILES_H
#define RCLAB_DOCTOR_FILES_H

#include "harness/doctor/doctor.h"
#include "harness/lab_file/lab_file.h"

/* Is there a program of this name, as a command of the lab file would find it: a path with a '/' in
 * it is relative to the directory, another name is looked for in `search` (form of PATH)? Else the
 * error says what is wrong. */
int doctor_find_program(const char *directory, const char *program, const char *search,
                        struct error *error);

/* A hint for each file with a secret that everybody on this machine may read. */
void doctor_look_at_secrets(const struct lab_file *lab, struct doctor_report *report);
/* The programs by which this phone is reset, restarted and switched, and what needs a person. */
void doctor_look_at_ways(const struct lab_file *lab, const struct lab_phone *phone,
                         struct doctor_report *report);

#endif
