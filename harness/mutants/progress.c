/* SPDX-License-Identifier: MIT */
#include "harness/mutants/progress.h"
#include "harness/base/duration.h"
#include "harness/report/report.h"
#include "harness/report/text.h"
#include <string.h>

enum { LINE_BYTES_MAX = 1024 };

void mutants_progress_init(struct mutants_progress *progress, FILE *stream, const char *what,
                           size_t total)
{
    *progress = (struct mutants_progress){
        .stream = stream, .what = what, .total = total, .started_us = monotonic_us()};
}

void mutants_progress_now(struct mutants_progress *progress, const char *who, const char *what)
{
    snprintf(progress->now, sizeof progress->now, "%s on %s", what, who);
}

void mutants_progress_tick(struct mutants_progress *progress)
{
    if (!progress->stream)
        return;
    char time[REPORT_TIME_TEXT_MAX], line[LINE_BYTES_MAX];
    struct buffer shown;
    snprintf(line, sizeof line, "%zu of %zu %s, %zu runs, %s: %s", progress->done, progress->total,
             progress->what, progress->runs,
             report_wall_time(monotonic_us() - progress->started_us, time), progress->now);
    buffer_init(&shown, LINE_BYTES_MAX);
    report_text_cut(&shown, line, terminal_columns() - 1);
    fprintf(progress->stream, "\r\033[K%s", buffer_string(&shown));
    fflush(progress->stream);
    buffer_done(&shown);
}

void mutants_progress_done(struct mutants_progress *progress)
{
    if (progress->stream)
        fputs("\r\033[K", progress->stream);
}
