/* SPDX-License-Identifier: MIT */
/* Carries scenarios out on emulated phones, side by side: a process and namespaces of its own for
 * each. Workers die with this process, whatever ends it, and their namespaces and children with
 * them. */
#ifndef RCLAB_RUN_RUN_H
#define RCLAB_RUN_RUN_H

#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/base/error.h"
#include "harness/judge/judge.h"
#include "harness/lab/certificates.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"
#include <signal.h>

#define RUN_STALL_REAL_US UINT64_C(30000000)
#define RUN_SEED_DEFAULT UINT64_C(1)

struct run_options {
    /* The run's own, exists and is empty. In the end it holds scenario.yaml, run.json,
     * timeline.jsonl, capture.pcapng, ca.pem and the logs. */
    const char *folder;
    uint64_t seed; /* of this scenario */
    enum loop_clock clock;
    bool real_devices;                       /* see judge_set_real_devices */
    const struct phone_quirk *quirk;         /* NULL = sound phones */
    const struct phone_variation *variation; /* NULL = plain phones */
    const struct certificates *certificates; /* of the lab; made once a program run */
    uint64_t stall_real_us;                  /* 0 = RUN_STALL_REAL_US */
    /* Called for each event as it happens; NULL = nobody. It must not change anything. */
    void (*seen)(void *context, const struct event *event);
    void *context;
};

/* Writes what a run's folder says of the run itself: scenario.yaml and run.json. */
struct site_plan;
int run_describe(const struct scenario *scenario, const struct run_options *options,
                 const struct site_plan *plan, struct error *error);
/* The seed of one scenario of a suite that runs with `seed`: independent of its neighbours. */
uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id);

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
