/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/command/results.h"
#include "harness/command/run.h"
#include "harness/run/run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMAND_BYTES_MAX = 4096 };

struct emulated_run {
    const struct run_settings *settings;
    const volatile sig_atomic_t *interrupted;
    struct report_live *live;
    struct results results;
    struct pool_job *jobs;
    struct buffer command; /* see report_live_command */
};

static void job_started(void *context, size_t job)
{
    struct emulated_run *run = context;
    report_live_started(run->live, run->jobs[job].scenario);
}

/* A result comes with the command that repeats it: repeat N has the seed N - 1 further on. */
static void show_result(struct emulated_run *run, const struct report_result *result)
{
    const struct run_settings *settings = run->settings;
    uint64_t seed = settings->seed + (result->repeat > 1 ? result->repeat - 1 : 0);
    buffer_clear(&run->command);
    buffer_format(&run->command, "%s run", command_program());
    if (seed != RUN_SEED_DEFAULT)
        buffer_format(&run->command, " --seed %" PRIu64, seed);
    if (settings->quirk)
        buffer_format(&run->command, " --quirk %s", settings->quirk->name);
    if (settings->variation.given)
        buffer_format(&run->command, " --variation %" PRIu64, settings->variation.seed);
    if (settings->clock == LOOP_CLOCK_REAL)
        buffer_text(&run->command, " --clock real");
    if (result->judgement->verdict == VERDICT_FLAKY)
        buffer_format(&run->command, " --repeat %" PRIu64, settings->repeat);
    report_live_command(run->live, buffer_string(&run->command));
    report_live_result(run->live, result);
}

static bool job_finished(void *context, size_t job, const struct judgement *judgement,
                         uint64_t wall_us)
{
    struct emulated_run *run = context;
    const struct report_result *result = results_add(&run->results, job, judgement, wall_us);
    show_result(run, result);
    return !(run->settings->fail_fast && judgement->verdict != VERDICT_PASS &&
             judgement->verdict != VERDICT_SKIP);
}

static void job_tick(void *context)
{
    struct emulated_run *run = context;
    report_live_tick(run->live, monotonic_us());
}

static int run_jobs(struct emulated_run *run, struct error *error)
{
    struct pool_config pool = {.jobs = run->jobs,
                               .job_count = run->results.count,
                               .parallel = (unsigned)run->settings->parallel,
                               .stop = run->interrupted,
                               .started = job_started,
                               .finished = job_finished,
                               .tick = job_tick,
                               .context = run};
    if (pool.job_count < pool.parallel)
        pool.parallel = pool.job_count ? (unsigned)pool.job_count : 1;
    return pool_run(&pool, error);
}

/* Its repeats were shown one by one, each with a verdict of its own. */
static void show_flaky(struct emulated_run *run)
{
    for (size_t i = 0; i < run->results.count; i++) {
        if (run->results.have[i] && run->results.judgements[i].verdict == VERDICT_FLAKY)
            show_result(run, &run->results.items[i]);
    }
}

static enum exit_code run_and_report(struct emulated_run *run, struct error *error)
{
    const struct run_settings *settings = run->settings;
    enum exit_code code;
    uint64_t started_us = monotonic_us();
    int result =
        report_live_new((enum report_format)settings->format, stdout, isatty(STDOUT_FILENO) != 0,
                        terminal_columns(), run->results.count, &run->live, error);
    if (result == 0)
        result = run_jobs(run, error);
    if (result == 0) {
        results_merge_repeats(&run->results);
        show_flaky(run);
        code = results_report(&run->results, run->live, monotonic_us() - started_us, settings->out,
                              *run->interrupted != 0);
    } else {
        code = command_lab_error(error);
    }
    report_live_free(run->live);
    return code;
}

/* A job for each scenario and repeat, its folder made. */
static int prepare(struct emulated_run *run, const struct suite *suite,
                   const struct certificates *certificates, struct error *error)
{
    const struct run_settings *settings = run->settings;
    const struct phone_variation *variation =
        settings->variation.given ? &settings->variation.drawn : NULL;
    int result = results_init(&run->results, suite, settings->tag, (unsigned)settings->repeat,
                              settings->seed, settings->out, error);
    if (result < 0)
        return result;
    run->jobs = calloc(run->results.count + 1, sizeof *run->jobs);
    if (!run->jobs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < run->results.count; i++) {
        const struct report_result *item = &run->results.items[i];
        run->jobs[i] = (struct pool_job){.scenario = item->scenario,
                                         .options = {.folder = item->folder,
                                                     .seed = item->seed,
                                                     .clock = (enum loop_clock)settings->clock,
                                                     .quirk = settings->quirk,
                                                     .variation = variation,
                                                     .certificates = certificates}};
    }
    return 0;
}

enum exit_code run_emulated(const struct run_settings *settings, const struct suite *suite,
                            const volatile sig_atomic_t *interrupted)
{
    struct emulated_run run = {.settings = settings, .interrupted = interrupted};
    struct certificates certificates = {0};
    struct error error = {0};
    enum exit_code code;
    buffer_init(&run.command, COMMAND_BYTES_MAX);
    int result = lab_session_emulated_certificates(&certificates, &error);
    if (result == 0)
        result = prepare(&run, suite, &certificates, &error);
    if (result < 0)
        code = command_lab_error(&error);
    else if (run.results.count == 0)
        code = command_usage_error(&command_run, "no scenario has the tag '%s'", settings->tag);
    else
        code = run_and_report(&run, &error);
    buffer_done(&run.command);
    free(run.jobs);
    results_done(&run.results);
    certificates_done(&certificates);
    return code;
}
