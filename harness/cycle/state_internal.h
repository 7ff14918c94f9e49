/* SPDX-License-Identifier: MIT */
/* What the writer and the reader of a state file share. */
#ifndef RCLAB_CYCLE_STATE_INTERNAL_H
#define RCLAB_CYCLE_STATE_INTERNAL_H

#include "harness/cycle/state_file.h"

#define STATE_FORMAT "rclab-cycle-1"

#endif
