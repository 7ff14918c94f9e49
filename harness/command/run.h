/* SPDX-License-Identifier: MIT */
/* `rclab run`: what its options say, and its two ways: on emulated phones, on real devices. */
#ifndef RCLAB_COMMAND_RUN_H
#define RCLAB_COMMAND_RUN_H

#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/command/lab_session.h"
#include "harness/loop/loop.h"
#include "harness/report/report.h"

struct run_settings {
    uint64_t parallel, seed, repeat;
    const char *out, *tag;
    int format; /* an enum report_format */
    int clock;  /* an enum loop_clock */
    const struct phone_quirk *quirk;
    struct run_variation { /* of emulated phones */
        bool given;
        uint64_t seed;
        struct phone_variation drawn;
    } variation;
    bool fail_fast;
    /* Of a lab of real devices: */
    struct lab_options lab;   /* no file: the phones are emulated */
    uint64_t duration_max_us; /* real time that a scenario may take; 0 = any */
};

enum exit_code run_emulated(const struct run_settings *settings, const struct suite *suite,
                            const volatile sig_atomic_t *interrupted);
/* GO_ON: the lab file is right, and names no wire; nothing was run. */
enum exit_code run_lab(const struct run_settings *settings, const struct suite *suite,
                       const volatile sig_atomic_t *interrupted);

#endif
