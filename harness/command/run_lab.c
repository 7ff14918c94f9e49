/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/command/results.h"
#include "harness/command/run.h"
#include "harness/rack/rack.h"
#include "harness/rack/rack_screen.h"
#include "harness/scenario/overview.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMAND_BYTES_MAX = 4096 };

struct lab_run {
    const struct run_settings *settings;
    const volatile sig_atomic_t *interrupted;
    struct lab_session session;
    struct rack_plan plan;
    struct suite bound; /* the plan's scenarios; only the list is owned */
    struct results results;
    struct rack_round_course *courses;
    struct rack_quarantine *quarantine;
    struct report_live *live;
    struct rack_screen *screen;
    struct buffer command;
    char folder[FILE_PATH_MAX]; /* of the rounds */
};

/* --- as it goes ------------------------------------------------------------------------------ */

static void course_started(void *context, size_t course)
{
    struct lab_run *run = context;
    rack_screen_started(run->screen, course);
    report_live_started(run->live, &run->plan.courses[course].bound);
}

/* The command that repeats it: the same scenario on the same phones. */
static void tell_command(struct lab_run *run, const struct rack_course *course)
{
    buffer_clear(&run->command);
    buffer_format(&run->command, "%s run --lab %s", command_program(), run->settings->lab.file);
    for (size_t i = 0; i < course->bound.phone_count && course->bound.phone_count == 1; i++)
        buffer_format(&run->command, " --phone %s", course->bound.phones[i].name);
    report_live_command(run->live, buffer_string(&run->command));
}

static bool course_finished(void *context, size_t course, const struct judgement *judgement,
                            uint64_t wall_us)
{
    struct lab_run *run = context;
    const struct report_result *result = results_add(&run->results, course, judgement, wall_us);
    rack_screen_finished(run->screen, course, judgement);
    tell_command(run, &run->plan.courses[course]);
    report_live_result(run->live, result);
    return !(run->settings->fail_fast && judgement->verdict != VERDICT_PASS &&
             judgement->verdict != VERDICT_SKIP);
}

static void news_heard(void *context, const struct rack_news *news)
{
    struct lab_run *run = context;
    rack_screen_news(run->screen, news);
}

static void ticked(void *context)
{
    struct lab_run *run = context;
    rack_screen_tick(run->screen, monotonic_us());
}

/* --- before it ------------------------------------------------------------------------------- */

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

static enum exit_code make_plan(struct lab_run *run, const struct suite *suite, struct error *error)
{
    const struct run_settings *settings = run->settings;
    struct rack_options options = {.duration_max_us = settings->duration_max_us,
                                   .no_prompt = settings->lab.no_prompt};
    struct suite scenarios = {0};
    bool *chosen;
    enum exit_code code =
        lab_session_choose(&command_run, run->session.lab, &settings->lab, &chosen);
    if (code != GO_ON)
        return code;
    int result =
        choose_scenarios(settings, suite, &scenarios)
            ? rack_plan_make(&scenarios, run->session.lab, chosen, &options, &run->plan, error)
            : error_set(error, ERROR_MEMORY, "out of memory");
    free(scenarios.scenarios);
    free(chosen);
    if (result < 0)
        return command_lab_error(error);
    if (run->plan.count == 0)
        return command_usage_error(&command_run, "no scenario has the tag '%s'", settings->tag);
    return GO_ON;
}

static int prepare(struct lab_run *run, struct error *error)
{
    const struct run_settings *settings = run->settings;
    size_t count = run->plan.count;
    run->bound.scenarios = calloc(count + 1, sizeof *run->bound.scenarios);
    run->courses = calloc(count + 1, sizeof *run->courses);
    run->quarantine = calloc(run->session.lab->phone_count + 1, sizeof *run->quarantine);
    if (!run->bound.scenarios || !run->courses || !run->quarantine)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        run->bound.scenarios[run->bound.count++] = &run->plan.courses[i].bound;
    int result =
        results_init(&run->results, &run->bound, NULL, 1, settings->seed, settings->out, error);
    for (size_t i = 0; result == 0 && i < count; i++)
        run->courses[i] = (struct rack_round_course){.course = &run->plan.courses[i],
                                                     .folder = run->results.items[i].folder,
                                                     .seed = run->results.items[i].seed};
    snprintf(run->folder, sizeof run->folder, "%s/lab", settings->out);
    return result < 0 ? result : folder_make(run->folder, error);
}

static void tell_estimate(const struct lab_run *run)
{
    char about[DURATION_TEXT_MAX];
    const struct lab_file *lab = run->session.lab;
    const struct rack_plan *plan = &run->plan;
    if (run->settings->format != REPORT_PRETTY)
        return;
    uint64_t estimate_us = rack_plan_estimate_us(plan) / DURATION_S * DURATION_S;
    printf("%s on %s: %zu runs in %zu rounds, about %s", lab->name, lab->interface, plan->run_count,
           plan->round_count, duration_format(estimate_us, about));
    if (plan->count > plan->run_count)
        printf("; %zu skipped", plan->count - plan->run_count);
    printf("\n\n");
}

/* --- the run --------------------------------------------------------------------------------- */

static int carry_out(struct lab_run *run, struct error *error)
{
    struct rack_config config = {.lab = run->session.lab,
                                 .certificates = &run->session.certificates,
                                 .plan = &run->plan,
                                 .courses = run->courses,
                                 .folder = run->folder,
                                 .seed = run->settings->seed,
                                 .no_prompt = run->settings->lab.no_prompt,
                                 .quarantine = run->quarantine,
                                 .stop = run->interrupted,
                                 .started = course_started,
                                 .finished = course_finished,
                                 .news = news_heard,
                                 .tick = ticked,
                                 .context = run};
    return rack_run(&config, error);
}

static enum exit_code run_and_report(struct lab_run *run, struct error *error)
{
    const struct run_settings *settings = run->settings;
    uint64_t started_us = monotonic_us();
    int result = prepare(run, error);
    if (result == 0)
        result = report_live_new((enum report_format)settings->format, stdout,
                                 isatty(STDOUT_FILENO) != 0, terminal_columns(), run->results.count,
                                 &run->live, error);
    if (result == 0)
        result = rack_screen_new(run->live, run->session.lab, &run->plan, &run->screen, error);
    if (result == 0) {
        tell_estimate(run);
        result = carry_out(run, error);
    }
    if (result < 0)
        return command_lab_error(error);
    return results_report(&run->results, run->live, monotonic_us() - started_us, settings->out,
                          *run->interrupted != 0);
}

static void done(struct lab_run *run)
{
    rack_screen_free(run->screen);
    report_live_free(run->live);
    results_done(&run->results);
    free(run->bound.scenarios);
    free(run->courses);
    free(run->quarantine);
    rack_plan_done(&run->plan);
    lab_session_close(&run->session);
    buffer_done(&run->command);
}

enum exit_code run_lab(const struct run_settings *settings, const struct suite *suite,
                       const volatile sig_atomic_t *interrupted)
{
    struct lab_run run = {.settings = settings, .interrupted = interrupted};
    struct error error = {0};
    buffer_init(&run.command, COMMAND_BYTES_MAX);
    enum exit_code code = lab_session_load(settings->lab.file, &run.session);
    if (code == GO_ON && run.session.lab->interface) {
        code = make_plan(&run, suite, &error);
        if (code == GO_ON)
            code = lab_session_open(&command_run, &run.session, settings->lab.owns_network);
        if (code == GO_ON)
            code = run_and_report(&run, &error);
    }
    done(&run);
    return code;
}
