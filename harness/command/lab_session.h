/* SPDX-License-Identifier: MIT */
/* A lab file taken into use: the options that name it, the file loaded, its wire claimed and found
 * fit, its certificates made. Shared by the commands that work with real devices. */
#ifndef RCLAB_COMMAND_LAB_SESSION_H
#define RCLAB_COMMAND_LAB_SESSION_H

#include "harness/command/command.h"
#include "harness/lab/certificates.h"
#include "harness/lab/wire_claim.h"
#include "harness/lab_file/lab_file.h"

/* Which real devices are meant and what may be done, of `rclab run` and `rclab cycle`; texts are
 * borrowed from the arguments. */
struct lab_options {
    const char *file; /* of the lab; NULL: none */
    /* Names of those that take part, each once. One more than a lab can have: of so many one is
     * unknown. */
    const char *phones[LAB_FILE_PHONES_MAX + 1];
    size_t phone_count; /* 0 = all */
    bool no_prompt, owns_network;
};
enum exit_code lab_options_take_phone(const struct command *command, void *member,
                                      const char *value);
/* Their rows in a command's table; `member` of its settings is the struct. */
#define LAB_OPTIONS(type, member)                                                            \
    {"lab", .kind = OPTION_TEXT, .to = offsetof(type, member.file)},                         \
        {"phone", .kind = OPTION_OWN, .to = offsetof(type, member),                          \
         .take = lab_options_take_phone},                                                    \
        {"no-prompt", .kind = OPTION_FLAG, .to = offsetof(type, member.no_prompt)},          \
    {                                                                                        \
        "i-own-this-network", .kind = OPTION_FLAG, .to = offsetof(type, member.owns_network) \
    }

struct lab_session {
    struct lab_file *lab;
    struct wire_claim *claim;
    struct certificates certificates;
};

/* Each of these is GO_ON, or has said what is wrong. */

/* Loads the file, printing every problem. */
enum exit_code lab_session_load(const char *path, struct lab_session *session);
/* Takes the wire. An emulated lab has none: a usage error. */
enum exit_code lab_session_open(const struct command *command, struct lab_session *session,
                                bool owns_network);
void lab_session_close(struct lab_session *session); /* safe on zeroed */
/* Which of the lab's phones take part: phone_count flags, to be freed. */
enum exit_code lab_session_choose(const struct command *command, const struct lab_file *lab,
                                  const struct lab_options *options, bool **ret_chosen);

/* Of a lab whose phones are emulated: the certificates of its standard servers. */
int lab_session_emulated_certificates(struct certificates *ret_certificates, struct error *error);

#endif
