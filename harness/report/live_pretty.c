/* SPDX-License-Identifier: MIT */
/* The formats for people: a line a scenario (pretty), or only what somebody has to look at
 * (quiet). */
#include "harness/report/live.h"
#include "harness/report/text.h"
#include <inttypes.h>
#include <string.h>

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

void live_result_block(struct report_live *live, const struct report_result *result)
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

void report_counts(const struct report_live *live, struct buffer *buffer,
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
    if (totals->by_verdict[VERDICT_PASS] == count && live_missing(live) == 0) {
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
    if (live_missing(live) > 0)
        buffer_format(&live->out, "The run was cut short: %zu of %zu have no result.\n",
                      live_missing(live), live->scenario_count);
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
    bool sound = totals->scenarios > 0 && live->failed == 0 && live_missing(live) == 0;
    buffer_init(&counts, LIVE_TEXT_BYTES_MAX);
    report_counts(live, &counts, totals);
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
        live_result_block(live, result);
}

static void quiet_end(struct report_live *live, const struct report_totals *totals,
                      const char *out_directory)
{
    report_counts(live, &live->out, totals);
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

const struct live_format live_pretty = {pretty_progress, pretty_note, live_result_block,
                                        pretty_end};
const struct live_format live_quiet = {NULL, pretty_note, quiet_result, quiet_end};
