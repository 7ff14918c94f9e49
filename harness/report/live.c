/* SPDX-License-Identifier: MIT */
/* The live output of a run: for people a line a scenario (pretty) or only what somebody has to look
 * at (quiet), for programs TAP 14 and JSON lines. */
#include "harness/report/json.h"
#include "harness/report/report.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    LIVE_RUNNING_MAX = 256,
    LIVE_COLUMNS_DEFAULT = 80,
    LIVE_ROWS_DEFAULT = 24,
    LIVE_COLUMNS_MAX = 120,
    LIVE_REDRAW_US = 100000, /* ticks in between don't redraw: nobody could read it */
};
#define LIVE_TEXT_BYTES_MAX ((size_t)16 << 20)

struct report_live {
    const struct live_format *format;
    FILE *stream; /* borrowed */
    bool terminal, colour;
    size_t columns; /* of the terminal; 0 = lines of any length */
    size_t scenario_count, done, failed;
    const char *command;                              /* borrowed */
    const struct scenario *running[LIVE_RUNNING_MAX]; /* in order of start */
    size_t running_count;                             /* further ones are not shown */
    uint64_t started_us, now_us, drawn_us; /* of the first tick, the latest, the latest shown */
    bool begun;                            /* tap: its first line is out */
    bool ticked, progress_shown;
    size_t rows;            /* of the terminal */
    size_t status_shown;    /* lines below the progress that are on the terminal */
    struct buffer status;   /* those to be shown, each ends with a newline */
    struct buffer headline; /* shown in the place of the progress; empty = the progress is */
    struct buffer out;      /* what goes to the stream next */
    struct buffer todo;     /* for the summary: a line for each result but PASS and SKIP */
};

struct live_format { /* any but result may be NULL */
    void (*progress)(struct report_live *live);
    void (*note)(struct report_live *live, const char *text);
    void (*result)(struct report_live *live, const struct report_result *result);
    void (*end)(struct report_live *live, const struct report_totals *totals,
                const char *out_directory);
};
/* Scenarios (with --repeat: repeats) that have come to no result: the run was cut short. */
static size_t missing(const struct report_live *live)
{
    return live->scenario_count > live->done ? live->scenario_count - live->done : 0;
}

/* --- for people ----------------------------------------------------------------------------- */

enum {
    BAR_COLUMNS = 20,
    BAR_FROM_COLUMNS = 50, /* a narrower terminal gets no bar */
    TITLE_COLUMNS_MIN = 12,
    EVIDENCE_INDENT = 7,
};

static const char *const verdict_colours[VERDICT_COUNT] = {[VERDICT_PASS] = "32",
                                                           [VERDICT_FAIL] = "1;31",
                                                           [VERDICT_ERROR] = "1;35",
                                                           [VERDICT_SKIP] = "36",
                                                           [VERDICT_FLAKY] = "1;33"};

static void coloured(struct report_live *live, const char *colour, const char *text)
{
    if (live->colour)
        buffer_format(&live->out, "\033[%sm%s\033[0m", colour, text);
    else
        buffer_text(&live->out, text);
}

static size_t line_columns(const struct report_live *live)
{
    return live->columns < LIVE_COLUMNS_MAX ? live->columns : LIVE_COLUMNS_MAX;
}

/* What is in `lines`, which it empties; on a terminal nothing is broken within a word. */
static void put_lines(struct report_live *live, struct buffer *lines)
{
    if (live->columns > 0)
        report_text_wrap(&live->out, buffer_string(lines), line_columns(live));
    else
        buffer_append(&live->out, lines->data, lines->length);
    buffer_done(lines);
}

/* "PASS   id  title              58h12m in 0.3s"; on a terminal the title gives way. */
static void result_line(struct report_live *live, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    char phone[REPORT_TIME_TEXT_MAX], wall[REPORT_TIME_TEXT_MAX];
    char verdict_text[16], times[2 * REPORT_TIME_TEXT_MAX + 8];
    snprintf(verdict_text, sizeof verdict_text, "%-5s", verdict_names[verdict]);
    snprintf(times, sizeof times, "%s in %s", report_phone_time(result->judgement->end_us, phone),
             report_wall_time(result->wall_us, wall));
    coloured(live, verdict_colours[verdict], verdict_text);
    buffer_text(&live->out, "  ");
    size_t before = live->out.length;
    report_result_name(&live->out, result);
    size_t used = EVIDENCE_INDENT + report_text_width(buffer_string(&live->out) + before);
    size_t line = line_columns(live), fixed = used + 4 + strlen(times), room = SIZE_MAX;
    if (live->columns > 0)
        room = line > fixed ? line - fixed : 0;
    if (room >= TITLE_COLUMNS_MIN) {
        buffer_text(&live->out, "  ");
        report_text_cut(&live->out, result->scenario->title, room);
        size_t width = report_text_width(result->scenario->title);
        if (live->columns > 0 && width < room)
            report_text_spaces(&live->out, room - width);
    }
    buffer_text(&live->out, "  ");
    coloured(live, "2", times);
    buffer_u8(&live->out, '\n');
}

/* What pretty and quiet print for a result that somebody has to look at. */
static void result_block(struct report_live *live, const struct report_result *result)
{
    struct buffer lines;
    buffer_init(&lines, LIVE_TEXT_BYTES_MAX);
    result_line(live, result);
    report_evidence(&lines, result, EVIDENCE_INDENT);
    put_lines(live, &lines);
}

static void append_bar(const struct report_live *live, struct buffer *line)
{
    size_t count = live->scenario_count > live->done ? live->scenario_count : live->done;
    size_t filled = count ? BAR_COLUMNS * live->done / count : 0;
    buffer_u8(line, '[');
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        buffer_u8(line, i < filled ? '#' : '.');
    buffer_text(line, "] ");
}

static void pretty_progress(struct report_live *live)
{
    struct buffer line;
    char time[REPORT_TIME_TEXT_MAX];
    buffer_init(&line, LIVE_TEXT_BYTES_MAX);
    if (live->columns >= BAR_FROM_COLUMNS)
        append_bar(live, &line);
    buffer_format(&line, "%zu/%zu  %s", live->done, live->scenario_count,
                  report_wall_time(live->now_us - live->started_us, time));
    if (live->failed > 0)
        buffer_format(&line, "  %zu not passed", live->failed);
    for (size_t i = 0; i < live->running_count; i++)
        buffer_format(&line, "%s%s", i == 0 ? "  " : ", ", live->running[i]->id);
    /* The last column stays free: some terminals wrap as soon as it is written. */
    report_text_cut(&live->out, buffer_string(&line), live->columns - 1);
    buffer_done(&line);
}

/* "All 83 scenarios passed." or "83 scenarios: 81 passed, 1 failed, 1 lab error." */
static void put_counts(const struct report_live *live, struct buffer *buffer,
                       const struct report_totals *totals)
{
    static const char *const words[VERDICT_COUNT][2] = {
        [VERDICT_PASS] = {"passed", "passed"},
        [VERDICT_FAIL] = {"failed", "failed"},
        [VERDICT_ERROR] = {"lab error", "lab errors"},
        [VERDICT_SKIP] = {"skipped", "skipped"},
        [VERDICT_FLAKY] = {"flaky", "flaky"}};
    size_t count = totals->scenarios;
    if (count == 0) {
        buffer_text(buffer, "No scenario was run.");
        return;
    }
    if (totals->by_verdict[VERDICT_PASS] == count && missing(live) == 0) {
        if (count == 1)
            buffer_text(buffer, "The scenario passed.");
        else
            buffer_format(buffer, "All %zu scenarios passed.", count);
        return;
    }
    buffer_format(buffer, "%zu scenario%s", count, count == 1 ? "" : "s");
    const char *separator = ": ";
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        size_t many = totals->by_verdict[i];
        if (many == 0)
            continue;
        buffer_format(buffer, "%s%zu %s", separator, many, words[i][many != 1]);
        separator = ", ";
    }
    buffer_u8(buffer, '.');
}

static void cut_short(struct report_live *live)
{
    if (missing(live) > 0)
        buffer_format(&live->out, "The run was cut short: %zu of %zu have no result.\n",
                      missing(live), live->scenario_count);
}

static void lived(struct buffer *buffer, const struct report_totals *totals)
{
    char phone[REPORT_TIME_TEXT_MAX], wall[REPORT_TIME_TEXT_MAX];
    buffer_format(buffer, "%s of phone time in %s", report_phone_time(totals->phone_us, phone),
                  report_wall_time(totals->wall_us, wall));
}

static void pretty_end(struct report_live *live, const struct report_totals *totals,
                       const char *out_directory)
{
    struct buffer *out = &live->out;
    struct buffer counts;
    bool sound = totals->scenarios > 0 && live->failed == 0 && missing(live) == 0;
    buffer_init(&counts, LIVE_TEXT_BYTES_MAX);
    put_counts(live, &counts, totals);
    buffer_u8(out, '\n');
    coloured(live, sound ? "1;32" : "1;31", buffer_string(&counts));
    buffer_done(&counts);
    if (totals->scenarios > 0) {
        buffer_u8(out, ' ');
        lived(out, totals);
        buffer_u8(out, '.');
    }
    buffer_u8(out, '\n');
    cut_short(live);
    if (totals->by_verdict[VERDICT_ERROR] > 0)
        buffer_text(out, "A lab error says nothing about a phone: the lab itself broke.\n");
    if (totals->by_verdict[VERDICT_FLAKY] > 0)
        buffer_text(out, "Flaky: the repeats of one scenario came to different verdicts.\n");
    if (live->todo.length > 0) {
        buffer_text(out, "To run one of them alone:\n");
        buffer_append(out, live->todo.data, live->todo.length);
    }
    if (out_directory && totals->scenarios > 0) {
        struct buffer lines;
        buffer_init(&lines, LIVE_TEXT_BYTES_MAX);
        buffer_format(&lines, "Reports: %s/%s, %s/%s; each scenario's evidence: %s/runs/ID/\n",
                      out_directory, REPORT_JUNIT_NAME, out_directory, REPORT_JSON_NAME,
                      out_directory);
        put_lines(live, &lines);
    }
}

static void quiet_result(struct report_live *live, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    if (verdict != VERDICT_PASS && verdict != VERDICT_SKIP)
        result_block(live, result);
}

static void quiet_end(struct report_live *live, const struct report_totals *totals,
                      const char *out_directory)
{
    put_counts(live, &live->out, totals);
    if (totals->scenarios > 0) {
        buffer_u8(&live->out, ' ');
        lived(&live->out, totals);
        if (out_directory)
            buffer_format(&live->out, "; reports in %s/", out_directory);
        buffer_u8(&live->out, '.');
    }
    buffer_u8(&live->out, '\n');
    cut_short(live);
}

static void pretty_note(struct report_live *live, const char *text)
{
    struct buffer lines;
    buffer_init(&lines, LIVE_TEXT_BYTES_MAX);
    buffer_text(&lines, "NOTE   ");
    report_text_line(&lines, text);
    buffer_u8(&lines, '\n');
    put_lines(live, &lines);
}

static const struct live_format live_pretty = {pretty_progress, pretty_note, result_block,
                                               pretty_end};
static const struct live_format live_quiet = {NULL, pretty_note, quiet_result, quiet_end};

/* --- for programs --------------------------------------------------------------------------- */

/* One safe line, a backslash before each of these characters. */
static void escaped(struct buffer *buffer, const char *text, const char *special)
{
    struct buffer line;
    buffer_init(&line, LIVE_TEXT_BYTES_MAX);
    report_text_line(&line, text);
    for (const char *c = buffer_string(&line); *c; c++) {
        if (strchr(special, *c))
            buffer_u8(buffer, '\\');
        buffer_u8(buffer, (uint8_t)*c);
    }
    buffer_done(&line);
}

/* '#' would begin a directive, '\' an escape. */
static void tap_description(struct buffer *buffer, const char *text)
{
    escaped(buffer, text, "#\\");
}

/* A double-quoted YAML scalar; of report_text_line only these two need an escape. */
static void yaml(struct buffer *buffer, const char *key, const char *text)
{
    buffer_format(buffer, "%s: \"", key);
    escaped(buffer, text, "\"\\");
    buffer_text(buffer, "\"\n");
}

static void tap_failure(struct buffer *out, const struct report_result *result,
                        const struct judge_failure *failure)
{
    struct place place = report_failure_place(failure);
    const char *phone = report_failure_phone(failure, result->scenario);
    yaml(out, "    - expected", failure->expected);
    yaml(out, "      seen", failure->seen);
    yaml(out, "      file", result->scenario->path);
    buffer_format(out, "      line: %u\n      column: %u\n      rules: [", place.line,
                  place.column);
    for (size_t i = 0; i < failure->rule_count; i++)
        buffer_format(out, "%s%s", i ? ", " : "",
                      vendor_rule(vendor_default(), failure->rules[i])->id);
    buffer_text(out, "]\n");
    if (failure->standing)
        yaml(out, "      standing_rule", standing_rule_names[failure->standing_rule]);
    if (phone)
        yaml(out, "      phone", phone);
    buffer_format(out, "      time_us: %" PRIu64 "\n", failure->time_us);
    if (failure->event > 0)
        buffer_format(out, "      event: %" PRIu64 "\n", failure->event);
    if (failure->frame > 0)
        buffer_format(out, "      frame: %" PRIu64 "\n", failure->frame);
}

static void tap_diagnostics(struct buffer *out, const struct report_result *result)
{
    const struct judgement *judgement = result->judgement;
    buffer_format(out, "  ---\n  verdict: %s\n", verdict_names[judgement->verdict]);
    if (judgement->reason[0])
        yaml(out, "  reason", judgement->reason);
    buffer_format(out, "  seed: %" PRIu64 "\n", result->seed);
    if (result->folder)
        yaml(out, "  folder", result->folder);
    if (judgement->failure_count > 0)
        buffer_text(out, "  failures:\n");
    for (size_t i = 0; i < judgement->failure_count; i++)
        tap_failure(out, result, &judgement->failures[i]);
    buffer_text(out, "  ...\n");
}

static void tap_begin(struct report_live *live)
{
    if (!live->begun)
        buffer_text(&live->out, "TAP version 14\n");
    live->begun = true;
}

static void tap_result(struct report_live *live, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    bool ok = verdict == VERDICT_PASS || verdict == VERDICT_SKIP;
    tap_begin(live);
    buffer_format(&live->out, "%s %zu - ", ok ? "ok" : "not ok", live->done);
    struct buffer name;
    buffer_init(&name, LIVE_TEXT_BYTES_MAX);
    report_result_name(&name, result);
    buffer_text(&name, ": ");
    report_text_line(&name, result->scenario->title);
    tap_description(&live->out, buffer_string(&name));
    buffer_done(&name);
    if (verdict == VERDICT_SKIP) {
        buffer_text(&live->out, " # SKIP ");
        tap_description(&live->out, result->judgement->reason);
    }
    buffer_u8(&live->out, '\n');
    if (!ok)
        tap_diagnostics(&live->out, result);
}

/* The plan comes last, so that a run that was cut short has none and is not taken for whole: it
 * bails out. */
static void tap_end(struct report_live *live, const struct report_totals *totals,
                    const char *out_directory)
{
    (void)totals;
    (void)out_directory;
    tap_begin(live);
    if (missing(live) > 0)
        buffer_format(&live->out, "Bail out! %zu of %zu have no result\n", missing(live),
                      live->scenario_count);
    else if (live->done == 0)
        buffer_text(&live->out, "1..0 # SKIP no scenario was run\n");
    else
        buffer_format(&live->out, "1..%zu\n", live->done);
}

static void json_result(struct report_live *live, const struct report_result *result)
{
    report_json_result(result, &live->out);
    buffer_u8(&live->out, '\n');
}

static void json_end(struct report_live *live, const struct report_totals *totals,
                     const char *out_directory)
{
    (void)out_directory;
    report_json_totals(totals, &live->out);
    buffer_u8(&live->out, '\n');
}

static void tap_note(struct report_live *live, const char *text)
{
    tap_begin(live);
    buffer_text(&live->out, "# ");
    report_text_line(&live->out, text);
    buffer_u8(&live->out, '\n');
}

/* Results have a "verdict"; who reads them passes over a line without one. */
static void json_note(struct report_live *live, const char *text)
{
    json_t *note = json_pack("{s:s}", "note", text);
    if (!note) /* it is no text */
        return;
    report_json_dump(note, JSON_COMPACT, &live->out);
    buffer_u8(&live->out, '\n');
}

static const struct live_format live_tap = {NULL, tap_note, tap_result, tap_end};
static const struct live_format live_json = {NULL, json_note, json_result, json_end};

/* --- the terminal ----------------------------------------------------------------------------- */

unsigned terminal_columns(void)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    return known ? size.ws_col : LIVE_COLUMNS_DEFAULT;
}

unsigned terminal_rows(void)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= 3;
    return known ? size.ws_row : LIVE_ROWS_DEFAULT;
}

/* no-color.org: present and not empty */
static bool wants_colours(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return !(no_colour && *no_colour);
}

bool terminal_colours(FILE *stream)
{
    return isatty(fileno(stream)) && wants_colours();
}

/* --- whatever the format -------------------------------------------------------------------- */

enum { STATUS_LINE_MAX = 1024, ROWS_FOR_OTHERS = 2 /* the progress, and what comes next */ };

int report_live_new(enum report_format format, FILE *stream, bool terminal, unsigned columns,
                    size_t scenario_count, struct report_live **ret_live, struct error *error)
{
    static const struct live_format *const formats[] = {[REPORT_PRETTY] = &live_pretty,
                                                        [REPORT_TAP] = &live_tap,
                                                        [REPORT_JSON] = &live_json,
                                                        [REPORT_QUIET] = &live_quiet};
    struct report_live *live = calloc(1, sizeof *live);
    if (!live)
        return error_set(error, ERROR_MEMORY, "out of memory");
    live->format = formats[format];
    live->stream = stream;
    live->terminal = terminal;
    live->colour = terminal && wants_colours();
    live->columns = !terminal ? 0 : columns ? columns : LIVE_COLUMNS_DEFAULT;
    live->rows = LIVE_ROWS_DEFAULT;
    live->scenario_count = scenario_count;
    live->command = "rclab run";
    buffer_init(&live->out, LIVE_TEXT_BYTES_MAX);
    buffer_init(&live->todo, LIVE_TEXT_BYTES_MAX);
    buffer_init(&live->status, LIVE_TEXT_BYTES_MAX);
    buffer_init(&live->headline, LIVE_TEXT_BYTES_MAX);
    *ret_live = live;
    return 0;
}

void report_live_free(struct report_live *live)
{
    if (!live)
        return;
    buffer_done(&live->out);
    buffer_done(&live->todo);
    buffer_done(&live->status);
    buffer_done(&live->headline);
    free(live);
}

void report_live_command(struct report_live *live, const char *command)
{
    live->command = command;
}

/* One write, so that lines of several processes don't mix. */
static void flush(struct report_live *live)
{
    if (live->out.length > 0)
        fwrite(live->out.data, 1, live->out.length, live->stream);
    fflush(live->stream);
    buffer_clear(&live->out);
}

static void hide_progress(struct report_live *live)
{
    if (live->progress_shown) {
        for (size_t i = 0; i < live->status_shown; i++)
            buffer_text(&live->out, "\r\033[K\033[A");
        buffer_text(&live->out, "\r\033[K");
    }
    live->progress_shown = false;
    live->status_shown = 0;
}

void report_live_hide(struct report_live *live)
{
    hide_progress(live);
    flush(live);
}

void report_live_rows(struct report_live *live, size_t rows)
{
    live->rows = rows;
}

static void status_line(struct report_live *live, const char *text)
{
    buffer_text(&live->out, "\r\n");
    report_text_cut(&live->out, text, live->columns - 1);
    live->status_shown++;
}

/* As many as the terminal has room for: what has scrolled away cannot be taken back. */
static void show_status(struct report_live *live)
{
    const char *line = buffer_string(&live->status);
    char text[STATUS_LINE_MAX];
    size_t count = 0, room = live->rows > ROWS_FOR_OTHERS ? live->rows - ROWS_FOR_OTHERS : 0;
    for (const char *at = line; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    size_t shown = count <= room ? count : room > 0 ? room - 1 : 0;
    for (size_t i = 0; i < shown; i++) {
        const char *end = strchr(line, '\n');
        snprintf(text, sizeof text, "%.*s", (int)(end - line), line);
        status_line(live, text);
        line = end + 1;
    }
    if (shown < count && room > 0) {
        snprintf(text, sizeof text, "… and %zu more", count - shown);
        status_line(live, text);
    }
}

static void show_progress(struct report_live *live)
{
    if (!live->terminal || !live->format->progress)
        return;
    hide_progress(live);
    if (live->headline.length > 0)
        report_text_cut(&live->out, buffer_string(&live->headline), live->columns - 1);
    else
        live->format->progress(live);
    show_status(live);
    live->progress_shown = true;
    live->drawn_us = live->now_us;
    flush(live);
}

static void go_on(struct report_live *live)
{
    flush(live);
    if (live->done < live->scenario_count)
        show_progress(live);
}

void report_live_started(struct report_live *live, const struct scenario *scenario)
{
    if (live->running_count < LIVE_RUNNING_MAX)
        live->running[live->running_count++] = scenario;
    show_progress(live);
}

void report_live_status(struct report_live *live, const char *const *lines, size_t count)
{
    buffer_clear(&live->status);
    for (size_t i = 0; i < count; i++) {
        report_text_line(&live->status, lines[i]);
        buffer_u8(&live->status, '\n');
    }
}

void report_live_headline(struct report_live *live, const char *text)
{
    buffer_clear(&live->headline);
    report_text_line(&live->headline, text);
}

void report_live_line(struct report_live *live, const char *text)
{
    hide_progress(live);
    report_text_line(&live->out, text);
    buffer_u8(&live->out, '\n');
    go_on(live);
}

void report_live_note(struct report_live *live, const char *text)
{
    if (!live->format->note)
        return;
    hide_progress(live);
    live->format->note(live, text);
    go_on(live);
}

void report_live_tick(struct report_live *live, uint64_t real_now_us)
{
    if (!live->ticked)
        live->started_us = real_now_us;
    live->now_us = real_now_us;
    if (!live->ticked || real_now_us - live->drawn_us >= LIVE_REDRAW_US)
        show_progress(live);
    live->ticked = true;
}

static void forget_running(struct report_live *live, const struct scenario *scenario)
{
    size_t i = 0;
    while (i < live->running_count && live->running[i] != scenario)
        i++;
    if (i == live->running_count)
        return;
    live->running_count--;
    for (; i < live->running_count; i++)
        live->running[i] = live->running[i + 1];
}

static void remember(struct report_live *live, const struct report_result *result)
{
    struct buffer *todo = &live->todo;
    buffer_format(todo, "  %-5s  %s ", verdict_names[result->judgement->verdict], live->command);
    report_text_line(todo, result->scenario->path);
    buffer_u8(todo, '\n');
}

void report_live_result(struct report_live *live, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    hide_progress(live);
    forget_running(live, result->scenario);
    live->done++;
    if (verdict != VERDICT_PASS && verdict != VERDICT_SKIP) {
        live->failed++;
        if (live->command)
            remember(live, result);
    }
    live->format->result(live, result);
    go_on(live);
}

void report_live_end(struct report_live *live, const struct report_totals *totals,
                     const char *out_directory)
{
    hide_progress(live);
    if (live->format->end)
        live->format->end(live, totals, out_directory);
    flush(live);
}
