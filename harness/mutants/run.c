/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/mutants/batch.h"
#include "harness/mutants/mutants.h"
#include <stdlib.h>
#include <string.h>

/* --- defective phones ----------------------------------------------------------------------- */

struct chase { /* jobs: the first choice of each defect, then the second of each, … */
    struct mutants *mutants;
    struct batch batch;
};

static struct mutant *mutant_of(const struct chase *chase, size_t job)
{
    return &chase->mutants->items[job % chase->mutants->count];
}

static size_t scenario_of(const struct chase *chase, size_t job)
{
    return mutant_of(chase, job)->order[job / chase->mutants->count];
}

static bool chase_wanted(void *context, size_t job)
{
    const struct chase *chase = context;
    const struct mutant *mutant = mutant_of(chase, job);
    size_t scenario = scenario_of(chase, job);
    return !chase->mutants->unsound[scenario] && !mutant_tried(mutant, scenario) &&
           (chase->batch.settings->everything ||
            mutant_outcome(chase->mutants, mutant) != MUTANT_KILLED);
}

static bool chase_finished(void *context, size_t job, const struct judgement *judgement,
                           uint64_t wall_us)
{
    struct chase *chase = context;
    struct batch *batch = &chase->batch;
    struct mutant *mutant = mutant_of(chase, job);
    batch->runs = ++chase->mutants->runs;
    int result = mutant_add(mutant, scenario_of(chase, job), judgement, wall_us, batch->error);
    if (result < 0)
        batch->code = result;
    batch->done = mutants_with(chase->mutants, MUTANT_KILLED);
    return result < 0 || mutant->tries[mutant->try_count - 1].finding != MUTANT_PASSED;
}

static int add_tries(struct chase *chase, size_t count)
{
    char group[BATCH_TEXT_MAX];
    int result = batch_init(&chase->batch, count);
    for (size_t i = 0; result == 0 && i < count; i++) {
        const struct scenario *scenario = chase->mutants->suite->scenarios[scenario_of(chase, i)];
        const struct run_options options = {
            .seed = run_scenario_seed(chase->batch.settings->seed, scenario->id),
            .quirk = mutant_of(chase, i)->quirk};
        snprintf(group, sizeof group, "mutants/%s", options.quirk->name);
        result = batch_add(&chase->batch, scenario, &options, group, scenario->id);
    }
    return result;
}

/* Every scenario on every defect that is not yet caught; those tried already are left out. */
static int chase_round(struct mutants *mutants, const struct mutants_settings *settings,
                       struct error *error)
{
    struct chase chase = {.mutants = mutants,
                          .batch = {.settings = settings,
                                    .error = error,
                                    .what = "defects caught",
                                    .total = mutants->count,
                                    .wanted = chase_wanted,
                                    .finished = chase_finished,
                                    .context = &chase}};
    size_t ranks = mutants->suite->count;
    if (settings->tries_max && settings->tries_max < ranks)
        ranks = settings->tries_max;
    int result = add_tries(&chase, ranks * mutants->count);
    if (result == 0)
        result = batch_run(&chase.batch);
    batch_done(&chase.batch);
    return result;
}

/* --- the same scenarios on sound phones ------------------------------------------------------ */

struct proof {
    struct mutants *mutants;
    struct batch batch;
    size_t *scenarios; /* by job; owned */
    bool found_unsound;
};

static bool proof_finished(void *context, size_t job, const struct judgement *judgement,
                           uint64_t wall_us)
{
    struct proof *proof = context;
    struct mutants *mutants = proof->mutants;
    size_t scenario = proof->scenarios[job];
    (void)wall_us;
    mutants->runs++;
    mutants->proved[scenario] = true;
    if (judgement->verdict == VERDICT_PASS)
        return false;
    mutants->unsound[scenario] = proof->found_unsound = true;
    mutants->unsound_reasons[scenario] =
        strdup(judgement->failure_count > 0 ? judgement->failures[0].seen : judgement->reason);
    return true;
}

static bool has_caught(const struct mutants *mutants, size_t scenario)
{
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->items[i];
        for (size_t k = 0; k < mutant->try_count; k++)
            if (mutant->tries[k].scenario == scenario && mutant->tries[k].failure)
                return true;
    }
    return false;
}

static int prove(struct proof *proof, uint64_t seed)
{
    const struct suite *suite = proof->mutants->suite;
    int result = batch_init(&proof->batch, suite->count);
    for (size_t i = 0; result == 0 && i < suite->count; i++) {
        const struct scenario *scenario = suite->scenarios[i];
        if (proof->mutants->proved[i] || !has_caught(proof->mutants, i))
            continue;
        proof->scenarios[proof->batch.count] = i;
        result =
            batch_add(&proof->batch, scenario,
                      &(const struct run_options){.seed = run_scenario_seed(seed, scenario->id)},
                      "mutants/sound", scenario->id);
    }
    return result < 0 ? result : batch_run(&proof->batch);
}

static int prove_round(struct mutants *mutants, const struct mutants_settings *settings,
                       bool *ret_found_unsound, struct error *error)
{
    struct proof proof = {.mutants = mutants,
                          .scenarios = calloc(mutants->suite->count + 1, sizeof(size_t)),
                          .batch = {.settings = settings,
                                    .error = error,
                                    .who = "a sound phone",
                                    .finished = proof_finished,
                                    .context = &proof}};
    int result = proof.scenarios ? prove(&proof, settings->seed)
                                 : error_set(error, ERROR_MEMORY, "out of memory");
    batch_done(&proof.batch);
    free(proof.scenarios);
    *ret_found_unsound = proof.found_unsound;
    return result;
}

int mutants_run(struct mutants *mutants, const struct mutants_settings *settings,
                struct error *error)
{
    bool again = true;
    int result = 0;
    uint64_t started_us = monotonic_us();
    mutants->seed = settings->seed;
    /* Each round but the last finds another scenario unsound: this ends. */
    while (result == 0 && again && !(settings->stop && *settings->stop)) {
        result = chase_round(mutants, settings, error);
        again = false;
        if (result == 0 && !(settings->stop && *settings->stop))
            result = prove_round(mutants, settings, &again, error);
    }
    mutants->wall_us = monotonic_us() - started_us;
    return result;
}
