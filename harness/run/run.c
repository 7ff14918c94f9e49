/* SPDX-License-Identifier: MIT */
#include "harness/run/run.h"
#include "harness/base/background.h"
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/lab/lab.h"
#include "harness/replay/run_folder.h"
#include "harness/run/course.h"
#include "harness/run/open_files.h"
#include "harness/run/site.h"
#include "harness/run/tls_keys.h"
#include "harness/run/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TICK_MS = 100, QUIRK_TEXT_MAX = 128 };

/* What a run waits for at its two ends (namespaces that are made, sockets that are closed) costs no
 * processor: while one run is at work in a lane, the next is made ready and the last clears away.
 */
enum { SLOTS_A_LANE = 3, SLOTS_MAX = SLOTS_A_LANE * POOL_JOBS_MAX };

struct slot_result { /* shared with the worker */
    bool done;
    struct judgement judgement;
};
struct slot {
    struct pool *pool;
    struct worker worker;
    size_t job;
    enum { SLOT_READY, SLOT_AT_WORK, SLOT_CLEARS_AWAY } stage;
    unsigned lane; /* while it is at work */
    int go[2],
        told[2]; /* pipes: its lane to the worker; a byte from it when the judgement is there */
    uint64_t started_us, wall_us;
    bool too_long;
};
struct pool {
    const struct pool_config *config;
    struct slot_result *results; /* one a slot, shared memory */
    struct slot slots[SLOTS_MAX];
    size_t slot_count;
    bool lanes_taken[POOL_JOBS_MAX];
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
    size_t *indices = calloc(scenario->phone_count + 1, sizeof *indices);
    if (!indices)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < scenario->phone_count; i++)
        indices[i] = i;
    struct course_config config = {
        .site = site, .scenario = scenario, .options = options, .site_indices = indices};
    int result = course_new(&config, ret_course, error);
    free(indices);
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

/* What others do at the same time ends before it begins: the worker has its lane, and a processor
 * with it. */
static void await_go(const struct slot *slot)
{
    uint8_t lane;
    const struct pool_job *job = &slot->pool->config->jobs[slot->job];
    if (read(slot->go[0], &lane, 1) != 1)
        _exit(1); /* nobody is there who would tell */
    if (job->options.clock == LOOP_CLOCK_WARP)
        lab_pin_processor(lane);
}

static void tell_judgement(const struct slot *slot)
{
    slot->pool->results[slot - slot->pool->slots].done = true;
    ssize_t ignored = write(slot->told[1], "", 1); /* its end tells, too */
    (void)ignored;
}

/* Carries one scenario out, in this process, which has entered namespaces of its own. Fills the
 * judgement in every case: what went wrong with the lab is VERDICT_ERROR. */
static void run_scenario(const struct slot *slot, struct judgement *ret_judgement)
{
    const struct pool_job *job = &slot->pool->config->jobs[slot->job];
    const struct scenario *scenario = job->scenario;
    const struct run_options *options = &job->options;
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
    if (options->clock == LOOP_CLOCK_REAL) /* which begins when the site is made */
        await_go(slot);
    int result = run_describe(scenario, options, &plan, &error);
    if (result == 0)
        result = open_files_allow(scenario->phone_count, &error);
    if (result == 0)
        result = site_new(&plan, &site, &error);
    if (options->clock == LOOP_CLOCK_WARP)
        await_go(slot);
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
    tell_judgement(slot);
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
    struct slot_result *result = &slot->pool->results[slot - slot->pool->slots];
    struct error error = {0};
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (lab_enter_namespaces(&error) == 0) {
        run_scenario(slot, &result->judgement);
        return;
    }
    await_go(slot);
    set_error(&result->judgement, error.text);
    tell_judgement(slot);
}

/* --- in the parent -------------------------------------------------------------------------- */

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

static void close_pipes(struct slot *slot)
{
    close_pipe(slot->go);
    close_pipe(slot->told);
}

/* Whether runs may overlap: where the end of one decides about the next, they may not. */
static bool overlaps(const struct pool *pool)
{
    return !pool->config->wanted && !pool->config->each_decides;
}

static int prepare(struct slot *slot, struct pool *pool, struct error *error)
{
    *slot = (struct slot){.pool = pool, .job = pool->next_job++, .go = {-1, -1}, .told = {-1, -1}};
    pool->results[slot - pool->slots].done = false;
    int result = pipe2(slot->go, O_CLOEXEC) < 0 || pipe2(slot->told, O_CLOEXEC) < 0
                     ? error_set_errno(error, errno, "cannot make a pipe")
                     : worker_start(&slot->worker, work, slot, error);
    if (result < 0)
        close_pipes(slot);
    else
        pool->running++;
    return result;
}

static void let_go(struct slot *slot, unsigned lane)
{
    struct pool *pool = slot->pool;
    uint8_t number = (uint8_t)lane;
    slot->stage = SLOT_AT_WORK;
    slot->lane = lane;
    slot->started_us = monotonic_us();
    pool->lanes_taken[lane] = true;
    if (pool->config->started)
        pool->config->started(pool->config->context, slot->job);
    ssize_t ignored = write(slot->go[1], &number, 1); /* one that died is collected */
    (void)ignored;
}

/* The judgement is there: what is left for the worker to do needs no lane. */
static void clear_away(struct slot *slot)
{
    if (slot->stage != SLOT_AT_WORK)
        return;
    slot->stage = SLOT_CLEARS_AWAY;
    slot->wall_us = monotonic_us() - slot->started_us;
    slot->pool->lanes_taken[slot->lane] = false;
}

static uint64_t real_max_us(const struct slot *slot)
{
    const struct scenario *scenario = slot->pool->config->jobs[slot->job].scenario;
    return POOL_WARP_REAL_MAX_US + scenario->phone_count * POOL_WARP_REAL_A_PHONE_US;
}

static void collect(struct slot *slot)
{
    struct pool *pool = slot->pool;
    struct slot_result *result = &pool->results[slot - pool->slots];
    char text[WORKER_TEXT_MAX] = "the run's process did not finish its run";
    if (slot->stage == SLOT_READY && pool->config->started)
        pool->config->started(pool->config->context, slot->job); /* it came to its end before */
    clear_away(slot);
    bool good = worker_collect(&slot->worker, "the run's process", text) && result->done;
    close_pipes(slot);
    pool->running--;
    if (slot->too_long)
        snprintf(text, sizeof text, "the run did not end within %llu s of real time",
                 (unsigned long long)(real_max_us(slot) / 1000000u));
    if (!good)
        set_error(&result->judgement, text);
    if (!pool->config->finished(pool->config->context, slot->job, &result->judgement,
                                slot->wall_us))
        pool->closing = true;
}

static bool stopped(const struct pool *pool)
{
    return pool->config->stop && *pool->config->stop != 0;
}

static void wait_for_workers(struct pool *pool)
{
    struct pollfd ready[2 * SLOTS_MAX];
    struct slot *slots[2 * SLOTS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < pool->slot_count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->worker.pid == 0)
            continue;
        slots[count] = slot;
        ready[count++] = (struct pollfd){.fd = slot->worker.pid_fd, .events = POLLIN};
        if (slot->stage == SLOT_AT_WORK && overlaps(pool)) {
            slots[count] = slot;
            ready[count++] = (struct pollfd){.fd = slot->told[0], .events = POLLIN};
        }
    }
    /* A Ctrl-C reaches the workers too: that one ended by it says nothing about its lab. */
    if (poll(ready, count, TICK_MS) <= 0 || stopped(pool))
        return;
    for (unsigned i = 0; i < count; i++) {
        if (!ready[i].revents || slots[i]->worker.pid == 0)
            continue;
        if (ready[i].fd == slots[i]->worker.pid_fd)
            collect(slots[i]);
        else
            clear_away(slots[i]);
    }
}

static void end_long_runs(struct pool *pool)
{
    uint64_t now_us = monotonic_us();
    for (size_t i = 0; i < pool->slot_count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->worker.pid != 0 && slot->stage != SLOT_READY && !slot->too_long &&
            pool->config->jobs[slot->job].options.clock == LOOP_CLOCK_WARP &&
            now_us - slot->started_us > real_max_us(slot)) {
            slot->too_long = true;
            worker_kill(&slot->worker);
        }
    }
}

static void kill_all(struct pool *pool)
{
    char ignored[WORKER_TEXT_MAX];
    for (size_t i = 0; i < pool->slot_count; i++) {
        struct worker *worker = &pool->slots[i].worker;
        if (worker->pid == 0)
            continue;
        worker_kill(worker);
        worker_collect(worker, "", ignored);
        close_pipes(&pool->slots[i]);
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

static size_t slots_at(const struct pool *pool, int stage)
{
    size_t count = 0;
    for (size_t i = 0; i < pool->slot_count; i++)
        count += pool->slots[i].worker.pid != 0 && (int)pool->slots[i].stage == stage;
    return count;
}

/* The one that has been ready for the longest; NULL = there is none. */
static struct slot *next_ready(struct pool *pool)
{
    struct slot *next = NULL;
    for (size_t i = 0; i < pool->slot_count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->worker.pid != 0 && slot->stage == SLOT_READY && (!next || slot->job < next->job))
            next = slot;
    }
    return next;
}

static void fill_lanes(struct pool *pool)
{
    for (unsigned lane = 0; lane < pool->config->parallel && !pool->closing; lane++) {
        struct slot *slot = pool->lanes_taken[lane] ? NULL : next_ready(pool);
        if (slot)
            let_go(slot, lane);
    }
}

/* As many as there are lanes; where runs don't overlap, no more than go to work at once. */
static int prepare_next(struct pool *pool, struct error *error)
{
    for (size_t i = 0; i < pool->slot_count; i++) {
        size_t ready = slots_at(pool, SLOT_READY);
        size_t at_work = overlaps(pool) ? 0 : slots_at(pool, SLOT_AT_WORK);
        if (ready + at_work >= pool->config->parallel)
            break;
        if (pool->slots[i].worker.pid == 0 && has_job(pool))
            TRY(prepare(&pool->slots[i], pool, error));
    }
    return 0;
}

static int run_all(struct pool *pool, struct error *error)
{
    while (!stopped(pool)) {
        TRY(prepare_next(pool, error));
        fill_lanes(pool);
        /* Those that are ready and will not go any more are ended with the pool. */
        if (pool->running == (pool->closing ? slots_at(pool, SLOT_READY) : 0))
            break;
        wait_for_workers(pool);
        end_long_runs(pool);
        if (pool->config->tick)
            pool->config->tick(pool->config->context);
    }
    return 0;
}

int pool_run(const struct pool_config *config, struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ERROR_MEMORY, "out of memory");
    pool->slot_count = SLOTS_A_LANE * (size_t)config->parallel;
    size_t bytes = pool->slot_count * sizeof *pool->results;
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
