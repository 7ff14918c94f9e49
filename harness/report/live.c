/* SPDX-License-Identifier: MIT */
#include "harness/report/live.h"
#include "harness/report/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- the terminal ----------------------------------------------------------------------------- */

unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

unsigned terminal_rows(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= 3)
        return size.ws_row;
    return 24;
}

bool terminal_colours(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(no_colour && *no_colour);
}

/* --- live output ------------------------------------------------------------------------------ */

enum { STATUS_LINE_MAX = 1024, ROWS_FOR_OTHERS = 2 /* the progress, and what comes next */ };

int report_live_new(enum report_format format, FILE *stream, bool terminal, unsigned columns,
                    size_t scenario_count, unsigned jobs, struct report_live **ret_live,
                    struct error *error)
{
    static const struct live_format *const formats[] = {[REPORT_PRETTY] = &live_pretty,
                                                        [REPORT_TAP] = &live_tap,
                                                        [REPORT_JSON] = &live_json,
                                                        [REPORT_QUIET] = &live_quiet};
    (void)jobs; /* how many run is seen from the starts */
    struct report_live *live = calloc(1, sizeof *live);
    if (!live)
        return error_set(error, ERROR_MEMORY, "out of memory");
    const char *no_colour = getenv("NO_COLOR"); /* no-color.org: present and not empty */
    live->format = formats[format];
    live->stream = stream;
    live->terminal = terminal;
    live->colour = terminal && !(no_colour && no_colour[0]);
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
    flush(live);
    if (live->done < live->scenario_count)
        show_progress(live);
}

void report_live_note(struct report_live *live, const char *text)
{
    if (!live->format->note)
        return;
    hide_progress(live);
    live->format->note(live, text);
    flush(live);
    if (live->done < live->scenario_count)
        show_progress(live);
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
    flush(live);
    if (live->done < live->scenario_count)
        show_progress(live);
}

size_t live_missing(const struct report_live *live)
{
    return live->scenario_count > live->done ? live->scenario_count - live->done : 0;
}

void report_live_end(struct report_live *live, const struct report_totals *totals,
                     const char *out_directory)
{
    hide_progress(live);
    if (live->format->end)
        live->format->end(live, totals, out_directory);
    flush(live);
}
