/* SPDX-License-Identifier: MIT */
#include "harness/base/monotonic.h"
#include "harness/command/command.h"
#include "harness/command/results.h"
#include "harness/command/run_lab.h"
#include "harness/command/run_settings.h"
#include "harness/lab/certificates.h"
#include "harness/lab/lab.h"
#include "harness/report/report.h"
#include "harness/report/terminal.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_BYTES_MAX = 4096 };

static const volatile sig_atomic_t *interrupted;

/* --- the run ------------------------------------------------------------------------------------
 */

struct run_course {
    const struct run_settings *settings;
    struct report_live *live;
    struct results results;
    struct pool_job *jobs;
    struct buffer command; /* see report_live_command */
};

static void job_started(void *context, size_t job)
{
    struct run_course *course = context;
    report_live_started(course->live, course->jobs[job].scenario);
}

/* A result comes with the command that repeats it: repeat N has the seed N - 1 further on. */
static void show_result(struct run_course *course, const struct report_result *result)
{
    const struct run_settings *settings = course->settings;
    uint64_t seed = settings->seed + (result->repeat > 1 ? result->repeat - 1 : 0);
    buffer_clear(&course->command);
    buffer_format(&course->command, "%s run", command_program());
    if (seed != RUN_SEED_DEFAULT)
        buffer_format(&course->command, " --seed %" PRIu64, seed);
    if (settings->quirk)
        buffer_format(&course->command, " --quirk %s", settings->quirk->name);
    if (settings->has_variation)
        buffer_format(&course->command, " --variation %" PRIu64, settings->variation_seed);
    if (settings->clock == LOOP_CLOCK_REAL)
        buffer_text(&course->command, " --clock real");
    if (result->judgement->verdict == VERDICT_FLAKY)
        buffer_format(&course->command, " --repeat %" PRIu64, settings->repeat);
    report_live_command(course->live, buffer_string(&course->command));
    report_live_result(course->live, result);
}

static bool job_finished(void *context, size_t job, const struct judgement *judgement,
                         uint64_t wall_us)
{
    struct run_course *course = context;
    const struct report_result *result = results_add(&course->results, job, judgement, wall_us);
    show_result(course, result);
    return !(course->settings->fail_fast && judgement->verdict != VERDICT_PASS &&
             judgement->verdict != VERDICT_SKIP);
}

static void job_tick(void *context)
{
    struct run_course *course = context;
    report_live_tick(course->live, monotonic_us());
}

static int run_jobs(struct run_course *course, struct error *error)
{
    struct pool_config pool = {.jobs = course->jobs,
                               .job_count = course->results.count,
                               .parallel = (unsigned)course->settings->parallel,
                               .stop = interrupted,
                               .started = job_started,
                               .finished = job_finished,
                               .tick = job_tick,
                               .context = course};
    if (pool.job_count < pool.parallel)
        pool.parallel = pool.job_count ? (unsigned)pool.job_count : 1;
    return pool_run(&pool, error);
}

/* Its repeats were shown one by one, each with a verdict of its own. */
static void show_flaky(struct run_course *course)
{
    for (size_t i = 0; i < course->results.count; i++) {
        if (course->results.have[i] && course->results.judgements[i].verdict == VERDICT_FLAKY)
            show_result(course, &course->results.items[i]);
    }
}

static int run_and_report(struct run_course *course, struct error *error)
{
    const struct run_settings *settings = course->settings;
    struct report_totals totals;
    uint64_t started_us = monotonic_us();
    int result =
        report_live_new(settings->format, stdout, isatty(STDOUT_FILENO) != 0, terminal_columns(),
                        course->results.count, (unsigned)settings->parallel, &course->live, error);
    if (result == 0)
        result = run_jobs(course, error);
    if (result == 0) {
        results_merge_repeats(&course->results);
        show_flaky(course);
        results_totals(&course->results, monotonic_us() - started_us, &totals);
        result = results_write(&course->results, settings->out, &totals, error);
    }
    if (result == 0)
        report_live_end(course->live, &totals, settings->out);
    report_live_free(course->live);
    if (result < 0)
        return command_lab_error(error);
    if (*interrupted) {
        fputs("rclab: interrupted; what had not ended is not in the reports\n", stderr);
        return EXIT_CODE_INTERRUPTED;
    }
    return results_exit_code(&totals);
}

/* A job for each scenario and repeat, its folder made. */
static int prepare(struct run_course *course, const struct suite *suite,
                   const struct certificates *certificates, struct error *error)
{
    const struct run_settings *settings = course->settings;
    const struct phone_variation *variation = settings->has_variation ? &settings->variation : NULL;
    int result = results_init(&course->results, suite, settings->tag, (unsigned)settings->repeat,
                              settings->seed, settings->out, error);
    if (result < 0)
        return result;
    course->jobs = calloc(course->results.count + 1, sizeof *course->jobs);
    if (!course->jobs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < course->results.count; i++) {
        const struct report_result *item = &course->results.items[i];
        course->jobs[i] = (struct pool_job){.scenario = item->scenario,
                                            .options = {.folder = item->folder,
                                                        .seed = item->seed,
                                                        .clock = settings->clock,
                                                        .quirk = settings->quirk,
                                                        .variation = variation,
                                                        .certificates = certificates}};
    }
    return 0;
}

static int run_suite(const struct run_settings *settings, const struct suite *suite)
{
    struct run_course course = {.settings = settings};
    buffer_init(&course.command, COMMAND_BYTES_MAX);
    struct certificates certificates = {0};
    struct error error = {0};
    int code;
    int result = certificates_make(LAB_EDOS_HOST, lab_plan_emulated.edos, LAB_PROVISION_HOST,
                                   lab_plan_emulated.provision, &certificates, &error);
    if (result == 0)
        result = prepare(&course, suite, &certificates, &error);
    if (result < 0)
        code = command_lab_error(&error);
    else if (course.results.count == 0)
        code = command_usage_error(&command_run, "no scenario has the tag '%s'", settings->tag);
    else
        code = run_and_report(&course, &error);
    buffer_done(&course.command);
    free(course.jobs);
    results_done(&course.results);
    certificates_done(&certificates);
    return code;
}

static int run(int argument_count, char **arguments)
{
    struct run_settings settings;
    struct suite suite;
    int code = run_settings_take(&settings, argument_count, arguments);
    if (code == 0 &&
        !command_load_suite(&command_run, arguments + optind, argument_count - optind, &suite))
        code = 1 + EXIT_CODE_USAGE;
    if (code == 0) {
        interrupted = command_catch_signals();
        bool emulated = !settings.lab.file;
        if (settings.lab.file)
            code = 1 + run_lab(&settings, &suite, interrupted, &emulated);
        if (emulated)
            code = 1 + run_suite(&settings, &suite);
        suite_free(&suite);
    }
    run_settings_done(&settings);
    return code - 1;
}

const struct command command_run = {
    .name = "run",
    .summary = "carries scenarios out and gives a verdict on each",
    .help =
        "Usage: rclab run [OPTION]… [PATH…]\n"
        "Carries out the scenarios of the files and folders PATH (default: scenarios) on emulated\n"
        "phones: real dnsmasq, real packets, real TLS, time that jumps where nothing happens.\n"
        "Runs as root, or as a user who may make user namespaces.\n\n"
        "  -j, --jobs=N       so many scenarios side by side (default: one a processor)\n"
        "      --out=DIR      where the reports and runs go (default: out)\n"
        "      --seed=N       of everything drawn at random; same seed, same timeline (default: "
        "1)\n"
        "      --tag=T        only scenarios with this tag\n"
        "      --format=F     pretty (default), tap, json (a line a result), quiet\n"
        "      --repeat=N     each scenario N times, with seeds of their own; what differs is "
        "FLAKY\n"
        "      --fail-fast    start nothing new after the first scenario that does not pass\n"
        "      --clock=C      warp (default), or real: nothing is skipped\n"
        "      --quirk=NAME   phones with this deliberate defect: the suite must fail\n"
        "                         (--quirk=help lists them)\n"
        "      --variation=N  phones drawn from this seed, as sound as the plain ones\n"
        "      --help         this text;  --version\n\n"
        "With real devices instead (scenarios/lab-file.md), as root:\n"
        "      --lab=FILE     the lab: its wire, its phones, how they are reset\n"
        "      --phone=NAME   only this one of the lab's phones; may be given several times\n"
        "      --max-duration=D  skip scenarios that take longer (default: 30m; 0s: none)\n"
        "      --no-prompt    skip what a person would have to do by hand\n"
        "      --i-own-this-network  go on although the interface carries the default route, or\n"
        "                     another DHCP server answers on it\n\n"
        "In DIR: junit.xml, results.json, and for each scenario runs/ID/ with scenario.yaml,\n"
        "timeline.jsonl, capture.pcapng (events in its comments), run.json, verdict.json, logs.\n"
        "Exit codes: 0 all pass, 1 a phone failed, 2 usage or scenario file wrong, 3 lab error.\n",
    .run = run,
};
