/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle_screen.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/rack/rack_screen.h"
#include "harness/report/report.h"
#include "harness/report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_RUNS_MAX = 12, /* of a cycle told one by one; of a larger rack those that did not pass */
    LINE_BYTES_MAX = 64 << 10,
    JSON_BYTES_MAX = 16 << 20,
};

struct outcome {
    bool have;
    enum verdict verdict;
    uint64_t phone_us;
};
struct cycle_screen {
    struct cycle_screen_config config;
    struct report_live *live;
    struct rack_screen *phones;
    struct outcome *outcomes; /* of this cycle, one a course */
    bool terminal, one_scenario;
    uint64_t started_us, elapsed_before_us, cycles_before;
};

/* A single scenario need not be named again and again. */
static bool has_one_scenario(const struct rack_plan *plan)
{
    const struct scenario *first = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->courses[i].skipped)
            continue;
        if (first && plan->courses[i].scenario != first)
            return false;
        first = plan->courses[i].scenario;
    }
    return true;
}

int cycle_screen_new(const struct cycle_screen_config *config, struct cycle_screen **ret_screen,
                     struct error *error)
{
    struct cycle_screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return error_set(error, ERROR_MEMORY, "out of memory");
    screen->config = *config;
    screen->terminal = isatty(STDOUT_FILENO) != 0;
    screen->one_scenario = has_one_scenario(config->plan);
    screen->elapsed_before_us = config->tally->elapsed_us;
    screen->cycles_before = config->tally->cycle - 1;
    screen->outcomes = calloc(config->plan->count + 1, sizeof *screen->outcomes);
    int result = screen->outcomes ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = report_live_new(config->format, stdout, screen->terminal, terminal_columns(),
                                 SIZE_MAX, &screen->live, error);
    if (result == 0)
        result = rack_screen_new(screen->live, config->lab, config->plan, &screen->phones, error);
    if (result < 0) {
        cycle_screen_free(screen);
        return result;
    }
    report_live_command(screen->live, NULL);
    *ret_screen = screen;
    return 0;
}

void cycle_screen_free(struct cycle_screen *screen)
{
    if (!screen)
        return;
    rack_screen_free(screen->phones);
    report_live_free(screen->live);
    free(screen->outcomes);
    free(screen);
}

/* --- the totals ----------------------------------------------------------------------------- */

static uint64_t elapsed_us(const struct cycle_screen *screen, uint64_t real_now_us)
{
    return screen->elapsed_before_us + (real_now_us - screen->started_us);
}

/* By the clock that was given, or by what a cycle has taken so far; false: nobody knows. */
static bool time_left(const struct cycle_screen *screen, uint64_t real_now_us, uint64_t *ret_us)
{
    uint64_t cycles_max = screen->config.cycles_max, duration_us = screen->config.duration_max_us;
    uint64_t gone_us = elapsed_us(screen, real_now_us), left_us = UINT64_MAX;
    uint64_t done = screen->config.tally->cycle - 1, here = done - screen->cycles_before;
    if (duration_us > 0)
        left_us = duration_us > gone_us ? duration_us - gone_us : 0;
    if (cycles_max > done && here > 0) {
        double each_us = (double)(real_now_us - screen->started_us) / (double)here;
        double rest_us = each_us * (double)(cycles_max - done);
        if (rest_us < (double)left_us)
            left_us = (uint64_t)rest_us;
    }
    *ret_us = left_us;
    return left_us != UINT64_MAX;
}

/* "cycle 17 of 100  16 done, 32 runs, 2 failed  1h2m, 5h10m left" */
static void headline(struct cycle_screen *screen, uint64_t real_now_us)
{
    const struct tally *tally = screen->config.tally;
    struct buffer line;
    char time[REPORT_TIME_TEXT_MAX];
    uint64_t left_us, failed = tally->by_verdict[VERDICT_FAIL];
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_format(&line, "cycle %" PRIu64, tally->cycle);
    if (screen->config.cycles_max > 0)
        buffer_format(&line, " of %" PRIu64, screen->config.cycles_max);
    buffer_format(&line, "  %" PRIu64 " done, %" PRIu64 " runs passed, %" PRIu64 " failed",
                  tally->cycle - 1, tally->by_verdict[VERDICT_PASS], failed);
    if (tally->by_verdict[VERDICT_ERROR] > 0)
        buffer_format(&line, ", %" PRIu64 " lab errors", tally->by_verdict[VERDICT_ERROR]);
    buffer_format(&line, "  %s", report_phone_time(elapsed_us(screen, real_now_us), time));
    if (time_left(screen, real_now_us, &left_us))
        buffer_format(&line, ", about %s left", report_phone_time(left_us, time));
    report_live_headline(screen->live, buffer_string(&line));
    buffer_done(&line);
}

void cycle_screen_tick(struct cycle_screen *screen, uint64_t real_now_us)
{
    if (screen->started_us == 0)
        screen->started_us = real_now_us;
    headline(screen, real_now_us);
    rack_screen_cycle(screen->phones, screen->config.tally->cycle);
    rack_screen_tick(screen->phones, real_now_us);
}

/* --- as it goes ----------------------------------------------------------------------------- */

void cycle_screen_started(struct cycle_screen *screen, size_t course)
{
    rack_screen_started(screen->phones, course);
}

void cycle_screen_news(struct cycle_screen *screen, const struct rack_news *news)
{
    rack_screen_news(screen->phones, news);
}

static const char *name_of(const struct cycle_screen *screen, size_t course)
{
    const struct rack_course *planned = &screen->config.plan->courses[course];
    if (screen->one_scenario && planned->bound.phone_count == 1)
        return planned->bound.phones[0].name;
    return planned->bound.id;
}

/* {"cycle":17,"phone":"desk-1", and then what `rclab run --format json` says of a result */
static void tell_json(struct cycle_screen *screen, uint64_t cycle, size_t course,
                      const struct report_result *result)
{
    struct buffer object, line;
    const struct rack_course *planned = &screen->config.plan->courses[course];
    buffer_init(&object, JSON_BYTES_MAX);
    buffer_init(&line, JSON_BYTES_MAX);
    report_json_result(result, &object);
    buffer_format(&line, "{\"cycle\":%" PRIu64 ",\"phone\":\"%s\",%s", cycle,
                  screen->config.lab->phones[planned->phones[0]].name,
                  object.length > 0 ? buffer_string(&object) + 1 : "}");
    report_live_line(screen->live, buffer_string(&line));
    buffer_done(&object);
    buffer_done(&line);
}

void cycle_screen_result(struct cycle_screen *screen, uint64_t cycle, size_t course,
                         const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    screen->outcomes[course] =
        (struct outcome){.have = true, .verdict = verdict, .phone_us = result->judgement->end_us};
    rack_screen_finished(screen->phones, course, result->judgement);
    if (screen->config.format == REPORT_JSON)
        tell_json(screen, cycle, course, result);
    else if (verdict != VERDICT_PASS)
        report_live_result(screen->live, result);
}

static void tell_outcome(const struct cycle_screen *screen, size_t course, struct buffer *line)
{
    const struct outcome *outcome = &screen->outcomes[course];
    char time[REPORT_TIME_TEXT_MAX];
    buffer_format(line, "  %s %s %s", name_of(screen, course), verdict_names[outcome->verdict],
                  report_phone_time(outcome->phone_us, time));
}

void cycle_screen_cycle_over(struct cycle_screen *screen, uint64_t cycle)
{
    struct buffer line;
    size_t count = 0, passed = 0, courses = screen->config.plan->count;
    for (size_t i = 0; i < courses; i++) {
        count += screen->outcomes[i].have;
        passed += screen->outcomes[i].have && screen->outcomes[i].verdict == VERDICT_PASS;
    }
    bool all = count <= LINE_RUNS_MAX;
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_format(&line, "cycle %" PRIu64, cycle);
    if (!all)
        buffer_format(&line, "  %zu of %zu PASS", passed, count);
    for (size_t i = 0; i < courses; i++) {
        const struct outcome *outcome = &screen->outcomes[i];
        if (outcome->have && (all || outcome->verdict != VERDICT_PASS))
            tell_outcome(screen, i, &line);
    }
    if (screen->config.format == REPORT_PRETTY && !screen->terminal)
        report_live_line(screen->live, buffer_string(&line));
    buffer_done(&line);
    memset(screen->outcomes, 0, courses * sizeof *screen->outcomes);
}

void cycle_screen_note(struct cycle_screen *screen, const char *text)
{
    report_live_note(screen->live, text);
}

void cycle_screen_text(struct cycle_screen *screen, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        char *line = strndup(text, (size_t)(end - text));
        if (line)
            report_live_line(screen->live, line);
        free(line);
    }
}

void cycle_screen_hide(struct cycle_screen *screen)
{
    report_live_hide(screen->live);
}
