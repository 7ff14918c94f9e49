/* SPDX-License-Identifier: MIT */
/* What the options of `rclab run` say. */
#ifndef RCLAB_COMMAND_RUN_SETTINGS_H
#define RCLAB_COMMAND_RUN_SETTINGS_H

#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/command/lab_options.h"
#include "harness/loop/loop.h"
#include "harness/report/report.h"

struct run_settings {
    uint64_t parallel, seed, repeat;
    const char *out, *tag;
    enum report_format format;
    enum loop_clock clock;
    const struct phone_quirk *quirk;
    bool has_variation;
    uint64_t variation_seed;
    struct phone_variation variation;
    bool fail_fast;
    /* Of a lab of real devices: */
    struct lab_options lab;   /* no file: the phones are emulated */
    uint64_t duration_max_us; /* real time that a scenario may take; 0 = any */
};

/* Reads the options; what follows them begins at optind. 0, or the exit code + 1. */
int run_settings_take(struct run_settings *settings, int argument_count, char **arguments);
void run_settings_done(struct run_settings *settings);

#endif
