/* SPDX-License-Identifier: MIT */
#include "harness/run/run.h"
#include "harness/base/background.h"
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/lab/lab.h"
#include "harness/replay/run_folder.h"
#include "harness/run/course.h"
#include "harness/run/site.h"
#include "harness/run/tls_keys.h"
#include "harness/run/worker.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TICK_MS = 100, QUIRK_TEXT_MAX = 128 };

struct slot_result { /* shared with the worker */
    bool done;
    struct judgement judgement;
};
struct slot {
    struct pool *pool;
    struct worker worker;
    size_t job;
    uint64_t started_us;
    bool too_long;
};
struct pool {
    const struct pool_config *config;
    struct slot_result *results; /* one a slot, shared memory */
    struct slot slots[POOL_JOBS_MAX];
    size_t next_job, running;
    bool closing; /* start no more */
};

uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id)
{
    struct random_source random;
    random_seed_named(&random, seed, scenario_id);
    return random_u64(&random);
}

/* --- one scenario, in a worker -------------------------------------------------------------- */

static bool quiet(void *context)
{
    struct course *course = context;
    bool started = course_quiet(course);
    if (course_is_over(course))
        loop_stop(course->site->loop);
    return started || course_is_over(course);
}

static void carry_out(struct course *course)
{
    struct error error = {0};
    uint64_t stall_us = course->options->stall_real_us;
    int result = loop_run(course->site->loop, quiet, course,
                          stall_us ? stall_us : RUN_STALL_REAL_US, &error);
    course_finish(course, result, &error);
}

static int begin_course(struct site *site, const struct scenario *scenario,
                        const struct run_options *options, struct course **ret_course,
                        struct error *error)
{
    size_t indices[SCENARIO_PHONES_MAX];
    for (size_t i = 0; i < scenario->phone_count; i++)
        indices[i] = i;
    struct course_config config = {
        .site = site, .scenario = scenario, .options = options, .site_indices = indices};
    int result = course_new(&config, ret_course, error);
    if (result == 0 && site->plan->lab.links)
        result =
            site_set_network(site, SITE_NOBODY,
                             scenario->has_network ? &scenario->network : options->network, error);
    return result < 0
               ? result
               : site_serve(site, &scenario->dns, &scenario->edos, &scenario->provision, error);
}

int run_describe(const struct scenario *scenario, const struct run_options *options,
                 const struct site_plan *plan, struct error *error)
{
    char substitutions[SUBSTITUTE_COUNT][SITE_SUBSTITUTION_MAX], quirk[QUIRK_TEXT_MAX] = "";
    if (options->quirk && options->quirk_every)
        snprintf(quirk, sizeof quirk, "%s@%zu", options->quirk->name, options->quirk_every);
    else if (options->quirk)
        snprintf(quirk, sizeof quirk, "%s", options->quirk->name);
    struct run_facts facts = {.seed = options->seed,
                              .clock = options->clock == LOOP_CLOCK_WARP ? "warp" : "real",
                              .quirk = quirk,
                              .network = scenario->has_network ? NULL : options->network_text,
                              .real_devices = options->real_devices};
    site_plan_substitutions(plan, substitutions);
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        facts.substitutions[i] = substitutions[i];
    return run_folder_write(options->folder, scenario, &facts, error);
}

/* Carries one scenario out, in this process, which has entered namespaces of its own. Fills the
 * judgement in every case: what went wrong with the lab is VERDICT_ERROR. */
static void run_scenario(const struct scenario *scenario, const struct run_options *options,
                         struct judgement *ret_judgement)
{
    struct site_plan plan = site_plan_emulated(scenario->phone_count);
    struct site *site = NULL;
    struct course *course = NULL;
    struct error error = {0};
    plan.lab.links = scenario->has_network || options->network;
    plan.certificates = options->certificates;
    plan.clock = options->clock;
    plan.seed = options->seed;
    plan.folder = options->folder;
    memset(ret_judgement, 0, sizeof *ret_judgement);
    tls_keys_record(options->folder);
    int result = run_describe(scenario, options, &plan, &error);
    if (result == 0)
        result = site_new(&plan, &site, &error);
    if (result == 0)
        result = begin_course(site, scenario, options, &course, &error);
    if (result == 0) {
        carry_out(course);
        course_judgement(course, ret_judgement);
        result = tls_keys_embed(options->folder, options->folder, RECORDER_CAPTURE_NAME, &error);
        tls_keys_remove(options->folder);
    }
    if (result < 0)
        judgement_set_error(ret_judgement, error.text);
    course_free(course);
    site_free(site);
    background_wait();
}

static void set_error(struct judgement *judgement, const char *text)
{
    memset(judgement, 0, sizeof *judgement);
    judgement_set_error(judgement, text);
}

static void work(void *context)
{
    const struct slot *slot = context;
    const struct pool_job *job = &slot->pool->config->jobs[slot->job];
    unsigned index = (unsigned)(slot - slot->pool->slots);
    struct slot_result *result = &slot->pool->results[index];
    struct error error = {0};
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (job->options.clock == LOOP_CLOCK_WARP)
        lab_pin_processor(index);
    if (lab_enter_namespaces(&error) < 0)
        set_error(&result->judgement, error.text);
    else
        run_scenario(job->scenario, &job->options, &result->judgement);
    result->done = true;
}

/* --- in the parent -------------------------------------------------------------------------- */

static int start(struct pool *pool, unsigned index, struct error *error)
{
    struct slot *slot = &pool->slots[index];
    *slot = (struct slot){.pool = pool, .job = pool->next_job++, .started_us = monotonic_us()};
    pool->results[index].done = false;
    TRY(worker_start(&slot->worker, work, slot, error));
    pool->running++;
    if (pool->config->started)
        pool->config->started(pool->config->context, slot->job);
    return 0;
}

static void collect(struct pool *pool, unsigned index)
{
    struct slot *slot = &pool->slots[index];
    struct slot_result *result = &pool->results[index];
    char text[WORKER_TEXT_MAX] = "the run's process did not finish its run";
    bool good = worker_collect(&slot->worker, "the run's process", text) && result->done;
    pool->running--;
    if (slot->too_long)
        snprintf(text, sizeof text, "the run did not end within %llu s of real time",
                 (unsigned long long)(POOL_WARP_REAL_MAX_US / 1000000u));
    if (!good)
        set_error(&result->judgement, text);
    if (!pool->config->finished(pool->config->context, slot->job, &result->judgement,
                                monotonic_us() - slot->started_us))
        pool->closing = true;
}

static bool stopped(const struct pool *pool)
{
    return pool->config->stop && *pool->config->stop != 0;
}

static void wait_for_workers(struct pool *pool)
{
    struct pollfd ready[POOL_JOBS_MAX];
    unsigned indices[POOL_JOBS_MAX], count = 0;
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        if (pool->slots[i].worker.pid == 0)
            continue;
        indices[count] = i;
        ready[count++] = (struct pollfd){.fd = pool->slots[i].worker.pid_fd, .events = POLLIN};
    }
    /* A Ctrl-C reaches the workers too: that one ended by it says nothing about its lab. */
    if (poll(ready, count, TICK_MS) > 0 && !stopped(pool)) {
        for (unsigned i = 0; i < count; i++) {
            if (ready[i].revents)
                collect(pool, indices[i]);
        }
    }
}

static void end_long_runs(struct pool *pool)
{
    uint64_t now_us = monotonic_us();
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->worker.pid != 0 && !slot->too_long &&
            pool->config->jobs[slot->job].options.clock == LOOP_CLOCK_WARP &&
            now_us - slot->started_us > POOL_WARP_REAL_MAX_US) {
            slot->too_long = true;
            worker_kill(&slot->worker);
        }
    }
}

static void kill_all(struct pool *pool)
{
    char ignored[WORKER_TEXT_MAX];
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        struct worker *worker = &pool->slots[i].worker;
        if (worker->pid == 0)
            continue;
        worker_kill(worker);
        worker_collect(worker, "", ignored);
    }
}

static bool has_job(struct pool *pool)
{
    const struct pool_config *config = pool->config;
    if (pool->closing)
        return false;
    while (pool->next_job < config->job_count && config->wanted &&
           !config->wanted(config->context, pool->next_job))
        pool->next_job++;
    return pool->next_job < config->job_count;
}

static int run_all(struct pool *pool, struct error *error)
{
    const struct pool_config *config = pool->config;
    while (!stopped(pool)) {
        for (unsigned i = 0; i < config->parallel; i++) {
            if (pool->slots[i].worker.pid != 0 || !has_job(pool))
                continue;
            int result = start(pool, i, error);
            if (result < 0)
                return result;
        }
        if (pool->running == 0)
            break;
        wait_for_workers(pool);
        end_long_runs(pool);
        if (config->tick)
            config->tick(config->context);
    }
    return 0;
}

int pool_run(const struct pool_config *config, struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t bytes = config->parallel * sizeof *pool->results;
    pool->config = config;
    pool->results = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pool->results == MAP_FAILED) {
        free(pool);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    int result = run_all(pool, error);
    kill_all(pool);
    munmap(pool->results, bytes);
    free(pool);
    return result;
}
