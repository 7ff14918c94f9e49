/* SPDX-License-Identifier: MIT */
/* What `rclab cycle` works with: scenarios, lab, plan, and what a run before this one left. */
#ifndef RCLAB_COMMAND_CYCLE_SESSION_H
#define RCLAB_COMMAND_CYCLE_SESSION_H

#include "harness/command/cycle_settings.h"
#include "harness/command/lab_session.h"
#include <jansson.h>

struct cycle_session {
    struct suite suite;
    struct lab_session lab;
    bool emulated; /* its phones */
    struct rack_plan plan;
    struct tally tally;
    json_t *identity;
    int lock_fd; /* of the folder that all goes to */
};

/* Reads all of it and takes the folder, telling what is wrong. 0, or the exit code + 1. */
int cycle_session_load(struct cycle_session *session, const struct cycle_settings *settings,
                       char **paths, int path_count);
/* Takes the wire, makes certificates. 0, or the exit code + 1. */
int cycle_session_open(struct cycle_session *session, const struct cycle_settings *settings);
void cycle_session_done(struct cycle_session *session); /* safe after a load that failed */

#endif
