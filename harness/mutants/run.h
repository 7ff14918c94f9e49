/* SPDX-License-Identifier: MIT */
/* Runs scenarios on defective phones, side by side. */
#ifndef RCLAB_MUTANTS_RUN_H
#define RCLAB_MUTANTS_RUN_H

#include "harness/lab/certificates.h"
#include "harness/mutants/outcome.h"
#include <signal.h>
#include <stdio.h>

struct mutants_settings {
    const char *out; /* evidence goes to OUT/mutants/QUIRK/SCENARIO */
    unsigned parallel;
    uint64_t seed;
    bool everything;  /* every scenario on every defect; else until it is caught */
    size_t tries_max; /* scenarios a defect, at most; 0 = all of them */
    const struct certificates *certificates;
    const volatile sig_atomic_t *stop;
    FILE *progress; /* a terminal, or NULL */
};

/* Until each defect is caught for the right rule or no scenario is left. What catches one is
 * carried out on a sound phone too; if it fails there, its catches don't count and others are
 * tried. */
int mutants_run(struct mutants *mutants, const struct mutants_settings *settings,
                struct error *error);

#endif
