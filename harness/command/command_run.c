/* SPDX-License-Identifier: MIT */
#include "fakes/phone/variation.h"
#include "harness/command/command.h"
#include "harness/command/quirk_option.h"
#include "harness/command/results.h"
#include "harness/lab/certificates.h"
#include "harness/lab/lab.h"
#include "harness/report/report.h"
#include "harness/run/pool.h"
#include "harness/scenario/overview.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEAT_MAX = 1000, COMMAND_BYTES_MAX = 4096 };

struct run_settings {
    uint64_t parallel, seed, repeat;
    const char *out, *tag;
    enum report_format format;
    enum loop_clock clock;
    const struct phone_quirk *quirk;
    bool has_variation;
    uint64_t variation_seed;
    struct phone_variation variation;
    bool fail_fast;
};

static const volatile sig_atomic_t *interrupted;

/* --- options ---------------------------------------------------------------------------------- */

enum {
    OPTION_OUT = OPTION_FIRST_OWN,
    OPTION_SEED,
    OPTION_TAG,
    OPTION_FORMAT,
    OPTION_REPEAT,
    OPTION_FAIL_FAST,
    OPTION_CLOCK,
    OPTION_QUIRK,
    OPTION_VARIATION
};

static const struct option options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"out", required_argument, NULL, OPTION_OUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"tag", required_argument, NULL, OPTION_TAG},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"fail-fast", no_argument, NULL, OPTION_FAIL_FAST},
    {"clock", required_argument, NULL, OPTION_CLOCK},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"variation", required_argument, NULL, OPTION_VARIATION},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* 0, or the exit code + 1. */
static int take_option(struct run_settings *settings, int option, char **arguments)
{
    static const char *const formats[] = {"pretty", "tap", "json", "quiet"};
    static const char *const clocks[] = {"warp", "real"};
    const struct command *self = &command_run;
    int choice = 0;
    switch (option) {
    case 'j':
        if (!command_number(optarg, 1, POOL_JOBS_MAX, &settings->parallel))
            return 1 + command_usage_error(self, "-j: '%s' is no number from 1 to %d", optarg,
                                           POOL_JOBS_MAX);
        return 0;
    case OPTION_OUT:
        settings->out = optarg;
        return *optarg ? 0 : 1 + command_usage_error(self, "--out needs a folder");
    case OPTION_SEED:
        if (!command_number(optarg, 0, UINT64_MAX, &settings->seed))
            return 1 + command_usage_error(self, "--seed: '%s' is no whole number", optarg);
        return 0;
    case OPTION_TAG:
        settings->tag = optarg;
        return 0;
    case OPTION_FORMAT:
        if (!command_choose(optarg, formats, 4, &choice))
            return 1 + command_usage_error(
                           self, "--format: '%s' is none of pretty, tap, json, quiet", optarg);
        settings->format = (enum report_format)choice;
        return 0;
    case OPTION_REPEAT:
        if (!command_number(optarg, 1, REPEAT_MAX, &settings->repeat))
            return 1 + command_usage_error(self, "--repeat: '%s' is no number from 1 to %d", optarg,
                                           REPEAT_MAX);
        return 0;
    case OPTION_FAIL_FAST:
        settings->fail_fast = true;
        return 0;
    case OPTION_CLOCK:
        if (!command_choose(optarg, clocks, 2, &choice))
            return 1 + command_usage_error(self, "--clock: '%s' is neither warp nor real", optarg);
        settings->clock = choice == 0 ? LOOP_CLOCK_WARP : LOOP_CLOCK_REAL;
        return 0;
    case OPTION_QUIRK:
        return quirk_option(self, optarg, &settings->quirk);
    case OPTION_VARIATION:
        if (!command_number(optarg, 0, UINT64_MAX, &settings->variation_seed))
            return 1 + command_usage_error(self, "--variation: '%s' is no whole number", optarg);
        settings->has_variation = true;
        phone_variation_draw(settings->variation_seed, &settings->variation);
        return 0;
    default:
        return 1 + command_common_option(self, option, arguments);
    }
}

static int take_options(struct run_settings *settings, int argument_count, char **arguments)
{
    *settings = (struct run_settings){.parallel = command_parallel_default(),
                                      .seed = RUN_SEED_DEFAULT,
                                      .repeat = 1,
                                      .out = "out",
                                      .format = REPORT_PRETTY,
                                      .clock = LOOP_CLOCK_WARP};
    int option;
    optind = 0; /* a fresh start, glibc's way */
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":j:", options, NULL)) != -1) {
        int code = take_option(settings, option, arguments);
        if (code != 0)
            return code;
    }
    return 0;
}

/* --- the run ------------------------------------------------------------------------------------
 */

struct run_course {
    const struct run_settings *settings;
    struct report_live *live;
    struct results results;
    struct pool_job *jobs;
    struct buffer command; /* see report_live_command */
};

static uint64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

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

static int exit_code_of(const struct report_totals *totals)
{
    if (totals->by_verdict[VERDICT_FAIL] + totals->by_verdict[VERDICT_FLAKY] > 0)
        return EXIT_CODE_FAIL;
    return totals->by_verdict[VERDICT_ERROR] > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
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
    int result = report_live_new(settings->format, stdout, isatty(STDOUT_FILENO) != 0,
                                 command_terminal_columns(), course->results.count,
                                 (unsigned)settings->parallel, &course->live, error);
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
    return exit_code_of(&totals);
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
    int code = take_options(&settings, argument_count, arguments);
    if (code != 0)
        return code - 1;
    if (!command_load_suite(&command_run, arguments + optind, argument_count - optind, &suite))
        return EXIT_CODE_USAGE;
    interrupted = command_catch_signals();
    code = run_suite(&settings, &suite);
    suite_free(&suite);
    return code;
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
        "In DIR: junit.xml, results.json, and for each scenario runs/ID/ with scenario.yaml,\n"
        "timeline.jsonl, capture.pcapng (events in its comments), run.json, verdict.json, logs.\n"
        "Exit codes: 0 all pass, 1 a phone failed, 2 usage or scenario file wrong, 3 lab error.\n",
    .run = run,
};
