/* SPDX-License-Identifier: MIT */
/* From step to step. The patterns that look back to where the step before them began are fed
 * while that step still runs (`ahead`), so that no event has to be kept. */
#ifndef RCLAB_JUDGE_WALK_H
#define RCLAB_JUDGE_WALK_H

#include "harness/judge/expectation.h"

struct walk {
    const struct scenario *scenario; /* these four are borrowed */
    const struct substitutions *substitutions;
    const struct phone_view *views;
    struct findings *findings;
    bool real_devices; /* see judge_set_real_devices */
    uint64_t patience_us;
    size_t current; /* == step_count: all done */
    bool over;      /* all done, or a step failed */
    uint64_t begin_us;
    uint64_t deadline_us;         /* never later than the true one; NEVER_US */
    size_t remaining;             /* phones that have not met the step yet */
    struct progress *now, *ahead; /* owned, one a phone; `ahead`: of the step after the current */
};
void walk_done(struct walk *walk);
/* The first step begins, at time 0. */
void walk_start(struct walk *walk);
/* To be called when the views have taken the event in. */
void walk_event(struct walk *walk, const struct event *event);
/* Passes the one deadline of the current step, which is at deadline_us. */
void walk_deadline(struct walk *walk);
/* The step being waited for; NULL = none. */
const struct step *walk_step(const struct walk *walk);

#endif
