/* SPDX-License-Identifier: MIT */
/* Runs scenarios side by side: a process and namespaces of its own for each. Workers die with this
 * process, whatever ends it, and their namespaces and children with them. */
#ifndef RCLAB_RUN_POOL_H
#define RCLAB_RUN_POOL_H

#include "harness/run/run.h"
#include <signal.h>

enum { POOL_JOBS_MAX = 64 };
/* A warp run that takes longer than this is broken (its phones' days take seconds). */
#define POOL_WARP_REAL_MAX_US UINT64_C(600000000)

struct pool_job {
    const struct scenario *scenario;
    struct run_options options; /* `seen` is called in the worker's process */
};
struct pool_config {
    const struct pool_job *jobs;
    size_t job_count;
    unsigned parallel;                 /* 1 … POOL_JOBS_MAX */
    const volatile sig_atomic_t *stop; /* not 0: end the workers and return; may be NULL */
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
