/* SPDX-License-Identifier: MIT */
#ifndef RCLAB_CYCLE_CYCLE_INTERNAL_H
#define RCLAB_CYCLE_CYCLE_INTERNAL_H

#include "harness/base/folder.h"
#include "harness/cycle/cycle.h"

enum { CYCLE_TICK_MS = 100 };

struct cycle {
    const struct cycle_config *config;
    struct tally *tally;
    struct rack_course *courses; /* the plan's, what is done left out */
    struct rack_round_course *rounds;
    char (*folders)[FOLDER_PATH_MAX]; /* one a course */
    struct rack_quarantine *quarantine;
    uint64_t *quarantined_us; /* since when, one a phone; 0 = it is not */
    uint64_t started_us, elapsed_before_us;
    size_t judged; /* in this cycle: runs that say something about a phone */
    unsigned barren;
    int result; /* what went wrong while a result was taken */
    struct error error;
};

uint64_t cycle_now_us(void);
bool cycle_stopped(const struct cycle *cycle);
int cycle_save(struct cycle *cycle, struct error *error);

/* cycle_result.c: a run has ended. False: no further one is to begin. */
bool cycle_take_result(struct cycle *cycle, size_t course, const struct judgement *judgement,
                       uint64_t wall_us);
/* Removes folders until the limit holds. */
void cycle_prune(struct cycle *cycle);
/* cycle_once.c: what is left of the current cycle. */
int cycle_once(struct cycle *cycle, struct error *error);
bool cycle_takes_part(const struct cycle *cycle, size_t course);
/* cycle_resume.c: folders and tally agree again. */
int cycle_reconcile(struct cycle *cycle, struct error *error);

#endif
