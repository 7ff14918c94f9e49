/* SPDX-License-Identifier: MIT */
/* What a scenario needs of a lab and of a device, and whether they have it. Pure. */
#ifndef RCLAB_RACK_RACK_NEEDS_H
#define RCLAB_RACK_RACK_NEEDS_H

#include "harness/base/buffer.h"
#include "harness/lab_file/lab_file.h"

/* It does something that reaches every phone of the wire. */
bool rack_needs_wire_alone(const struct scenario *scenario);
/* True: it cannot be run there; `reason` gets why, and what would change that. */
bool rack_needs_more_of_lab(const struct scenario *scenario, const struct lab_file *lab,
                            struct buffer *reason);
bool rack_needs_more_of_phone(const struct scenario *scenario, const struct lab_phone *phone,
                              bool no_prompt, struct buffer *reason);

#endif
