/* SPDX-License-Identifier: MIT */
/* A lab file taken into use: loaded, its wire claimed and found fit, its certificates made. Shared
 * by the commands that work with real devices. */
#ifndef RCLAB_COMMAND_LAB_SESSION_H
#define RCLAB_COMMAND_LAB_SESSION_H

#include "harness/command/command.h"
#include "harness/lab/certificates.h"
#include "harness/lab/wire_claim.h"
#include "harness/lab_file/lab_file.h"

struct lab_session {
    struct lab_file *lab;
    struct wire_claim *claim;
    struct certificates certificates;
};

/* Loads the file, printing every problem. 0, or the exit code + 1. */
int lab_session_load(const struct command *command, const char *path, struct lab_session *session);
/* Takes the wire. 0, or the exit code + 1. An emulated lab has none: a usage error. */
int lab_session_open(const struct command *command, struct lab_session *session, bool owns_network);
void lab_session_close(struct lab_session *session); /* safe on zeroed */

/* Which of the lab's phones are named: phone_count flags, to be freed; NULL with an exit code + 1
 * if one is unknown. No names = all. */
bool *lab_session_choose(const struct command *command, const struct lab_file *lab,
                         const char *const *names, size_t count, int *ret_code);

#endif
