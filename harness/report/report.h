/* SPDX-License-Identifier: MIT */
/* Results for people and machines. Sees verdicts and scenarios only. */
#ifndef RCLAB_REPORT_REPORT_H
#define RCLAB_REPORT_REPORT_H

#include "harness/base/error.h"
#include "harness/judge/judge.h"
#include "harness/scenario/scenario.h"
#include <stdio.h>

struct report_result { /* one scenario carried out */
    const struct scenario *scenario;
    const struct judgement *judgement;
    uint64_t seed;
    unsigned repeat;    /* from 1 with --repeat, else 0 */
    uint64_t wall_us;   /* real time that it took */
    const char *folder; /* "out/runs/ID", NULL if none */
};
struct report_totals {
    size_t scenarios, by_verdict[VERDICT_COUNT];
    uint64_t wall_us;  /* whole run */
    uint64_t phone_us; /* sum of the scenarios' times on their own clocks */
};

/* What the files are called in the run's out directory. */
#define REPORT_JUNIT_NAME "junit.xml"
#define REPORT_JSON_NAME "results.json"
#define REPORT_VERDICT_NAME "verdict.json"   /* in a scenario's folder */
#define REPORT_CAPTURE_NAME "capture.pcapng" /* in a scenario's folder */

enum report_format { REPORT_PRETTY, REPORT_TAP, REPORT_JSON, REPORT_QUIET };

/* What is known of the terminal that a person looks at. */
unsigned terminal_columns(void);     /* of stdout; 80 if unknown */
unsigned terminal_rows(void);        /* of stdout; 24 if unknown */
bool terminal_colours(FILE *stream); /* a terminal, and NO_COLOR (no-color.org) is not set */

/* Live output of a run on `stream`. Colours and the progress line only when `terminal`. */
struct report_live;
int report_live_new(enum report_format format, FILE *stream, bool terminal, unsigned columns,
                    size_t scenario_count, struct report_live **ret_live, struct error *error);
void report_live_free(struct report_live *live);
/* The command that runs one scenario alone in the same way, without its path: "build/rclab run
 * --seed 7"; default "rclab run". NULL: the summary need not say how. Borrowed. */
void report_live_command(struct report_live *live, const char *command);
void report_live_started(struct report_live *live, const struct scenario *scenario);
/* How many lines the terminal has; more cannot be taken away again. */
void report_live_rows(struct report_live *live, size_t rows);
/* Lines that stay below the progress on a terminal; copied. count 0 = none. */
void report_live_status(struct report_live *live, const char *const *lines, size_t count);
/* In the place of the progress, when there is no end to count towards; copied. */
void report_live_headline(struct report_live *live, const char *text);
/* A line of the caller's own, above the progress. */
void report_live_line(struct report_live *live, const char *text);
/* Something to be read now: a person has to act, somebody is where nobody should be. */
void report_live_note(struct report_live *live, const char *text);
void report_live_tick(struct report_live *live, uint64_t real_now_us); /* redraws the progress */
void report_live_result(struct report_live *live, const struct report_result *result);
/* Takes what is renewed off the terminal; the caller goes on there. */
void report_live_hide(struct report_live *live);
/* The summary: counts, failures with evidence, where the reports are. */
void report_live_end(struct report_live *live, const struct report_totals *totals,
                     const char *out_directory);

/* Files; written to a temporary name and renamed. `name` of the suite: "rclab". */
int report_junit_write(const char *path, const struct report_result *results, size_t count,
                       const struct report_totals *totals, struct error *error);
int report_json_write(const char *path, const struct report_result *results, size_t count,
                      const struct report_totals *totals, struct error *error);
/* One result as a JSON object (used in results.json, and as verdict.json of a run's folder). */
struct buffer;
void report_json_result(const struct report_result *result, struct buffer *buffer);
/* verdict.json in the result's folder. */
int report_verdict_write(const struct report_result *result, struct error *error);

#endif
