/* SPDX-License-Identifier: MIT */
/* The options that say which real devices are meant and what may be done: of `rclab run` and
 * `rclab cycle`. */
#ifndef RCLAB_COMMAND_LAB_OPTIONS_H
#define RCLAB_COMMAND_LAB_OPTIONS_H

#include "harness/command/command.h"
#include <getopt.h>

struct lab_options {
    const char *file;    /* of the lab; NULL: none */
    const char **phones; /* names of those that take part; borrowed from the arguments */
    size_t phone_count;  /* 0 = all */
    bool no_prompt, owns_network;
};

/* Codes that no command's own options reach. */
enum {
    OPTION_LAB_FILE = 1000,
    OPTION_LAB_PHONE,
    OPTION_LAB_NO_PROMPT,
    OPTION_LAB_OWN_NETWORK,
};
/* Their rows in a command's table for getopt_long. */
#define LAB_OPTIONS                                                     \
    {"lab", required_argument, NULL, OPTION_LAB_FILE},                  \
        {"phone", required_argument, NULL, OPTION_LAB_PHONE},           \
        {"no-prompt", no_argument, NULL, OPTION_LAB_NO_PROMPT},         \
    {                                                                   \
        "i-own-this-network", no_argument, NULL, OPTION_LAB_OWN_NETWORK \
    }

/* Room for as many names as there are arguments. 0, or the exit code + 1. */
int lab_options_init(struct lab_options *options, int argument_count);
/* The option with its optarg, if it is one of these. */
bool lab_options_take(struct lab_options *options, int option);
void lab_options_done(struct lab_options *options); /* safe on zeroed */

#endif
