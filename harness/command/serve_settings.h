/* SPDX-License-Identifier: MIT */
/* The options of `rclab serve`. */
#ifndef RCLAB_COMMAND_SERVE_SETTINGS_H
#define RCLAB_COMMAND_SERVE_SETTINGS_H

#include "harness/command/command.h"
#include "harness/serve/serve_orders.h"

struct serve_settings { /* all texts are the arguments' */
    const char *lab, *scenario, *case_name, *out;
    const char *control, *name; /* where it listens; or which one is meant */
    bool any_phone, json, owns_network;
    uint64_t seed, events_max;
    bool is_order; /* it is for one that runs already */
    struct serve_order order;
};
/* 0, or the exit code + 1. */
int serve_settings_take(const struct command *command, int argument_count, char **arguments,
                        struct serve_settings *ret_settings);

#endif
