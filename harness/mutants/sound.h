/* SPDX-License-Identifier: MIT */
/* Runs scenarios drawn at random on sound phones drawn at random: nothing may fail. */
#ifndef RCLAB_MUTANTS_SOUND_H
#define RCLAB_MUTANTS_SOUND_H

#include "harness/base/buffer.h"
#include "harness/mutants/run.h"

enum { SOUND_FAILURES_MAX = 100, SOUND_RUNS_MAX = 100000 };
struct sound_draw {
    size_t scenario;         /* index into the suite */
    uint64_t variation_seed; /* the run's own seed, too: one number tells everything */
};
struct sound_failure {
    struct sound_draw draw;
    struct judgement judgement;
    char *folder; /* owned */
};
struct sound_result {
    size_t runs, failed, errors;    /* of those that ended */
    struct sound_failure *failures; /* owned; the first SOUND_FAILURES_MAX of them */
    size_t failure_count;
    uint64_t phone_us, wall_us;
};

/* What run `number` of these is: the same for the same seed and suite, whatever else is drawn. */
struct sound_draw sound_draw(uint64_t seed, size_t number, size_t scenario_count);

int sound_run(const struct suite *suite, size_t runs, const struct mutants_settings *settings,
              struct sound_result *ret_result, struct error *error);
void sound_result_done(struct sound_result *result);
/* What failed, each with the command that repeats it (`program`: how this one was called), and how
 * many of how many. */
void sound_report(const struct sound_result *result, const struct suite *suite, const char *program,
                  struct buffer *out);

#endif
