/* SPDX-License-Identifier: MIT */
/* A long row of scenarios on phones, side by side: each with a folder for its evidence, which goes
 * again if it shows nothing, and a line on a terminal that says how far they have come. */
#ifndef RCLAB_MUTANTS_BATCH_H
#define RCLAB_MUTANTS_BATCH_H

#include "harness/mutants/mutants.h"
#include "harness/run/run.h"

enum { BATCH_TEXT_MAX = 256 };
struct batch {
    const struct mutants_settings *settings;
    struct error *error;
    struct pool_job *jobs; /* owned, with their folders */
    size_t count;
    const char *what; /* "defects caught" */
    const char *who;  /* the phone of a job without a defect */
    size_t done, total, runs;
    /* false: this job is left out; NULL = none is. */
    bool (*wanted)(void *context, size_t job);
    /* true: the evidence is kept. */
    bool (*finished)(void *context, size_t job, const struct judgement *judgement,
                     uint64_t wall_us);
    void *context;
    /* private */
    int code;
    uint64_t started_us;
    char now[BATCH_TEXT_MAX];
};

/* Room for so many jobs. */
int batch_init(struct batch *batch, size_t jobs);
/* The job's evidence goes to OUT/GROUP/NAME. */
int batch_add(struct batch *batch, const struct scenario *scenario,
              const struct run_options *options, const char *group, const char *name);
int batch_run(struct batch *batch);
void batch_done(struct batch *batch);

#endif
