/* SPDX-License-Identifier: MIT */
/* A rack of emulated phones: which scenario each of them carries out. Pure. */
#ifndef RCLAB_CYCLE_EMULATED_PLAN_H
#define RCLAB_CYCLE_EMULATED_PLAN_H

#include "harness/rack/rack_plan.h"

/* A lab without a wire, of phones phone-1, phone-2 … To be freed with lab_file_free. */
int emulated_lab_make(size_t phone_count, struct lab_file **ret_lab, struct error *error);
/* As rack_plan_make: a scenario of one phone on each chosen phone, one of several on the first of
 * them. All are in round 0: each has a lab of its own. */
int emulated_plan_make(const struct suite *suite, const struct lab_file *lab, const bool *chosen,
                       struct rack_plan *ret_plan, struct error *error);

#endif
