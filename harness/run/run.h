/* SPDX-License-Identifier: MIT */
/* Carries one scenario out, in this process, which must have entered namespaces of its own. */
#ifndef RCLAB_RUN_RUN_H
#define RCLAB_RUN_RUN_H

#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/base/error.h"
#include "harness/judge/judge.h"
#include "harness/lab/certificates.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"

#define RUN_STALL_REAL_US UINT64_C(30000000)
#define RUN_SEED_DEFAULT UINT64_C(1)

struct run_options {
    const char *folder; /* the run's own, exists and is empty */
    uint64_t seed;      /* of this scenario */
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

/* Fills the judgement in every case: what went wrong with the lab is VERDICT_ERROR. The folder then
 * holds scenario.yaml, run.json, timeline.jsonl, capture.pcapng, ca.pem and the logs. */
void run_scenario(const struct scenario *scenario, const struct run_options *options,
                  struct judgement *ret_judgement);
/* Writes what a run's folder says of the run itself: scenario.yaml and run.json. */
struct site_plan;
int run_describe(const struct scenario *scenario, const struct run_options *options,
                 const struct site_plan *plan, struct error *error);
/* The seed of one scenario of a suite that runs with `seed`: independent of its neighbours. */
uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id);

#endif
