/* SPDX-License-Identifier: MIT */
/* How long a phone took from its boot to each Customization State, read off a run's timeline.
 * Pure. */
#ifndef RCLAB_CYCLE_STATE_TIMES_H
#define RCLAB_CYCLE_STATE_TIMES_H

#include "harness/observe/timeline.h"

/* Tells each state's first time since each boot that a step of the run led to, in order. Open is
 * left out: a boot after a reset is Open at once. */
void state_times_read(const struct timeline *timeline, size_t phone_count,
                      void (*tell)(void *context, size_t phone, enum customization_state state,
                                   uint64_t since_boot_us),
                      void *context);

#endif
