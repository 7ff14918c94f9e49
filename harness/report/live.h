/* SPDX-License-Identifier: MIT */
/* The live output of a run, shared by its formats. */
#ifndef RCLAB_REPORT_LIVE_H
#define RCLAB_REPORT_LIVE_H

#include "harness/base/buffer.h"
#include "harness/report/report.h"

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
extern const struct live_format live_pretty, live_quiet, live_tap, live_json;

/* "All 83 scenarios passed." or "83 scenarios: 81 passed, 1 failed, 1 lab error." */
void report_counts(const struct report_live *live, struct buffer *buffer,
                   const struct report_totals *totals);
/* Scenarios (with --repeat: repeats) that have come to no result: the run was cut short. */
size_t live_missing(const struct report_live *live);
/* What pretty and quiet print for a result that somebody has to look at. */
void live_result_block(struct report_live *live, const struct report_result *result);
/* {"totals": …} */
void report_json_totals(const struct report_totals *totals, struct buffer *buffer);

#endif
