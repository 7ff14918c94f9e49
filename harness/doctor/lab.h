/* SPDX-License-Identifier: MIT */
/* `rclab doctor --lab`: is this lab fit for `rclab run --lab`? */
#ifndef RCLAB_DOCTOR_LAB_H
#define RCLAB_DOCTOR_LAB_H

#include "harness/doctor/doctor.h"
#include "harness/lab_file/lab_file.h"
#include <stdbool.h>

/* Tells all that was found. Takes the wire while it asks, and sends nothing on it but questions. */
void doctor_look_at_lab(const struct lab_file *lab, bool owns_network,
                        struct doctor_report *report);

#endif
