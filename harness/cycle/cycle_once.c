/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle_internal.h"
#include "harness/cycle/evidence.h"
#include "harness/run/pool.h"
#include <stdio.h>
#include <stdlib.h>

struct pool_context {
    struct cycle *cycle;
    const size_t *numbers; /* of the jobs in the plan */
};

static bool is_quarantined(const struct cycle *cycle, size_t course)
{
    const struct rack_course *planned = &cycle->config->plan->courses[course];
    for (size_t i = 0; i < planned->bound.phone_count; i++) {
        if (cycle->quarantine[planned->phones[i]].in)
            return true;
    }
    return false;
}

bool cycle_takes_part(const struct cycle *cycle, size_t course)
{
    return !cycle->config->plan->courses[course].skipped && !cycle->tally->done[course] &&
           !is_quarantined(cycle, course);
}

/* Folders, seeds, and what is left out of the plan this time. */
static int prepare(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    uint64_t seed = config->seed + cycle->tally->cycle - 1;
    int result = 0;
    for (size_t i = 0; result == 0 && i < config->plan->count; i++) {
        const struct rack_course *course = &config->plan->courses[i];
        cycle->courses[i] = *course;
        if (cycle->tally->done[i])
            cycle->courses[i].skipped = "it came in before the program ended";
        cycle->rounds[i] =
            (struct rack_round_course){.course = course,
                                       .folder = cycle->folders[i],
                                       .seed = run_scenario_seed(seed, course->bound.id)};
        if (!cycle_takes_part(cycle, i))
            continue;
        result = evidence_path(config->out, cycle->tally->cycle, course->bound.id,
                               cycle->folders[i], error);
        if (result == 0)
            result = evidence_make(cycle->folders[i], error);
    }
    return result;
}

/* --- on a wire ------------------------------------------------------------------------------ */

static void rack_started(void *context, size_t course)
{
    const struct cycle *cycle = context;
    if (cycle->config->started)
        cycle->config->started(cycle->config->context, course);
}

static bool rack_finished(void *context, size_t course, const struct judgement *judgement,
                          uint64_t wall_us)
{
    return cycle_take_result(context, course, judgement, wall_us);
}

static void rack_told(void *context, const struct rack_news *news)
{
    const struct cycle *cycle = context;
    if (cycle->config->news)
        cycle->config->news(cycle->config->context, news);
}

static void ticked(void *context)
{
    const struct cycle *cycle = context;
    if (cycle->config->tick)
        cycle->config->tick(cycle->config->context);
}

static int run_on_the_wire(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    char folder[FOLDER_PATH_MAX];
    struct rack_plan plan = *config->plan;
    plan.courses = cycle->courses;
    snprintf(folder, sizeof folder, "%s/lab", config->out);
    struct rack_config rack = {.lab = config->lab,
                               .certificates = config->certificates,
                               .plan = &plan,
                               .courses = cycle->rounds,
                               .folder = folder,
                               .seed = config->seed + cycle->tally->cycle - 1,
                               .no_prompt = config->no_prompt,
                               .quarantine = cycle->quarantine,
                               .stop = config->stop,
                               .started = rack_started,
                               .finished = rack_finished,
                               .news = rack_told,
                               .tick = ticked,
                               .context = cycle};
    int result = folder_make(folder, error);
    return result < 0 ? result : rack_run(&rack, error);
}

/* --- emulated ------------------------------------------------------------------------------- */

static void pool_started(void *context, size_t job)
{
    const struct pool_context *pool = context;
    rack_started(pool->cycle, pool->numbers[job]);
}

/* A lab that broke will break again: its phone is left alone, as on a wire. */
static bool pool_finished(void *context, size_t job, const struct judgement *judgement,
                          uint64_t wall_us)
{
    const struct pool_context *pool = context;
    struct cycle *cycle = pool->cycle;
    size_t number = pool->numbers[job];
    const struct rack_course *course = &cycle->config->plan->courses[number];
    for (size_t i = 0; judgement->verdict == VERDICT_ERROR && i < course->bound.phone_count; i++) {
        struct rack_quarantine *quarantine = &cycle->quarantine[course->phones[i]];
        quarantine->in = true;
        snprintf(quarantine->reason, sizeof quarantine->reason, "%s", judgement->reason);
    }
    return cycle_take_result(cycle, number, judgement, wall_us);
}

static void pool_ticked(void *context)
{
    const struct pool_context *pool = context;
    ticked(pool->cycle);
}

static int run_emulated(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    size_t count = 0, most = config->plan->count + 1;
    struct phone_variation variation;
    struct pool_job *jobs = calloc(most, sizeof *jobs);
    size_t *numbers = calloc(most, sizeof *numbers);
    struct pool_context context = {.cycle = cycle, .numbers = numbers};
    if (config->has_variation)
        phone_variation_draw(config->variation_seed + cycle->tally->cycle - 1, &variation);
    for (size_t i = 0; jobs && numbers && i < config->plan->count; i++) {
        if (!cycle_takes_part(cycle, i))
            continue;
        numbers[count] = i;
        jobs[count++] =
            (struct pool_job){.scenario = &config->plan->courses[i].bound,
                              .options = {.folder = cycle->folders[i],
                                          .seed = cycle->rounds[i].seed,
                                          .clock = LOOP_CLOCK_WARP,
                                          .quirk = config->quirk,
                                          .variation = config->has_variation ? &variation : NULL,
                                          .certificates = config->certificates}};
    }
    struct pool_config pool = {.jobs = jobs,
                               .job_count = count,
                               .parallel =
                                   count < config->parallel ? (unsigned)count : config->parallel,
                               .stop = config->stop,
                               .started = pool_started,
                               .finished = pool_finished,
                               .tick = pool_ticked,
                               .context = &context};
    int result = jobs && numbers ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0 && count > 0)
        result = pool_run(&pool, error);
    free(jobs);
    free(numbers);
    return result;
}

int cycle_once(struct cycle *cycle, struct error *error)
{
    cycle->judged = 0;
    int result = prepare(cycle, error);
    if (result == 0)
        result =
            cycle->config->emulated ? run_emulated(cycle, error) : run_on_the_wire(cycle, error);
    if (result == 0 && cycle->result < 0) {
        if (error)
            *error = cycle->error;
        result = cycle->result;
    }
    return result;
}
