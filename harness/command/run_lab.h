/* SPDX-License-Identifier: MIT */
/* `rclab run --lab`: the suite on real devices. */
#ifndef RCLAB_COMMAND_RUN_LAB_H
#define RCLAB_COMMAND_RUN_LAB_H

#include "harness/command/run_settings.h"
#include "harness/scenario/load.h"

/* The program's exit code. *ret_emulated: the lab file is right, and names no wire; nothing was
 * run. */
int run_lab(const struct run_settings *settings, const struct suite *suite,
            const volatile sig_atomic_t *interrupted, bool *ret_emulated);

#endif
