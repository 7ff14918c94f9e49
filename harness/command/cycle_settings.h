/* SPDX-License-Identifier: MIT */
/* What the options of `rclab cycle` say. */
#ifndef RCLAB_COMMAND_CYCLE_SETTINGS_H
#define RCLAB_COMMAND_CYCLE_SETTINGS_H

#include "harness/command/lab_options.h"
#include "harness/cycle/cycle.h"

#define CYCLE_SCENARIO_DEFAULT "scenarios/open/straight-to-acquired.yaml"

struct cycle_settings {
    struct lab_options lab; /* no file: --emulated */
    uint64_t emulated;      /* so many phones; 0: those of the lab's file */
    struct cycle_limits limits;
    bool resume;
    const char *out;
    uint64_t seed, parallel;
    enum report_format format;
    const struct phone_quirk *quirk;
    const char *variation; /* as typed; NULL = plain phones */
    uint64_t variation_seed;
};

/* Reads the options; what follows them begins at optind. 0, or the exit code + 1. */
int cycle_settings_take(struct cycle_settings *settings, int argument_count, char **arguments);
void cycle_settings_done(struct cycle_settings *settings);

#endif
