/* SPDX-License-Identifier: MIT */
/* `rclab run`, its two ways: on emulated phones, each scenario in a lab of its own, or on real
 * devices, in rounds on one wire. */
#include "fakes/phone/quirks.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/command/lab_session.h"
#include "harness/command/results.h"
#include "harness/loop/loop.h"
#include "harness/rack/rack.h"
#include "harness/rack/rack_screen.h"
#include "harness/report/report.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPEAT_MAX = 1000, COMMAND_BYTES_MAX = 4096, QUIRK_NAME_MAX = 128 };

struct run_settings {
    uint64_t parallel, seed, repeat;
    const char *out, *tag;
    int format; /* an enum report_format */
    int clock;  /* an enum loop_clock */
    struct run_quirk {
        const char *text; /* as typed; NULL = sound phones */
        const struct phone_quirk *quirk;
        uint64_t every; /* 0 = of all phones */
    } quirk;
    struct option_variation variation; /* of emulated phones */
    struct run_network {               /* lines of scenarios that say nothing of them */
        const char *text;              /* NULL = plain */
        struct scenario_network network;
    } network;
    bool fail_fast;
    /* Of a lab of real devices: */
    struct lab_options lab;   /* no file: the phones are emulated */
    uint64_t duration_max_us; /* real time that a scenario may take; 0 = any */
};

struct run {
    const struct run_settings *settings;
    const volatile sig_atomic_t *interrupted;
    struct report_live *live;
    struct results results;
    struct buffer command; /* see report_live_command */
    uint64_t started_us;
    struct pool_job *jobs; /* of emulated phones */
    struct lab_run {       /* of a lab of real devices */
        struct lab_session session;
        struct rack_plan plan;
        struct suite bound; /* the plan's scenarios; only the list is owned */
        struct rack_round_course *courses;
        struct rack_quarantine *quarantine;
        struct rack_screen *screen;
        char folder[FILE_PATH_MAX]; /* of the rounds */
    } lab;
};

/* --- options --------------------------------------------------------------------------------- */

static enum exit_code take_network(const struct command *command, void *member, const char *value)
{
    struct run_network *network = member;
    struct diagnostics diagnostics;
    enum exit_code code = GO_ON;
    diagnostics_init(&diagnostics);
    if (network_parse("--network", value, &network->network, &diagnostics))
        network->text = value;
    else
        code = command_usage_error(command, "--network: %s",
                                   diagnostics.count ? diagnostics.items[0].text : "out of memory");
    diagnostics_done(&diagnostics);
    return code;
}

/* NAME, or NAME@N: of every Nth phone. */
static enum exit_code take_quirk(const struct command *command, void *member, const char *value)
{
    struct run_quirk *quirk = member;
    const char *at = strchr(value, '@');
    char name[QUIRK_NAME_MAX];
    if (!at)
        at = value + strlen(value);
    else if (!option_number(at + 1, 1, SCENARIO_PHONES_MAX, &quirk->every))
        return command_usage_error(command, "--quirk: '%s' is no number from 1 to %d", at + 1,
                                   SCENARIO_PHONES_MAX);
    snprintf(name, sizeof name, "%.*s", (int)(at - value), value);
    quirk->text = value;
    return option_take_quirk(command, &quirk->quirk, name);
}

/* In the order of enum report_format and enum loop_clock. */
static const char *const formats[] = {"pretty", "tap", "json", "quiet", NULL};
static const char *const clocks[] = {"warp", "real", NULL};

#define TO(member) offsetof(struct run_settings, member)
static const struct command_option options[] = {
    OPTION_JOBS(struct run_settings, parallel, "is no number from"),
    OPTION_OUT(struct run_settings, out),
    {"seed", .kind = OPTION_NUMBER, .to = TO(seed), .most = UINT64_MAX,
     .complaint = "is no whole number"},
    {"tag", .kind = OPTION_TEXT, .to = TO(tag)},
    {"format", .kind = OPTION_WORD, .to = TO(format), .words = formats,
     .complaint = "is none of pretty, tap, json, quiet"},
    {"repeat", .kind = OPTION_NUMBER, .to = TO(repeat), .least = 1, .most = REPEAT_MAX,
     .complaint = "is no number from"},
    {"fail-fast", .kind = OPTION_FLAG, .to = TO(fail_fast)},
    {"clock", .kind = OPTION_WORD, .to = TO(clock), .words = clocks,
     .complaint = "is neither warp nor real"},
    {"quirk", .kind = OPTION_OWN, .to = TO(quirk), .take = take_quirk},
    {"network", .kind = OPTION_OWN, .to = TO(network), .take = take_network},
    OPTION_VARIATION(struct run_settings, variation),
    LAB_OPTIONS(struct run_settings, lab),
    {"max-duration", .kind = OPTION_DURATION, .to = TO(duration_max_us),
     .complaint = "is no duration such as 90s, 30m or 2h"},
    {.name = NULL},
};

/* An option that would not do anything is a misunderstanding. */
static enum exit_code check(const struct run_settings *settings)
{
    const struct lab_options *lab = &settings->lab;
    bool of_a_lab = lab->phone_count > 0 || lab->no_prompt || lab->owns_network ||
                    settings->duration_max_us != RACK_DURATION_MAX_DEFAULT_US;
    if (!lab->file && of_a_lab)
        return command_usage_error(&command_run, "--phone, --max-duration, --no-prompt and "
                                                 "--i-own-this-network go with --lab");
    if (lab->file && (settings->quirk.text || settings->variation.text || settings->network.text ||
                      settings->repeat > 1))
        return command_usage_error(
            &command_run, "--quirk, --variation, --network and --repeat are for emulated phones; "
                          "with --lab use `rclab cycle` to repeat");
    return GO_ON;
}

/* --- what both ways have in common ----------------------------------------------------------- */

static int open_live(struct run *run, struct error *error)
{
    run->started_us = monotonic_us();
    return report_live_new((enum report_format)run->settings->format, stdout,
                           isatty(STDOUT_FILENO) != 0, terminal_columns(), run->results.count,
                           &run->live, error);
}

/* A result comes with the command that repeats it, which is in `command`. */
static void show_result(struct run *run, const struct report_result *result)
{
    report_live_command(run->live, buffer_string(&run->command));
    report_live_result(run->live, result);
}

/* Whether anything is started after it. */
static bool goes_on(const struct run *run, const struct judgement *judgement)
{
    return !run->settings->fail_fast || judgement->verdict == VERDICT_PASS ||
           judgement->verdict == VERDICT_SKIP;
}

static enum exit_code report(const struct run *run)
{
    return results_report(&run->results, run->live, monotonic_us() - run->started_us,
                          run->settings->out, *run->interrupted != 0);
}

static enum exit_code no_such_tag(const struct run *run)
{
    return command_usage_error(&command_run, "no scenario has the tag '%s'", run->settings->tag);
}

/* --- emulated phones ------------------------------------------------------------------------- */

static void job_started(void *context, size_t job)
{
    struct run *run = context;
    report_live_started(run->live, run->jobs[job].scenario);
}

/* Repeat N has the seed N - 1 further on. */
static void tell_result(struct run *run, const struct report_result *result)
{
    const struct run_settings *settings = run->settings;
    uint64_t seed = settings->seed + (result->repeat > 1 ? result->repeat - 1 : 0);
    buffer_clear(&run->command);
    buffer_format(&run->command, "%s run", command_program());
    if (seed != RUN_SEED_DEFAULT)
        buffer_format(&run->command, " --seed %" PRIu64, seed);
    if (settings->quirk.text)
        buffer_format(&run->command, " --quirk %s", settings->quirk.text);
    if (settings->network.text)
        buffer_format(&run->command, " --network '%s'", settings->network.text);
    if (settings->variation.text)
        buffer_format(&run->command, " --variation %" PRIu64, settings->variation.seed);
    if (settings->clock == LOOP_CLOCK_REAL)
        buffer_text(&run->command, " --clock real");
    if (result->judgement->verdict == VERDICT_FLAKY)
        buffer_format(&run->command, " --repeat %" PRIu64, settings->repeat);
    show_result(run, result);
}

static bool job_finished(void *context, size_t job, const struct judgement *judgement,
                         uint64_t wall_us)
{
    struct run *run = context;
    tell_result(run, results_add(&run->results, job, judgement, wall_us));
    return goes_on(run, judgement);
}

static void job_tick(void *context)
{
    struct run *run = context;
    report_live_tick(run->live, monotonic_us());
}

static int run_jobs(struct run *run, struct error *error)
{
    struct pool_config pool = {.each_decides = run->settings->fail_fast,
                               .jobs = run->jobs,
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
static void show_flaky(struct run *run)
{
    for (size_t i = 0; i < run->results.count; i++) {
        if (run->results.have[i] && run->results.judgements[i].verdict == VERDICT_FLAKY)
            tell_result(run, &run->results.items[i]);
    }
}

/* A job for each scenario and repeat, its folder made. */
static int prepare_jobs(struct run *run, const struct suite *suite,
                        const struct certificates *certificates, struct error *error)
{
    const struct run_settings *settings = run->settings;
    const struct phone_variation *variation =
        settings->variation.text ? &settings->variation.drawn : NULL;
    int result = results_init(&run->results, suite, settings->tag, (unsigned)settings->repeat,
                              settings->seed, settings->out, error);
    if (result < 0)
        return result;
    run->jobs = calloc(run->results.count + 1, sizeof *run->jobs);
    if (!run->jobs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < run->results.count; i++) {
        const struct report_result *item = &run->results.items[i];
        run->jobs[i] = (struct pool_job){
            .scenario = item->scenario,
            .options = {.folder = item->folder,
                        .seed = item->seed,
                        .clock = (enum loop_clock)settings->clock,
                        .network = settings->network.text ? &settings->network.network : NULL,
                        .network_text = settings->network.text,
                        .quirk = settings->quirk.quirk,
                        .quirk_every = settings->quirk.every,
                        .variation = variation,
                        .certificates = certificates}};
    }
    return 0;
}

static enum exit_code run_emulated(struct run *run, const struct suite *suite)
{
    struct certificates certificates = {0};
    struct error error = {0};
    int result = lab_session_emulated_certificates(&certificates, &error);
    if (result == 0)
        result = prepare_jobs(run, suite, &certificates, &error);
    enum exit_code code = result == 0 && run->results.count == 0 ? no_such_tag(run) : GO_ON;
    if (result == 0 && code == GO_ON)
        result = open_live(run, &error);
    if (result == 0 && code == GO_ON)
        result = run_jobs(run, &error);
    if (result < 0) {
        code = command_lab_error(&error);
    } else if (code == GO_ON) {
        results_merge_repeats(&run->results);
        show_flaky(run);
        code = report(run);
    }
    certificates_done(&certificates);
    return code;
}

/* --- real devices: as it goes ---------------------------------------------------------------- */

static void course_started(void *context, size_t course)
{
    struct run *run = context;
    rack_screen_started(run->lab.screen, course);
    report_live_started(run->live, &run->lab.plan.courses[course].bound);
}

/* The command that repeats it: the same scenario on the same phones. */
static bool course_finished(void *context, size_t course, const struct judgement *judgement,
                            uint64_t wall_us)
{
    struct run *run = context;
    const struct scenario *bound = &run->lab.plan.courses[course].bound;
    buffer_clear(&run->command);
    buffer_format(&run->command, "%s run --lab %s", command_program(), run->settings->lab.file);
    if (bound->phone_count == 1)
        buffer_format(&run->command, " --phone %s", bound->phones[0].name);
    rack_screen_finished(run->lab.screen, course, judgement);
    show_result(run, results_add(&run->results, course, judgement, wall_us));
    return goes_on(run, judgement);
}

static void news_heard(void *context, const struct rack_news *news)
{
    struct run *run = context;
    rack_screen_news(run->lab.screen, news);
}

static void ticked(void *context)
{
    struct run *run = context;
    rack_screen_tick(run->lab.screen, monotonic_us());
}

/* --- real devices: before it ----------------------------------------------------------------- */

/* The suite, of scenarios with the tag only. */
static bool choose_scenarios(const struct run_settings *settings, const struct suite *suite,
                             struct suite *ret_chosen)
{
    *ret_chosen = (struct suite){.scenarios = calloc(suite->count + 1, sizeof *suite->scenarios)};
    for (size_t i = 0; ret_chosen->scenarios && i < suite->count; i++) {
        if (!settings->tag || scenario_has_tag(suite->scenarios[i], settings->tag))
            ret_chosen->scenarios[ret_chosen->count++] = suite->scenarios[i];
    }
    return ret_chosen->scenarios != NULL;
}

static enum exit_code make_plan(struct run *run, const struct suite *suite, struct error *error)
{
    const struct run_settings *settings = run->settings;
    struct rack_options planning = {.duration_max_us = settings->duration_max_us,
                                    .no_prompt = settings->lab.no_prompt};
    struct suite scenarios = {0};
    bool *chosen;
    enum exit_code code =
        lab_session_choose(&command_run, run->lab.session.lab, &settings->lab, &chosen);
    if (code != GO_ON)
        return code;
    int result = choose_scenarios(settings, suite, &scenarios)
                     ? rack_plan_make(&scenarios, run->lab.session.lab, chosen, &planning,
                                      &run->lab.plan, error)
                     : error_set(error, ERROR_MEMORY, "out of memory");
    free(scenarios.scenarios);
    free(chosen);
    if (result < 0)
        return command_lab_error(error);
    if (run->lab.plan.count == 0)
        return no_such_tag(run);
    return GO_ON;
}

static int prepare_courses(struct run *run, struct error *error)
{
    const struct run_settings *settings = run->settings;
    size_t count = run->lab.plan.count;
    run->lab.bound.scenarios = calloc(count + 1, sizeof *run->lab.bound.scenarios);
    run->lab.courses = calloc(count + 1, sizeof *run->lab.courses);
    run->lab.quarantine =
        calloc(run->lab.session.lab->phone_count + 1, sizeof *run->lab.quarantine);
    if (!run->lab.bound.scenarios || !run->lab.courses || !run->lab.quarantine)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        run->lab.bound.scenarios[run->lab.bound.count++] = &run->lab.plan.courses[i].bound;
    int result =
        results_init(&run->results, &run->lab.bound, NULL, 1, settings->seed, settings->out, error);
    for (size_t i = 0; result == 0 && i < count; i++)
        run->lab.courses[i] = (struct rack_round_course){.course = &run->lab.plan.courses[i],
                                                         .folder = run->results.items[i].folder,
                                                         .seed = run->results.items[i].seed};
    snprintf(run->lab.folder, sizeof run->lab.folder, "%s/lab", settings->out);
    return result < 0 ? result : folder_make(run->lab.folder, error);
}

static void tell_estimate(const struct run *run)
{
    char about[DURATION_TEXT_MAX];
    const struct lab_file *lab = run->lab.session.lab;
    const struct rack_plan *plan = &run->lab.plan;
    if (run->settings->format != REPORT_PRETTY)
        return;
    uint64_t estimate_us = rack_plan_estimate_us(plan) / DURATION_S * DURATION_S;
    printf("%s on %s: %zu runs in %zu rounds, about %s", lab->name, lab->interface, plan->run_count,
           plan->round_count, duration_format(estimate_us, about));
    if (plan->count > plan->run_count)
        printf("; %zu skipped", plan->count - plan->run_count);
    printf("\n\n");
}

/* --- real devices: the run ------------------------------------------------------------------- */

static int carry_out(struct run *run, struct error *error)
{
    struct rack_config config = {.lab = run->lab.session.lab,
                                 .certificates = &run->lab.session.certificates,
                                 .plan = &run->lab.plan,
                                 .courses = run->lab.courses,
                                 .folder = run->lab.folder,
                                 .seed = run->settings->seed,
                                 .no_prompt = run->settings->lab.no_prompt,
                                 .quarantine = run->lab.quarantine,
                                 .stop = run->interrupted,
                                 .started = course_started,
                                 .finished = course_finished,
                                 .news = news_heard,
                                 .tick = ticked,
                                 .context = run};
    return rack_run(&config, error);
}

static enum exit_code run_courses(struct run *run, struct error *error)
{
    int result = prepare_courses(run, error);
    if (result == 0)
        result = open_live(run, error);
    if (result == 0)
        result = rack_screen_new(run->live, run->lab.session.lab, &run->lab.plan, &run->lab.screen,
                                 error);
    if (result == 0) {
        tell_estimate(run);
        result = carry_out(run, error);
    }
    return result < 0 ? command_lab_error(error) : report(run);
}

/* GO_ON: the lab file is right, and names no wire; nothing was run. */
static enum exit_code run_lab(struct run *run, const struct suite *suite)
{
    struct error error = {0};
    enum exit_code code = lab_session_load(run->settings->lab.file, &run->lab.session);
    if (code != GO_ON || !run->lab.session.lab->interface)
        return code;
    code = make_plan(run, suite, &error);
    if (code == GO_ON)
        code = lab_session_open(&command_run, &run->lab.session, run->settings->lab.owns_network);
    return code == GO_ON ? run_courses(run, &error) : code;
}

/* --- all of it ------------------------------------------------------------------------------- */

static void done(struct run *run)
{
    rack_screen_free(run->lab.screen);
    report_live_free(run->live);
    results_done(&run->results);
    free(run->jobs);
    free(run->lab.bound.scenarios);
    free(run->lab.courses);
    free(run->lab.quarantine);
    rack_plan_done(&run->lab.plan);
    lab_session_close(&run->lab.session);
    buffer_done(&run->command);
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct run_settings settings = {.parallel = command_parallel_default(),
                                    .seed = RUN_SEED_DEFAULT,
                                    .repeat = 1,
                                    .out = "out",
                                    .format = REPORT_PRETTY,
                                    .clock = LOOP_CLOCK_WARP,
                                    .duration_max_us = RACK_DURATION_MAX_DEFAULT_US};
    struct suite suite;
    enum exit_code code = options_take(&command_run, argument_count, arguments, &settings);
    if (code == GO_ON)
        code = check(&settings);
    if (code == GO_ON)
        code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
    struct run run = {.settings = &settings, .interrupted = command_catch_signals()};
    buffer_init(&run.command, COMMAND_BYTES_MAX);
    if (settings.lab.file)
        code = run_lab(&run, &suite);
    if (code == GO_ON)
        code = run_emulated(&run, &suite);
    done(&run);
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
        "                         (--quirk=help lists them; NAME@10: every tenth phone only)\n"
        "      --network=N    lines like that for scenarios that say nothing of theirs, such as\n"
        "                     '{delay: 50ms, jitter: 20ms, loss: 5%}'\n"
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
    .options = options,
    .run = run,
};
