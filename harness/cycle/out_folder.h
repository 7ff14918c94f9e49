/* SPDX-License-Identifier: MIT */
/* The folder of a cycle run: whose it is at present, and what a run before this one left in it. */
#ifndef RCLAB_CYCLE_OUT_FOLDER_H
#define RCLAB_CYCLE_OUT_FOLDER_H

#include "harness/cycle/tally.h"
#include <jansson.h>

/* Makes the folder and locks it for the life of this process: *ret_fd stays open.
 * ERROR_UNAVAILABLE: another program has it. */
int out_folder_claim(const char *out, int *ret_fd, struct error *error);
/* With `resume` what the folder says goes into the fresh tally, if it says anything. Without, a
 * folder whose cycles are not finished is refused. ERROR_INVALID: with what to do. */
int out_folder_look(const char *out, bool resume, const json_t *of, struct tally *tally,
                    struct error *error);

#endif
