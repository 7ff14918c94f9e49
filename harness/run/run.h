/* SPDX-License-Identifier: MIT */
/* Carries scenarios out on emulated phones, side by side: a process and namespaces of its own for
 * each. Workers die with this process, whatever ends it, and their namespaces and children with
 * them. */
#ifndef RCLAB_RUN_RUN_H
#define RCLAB_RUN_RUN_H

#include "harness/run/course_state.h"
#include <signal.h>

#define RUN_STALL_REAL_US UINT64_C(30000000)
#define RUN_SEED_DEFAULT UINT64_C(1)

/* Writes what a run's folder says of the run itself: scenario.yaml and run.json. */
int run_describe(const struct scenario *scenario, const struct run_options *options,
                 const struct site_plan *plan, struct error *error);
/* The seed of one scenario of a suite that runs with `seed`: independent of its neighbours. */
uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id);

enum { POOL_JOBS_MAX = 64 };
/* A warp run that takes longer than this is broken (its phones' days take seconds): so long, and
 * for each phone so much longer. */
#define POOL_WARP_REAL_MAX_US UINT64_C(600000000)
#define POOL_WARP_REAL_A_PHONE_US UINT64_C(600000)

struct pool_job {
    const struct scenario *scenario;
    struct run_options options; /* `seen` is called in the worker's process */
};
struct pool_config {
    const struct pool_job *jobs;
    size_t job_count;
    unsigned parallel;                 /* 1 … POOL_JOBS_MAX */
    const volatile sig_atomic_t *stop; /* not 0: end the workers and return; may be NULL */
    /* How each ends decides whether the next one starts (`finished` may say no): they don't
     * overlap. */
    bool each_decides;
    /* Called in this process. `finished` returns false to start no further jobs. */
    void (*started)(void *context, size_t job);
    /* Asked before a job is started, in order; false leaves it out. NULL = all of them. */
    bool (*wanted)(void *context, size_t job);
    bool (*finished)(void *context, size_t job, const struct judgement *judgement,
                     uint64_t wall_us);
    void (*tick)(void *context); /* about ten times a second */
    void *context;
};

/* ERROR_SYSTEM, ERROR_MEMORY. Jobs that were never finished are not reported. */
int pool_run(const struct pool_config *config, struct error *error);

#endif
