/* SPDX-License-Identifier: MIT */
/* Carries a plan out on a wire of real devices, round by round, each in a process of its own
 * (memory does not grow, and a crash ends one round only). A device that broke a course is
 * quarantined: what was still planned for it is skipped, the others go on. */
#ifndef RCLAB_RACK_RACK_H
#define RCLAB_RACK_RACK_H

#include "harness/rack/rack_news.h"
#include "harness/rack/rack_round.h"
#include <signal.h>

/* Real time that an interrupted round has to give devices back the power that it took. */
#define RACK_END_US UINT64_C(20000000)

struct rack_quarantine { /* of one device of the lab */
    bool in;
    char reason[ERROR_TEXT_MAX];
};

struct rack_config {
    const struct lab_file *lab;
    const struct certificates *certificates;
    const struct rack_plan *plan;
    /* One for each of the plan's courses; folders of those that run exist and are empty. */
    const struct rack_round_course *courses;
    const char *folder; /* for the name server's files, a folder a round in it */
    uint64_t seed;
    bool no_prompt;
    struct rack_quarantine
        *quarantine; /* one for each of the lab's phones; may have some already */
    /* 1: let the round put its devices back, within RACK_END_US, and return; more: at once. */
    const volatile sig_atomic_t *stop;
    /* All are called in this process; course: index into the plan's. */
    void (*started)(void *context, size_t course);
    /* false: no further round is begun. */
    bool (*finished)(void *context, size_t course, const struct judgement *judgement,
                     uint64_t wall_us);
    /* news->course: index into the plan's courses, or RACK_NEWS_NOT_OF_A_COURSE. */
    void (*news)(void *context, const struct rack_news *news);
    void (*tick)(void *context); /* about ten times a second */
    void *context;
};

/* ERROR_SYSTEM, ERROR_MEMORY. What was never finished is not reported. */
int rack_run(const struct rack_config *config, struct error *error);

#endif
