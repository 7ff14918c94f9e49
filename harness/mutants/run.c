/* SPDX-License-Identifier: MIT */
#include "harness/run/run.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/base/random.h"
#include "harness/mutants/mutants.h"
#include "harness/mutants/progress.h"
#include <stdlib.h>
#include <string.h>

/* --- defective phones ----------------------------------------------------------------------- */

struct chase { /* jobs: the first choice of each defect, then the second of each, … */
    struct mutants *mutants;
    const struct mutants_settings *settings;
    struct pool_job *jobs;
    size_t job_count, ranks;
    struct mutants_progress progress;
    struct error *error;
    int result;
};

static struct mutant *mutant_of(const struct chase *chase, size_t job)
{
    return &chase->mutants->items[job % chase->mutants->count];
}

static size_t scenario_of(const struct chase *chase, size_t job)
{
    return mutant_of(chase, job)->order[job / chase->mutants->count];
}

static char *make_folder(const char *out, const char *group, const char *id, struct error *error)
{
    char *folder = NULL;
    if (asprintf(&folder, "%s/mutants/%s/%s", out, group, id) < 0)
        return NULL;
    if (folder_make_empty(folder, error) < 0) {
        free(folder);
        return NULL;
    }
    return folder;
}

static bool chase_wanted(void *context, size_t job)
{
    struct chase *chase = context;
    const struct mutants *mutants = chase->mutants;
    const struct mutant *mutant = mutant_of(chase, job);
    size_t scenario = scenario_of(chase, job);
    struct run_options *options = &chase->jobs[job].options;
    if (chase->result < 0 || mutants->unsound[scenario] || mutant_tried(mutant, scenario))
        return false;
    if (!chase->settings->everything && mutant_outcome(mutants, mutant) == MUTANT_KILLED)
        return false;
    if (!options->folder)
        options->folder = make_folder(chase->settings->out, mutant->quirk->name,
                                      mutants->suite->scenarios[scenario]->id, chase->error);
    if (!options->folder)
        chase->result = ERROR_SYSTEM;
    return options->folder != NULL;
}

static void chase_started(void *context, size_t job)
{
    struct chase *chase = context;
    mutants_progress_now(&chase->progress, mutant_of(chase, job)->quirk->name,
                         chase->jobs[job].scenario->id);
}

static bool chase_finished(void *context, size_t job, const struct judgement *judgement,
                           uint64_t wall_us)
{
    struct chase *chase = context;
    struct mutant *mutant = mutant_of(chase, job);
    chase->mutants->runs++;
    int result = mutant_add(mutant, scenario_of(chase, job), judgement, wall_us, chase->error);
    if (result < 0)
        chase->result = result;
    else if (mutant->tries[mutant->try_count - 1].finding == MUTANT_PASSED)
        folder_remove(chase->jobs[job].options.folder); /* evidence of nothing */
    chase->progress.done = mutants_with(chase->mutants, MUTANT_KILLED);
    chase->progress.runs = chase->mutants->runs;
    return chase->result == 0;
}

static void chase_tick(void *context)
{
    struct chase *chase = context;
    mutants_progress_tick(&chase->progress);
}

static void pool_of(const struct mutants_settings *settings, struct pool_config *ret_pool)
{
    ret_pool->stop = settings->stop;
    ret_pool->parallel = settings->parallel;
}

static int chase_run(struct chase *chase)
{
    struct pool_config pool = {.jobs = chase->jobs,
                               .job_count = chase->job_count,
                               .wanted = chase_wanted,
                               .started = chase_started,
                               .finished = chase_finished,
                               .tick = chase_tick,
                               .context = chase};
    pool_of(chase->settings, &pool);
    int result = pool_run(&pool, chase->error);
    return result < 0 ? result : chase->result;
}

/* Every scenario on every defect that is not yet caught; those tried already are left out. */
static int chase_round(struct mutants *mutants, const struct mutants_settings *settings,
                       struct error *error)
{
    struct chase chase = {.mutants = mutants, .settings = settings, .error = error};
    const struct suite *suite = mutants->suite;
    chase.ranks = settings->tries_max && settings->tries_max < suite->count ? settings->tries_max
                                                                            : suite->count;
    chase.job_count = chase.ranks * mutants->count;
    chase.jobs = calloc(chase.job_count + 1, sizeof *chase.jobs);
    if (!chase.jobs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < chase.job_count; i++) {
        const struct scenario *scenario = suite->scenarios[scenario_of(&chase, i)];
        chase.jobs[i] = (struct pool_job){scenario,
                                          {.seed = run_scenario_seed(settings->seed, scenario->id),
                                           .clock = LOOP_CLOCK_WARP,
                                           .quirk = mutant_of(&chase, i)->quirk,
                                           .certificates = settings->certificates}};
    }
    mutants_progress_init(&chase.progress, settings->progress, "defects caught", mutants->count);
    int result = chase_run(&chase);
    mutants_progress_done(&chase.progress);
    for (size_t i = 0; i < chase.job_count; i++)
        free((char *)(uintptr_t)chase.jobs[i].options.folder);
    free(chase.jobs);
    return result;
}

/* --- the same scenarios on sound phones ------------------------------------------------------ */

struct proof {
    struct mutants *mutants;
    struct pool_job *jobs;
    size_t *scenarios;
    size_t count;
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
    if (judgement->verdict == VERDICT_PASS) {
        folder_remove(proof->jobs[job].options.folder);
        return true;
    }
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

static int add_proof(struct proof *proof, size_t scenario, const struct mutants_settings *settings,
                     struct error *error)
{
    const struct scenario *tested = proof->mutants->suite->scenarios[scenario];
    char *folder = make_folder(settings->out, "sound", tested->id, error);
    if (!folder)
        return ERROR_SYSTEM;
    proof->scenarios[proof->count] = scenario;
    proof->jobs[proof->count++] =
        (struct pool_job){tested,
                          {.folder = folder,
                           .seed = run_scenario_seed(settings->seed, tested->id),
                           .clock = LOOP_CLOCK_WARP,
                           .certificates = settings->certificates}};
    return 0;
}

static int prove(struct proof *proof, const struct mutants_settings *settings, struct error *error)
{
    const struct suite *suite = proof->mutants->suite;
    int result = 0;
    for (size_t i = 0; result == 0 && i < suite->count; i++)
        if (!proof->mutants->proved[i] && has_caught(proof->mutants, i))
            result = add_proof(proof, i, settings, error);
    if (result < 0)
        return result;
    struct pool_config pool = {.jobs = proof->jobs,
                               .job_count = proof->count,
                               .finished = proof_finished,
                               .context = proof};
    pool_of(settings, &pool);
    return pool_run(&pool, error);
}

static int prove_round(struct mutants *mutants, const struct mutants_settings *settings,
                       bool *ret_found_unsound, struct error *error)
{
    struct proof proof = {.mutants = mutants};
    int result = 0;
    proof.jobs = calloc(mutants->suite->count + 1, sizeof *proof.jobs);
    proof.scenarios = calloc(mutants->suite->count + 1, sizeof *proof.scenarios);
    if (!proof.jobs || !proof.scenarios)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    else
        result = prove(&proof, settings, error);
    for (size_t i = 0; i < proof.count; i++)
        free((char *)(uintptr_t)proof.jobs[i].options.folder);
    free(proof.jobs);
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
