/* SPDX-License-Identifier: MIT */
/* What a person or a program sees of cycles under way: on a terminal a line for each phone and one
 * with the totals; else a line a cycle, or with JSON a line a run. Failures with their evidence. */
#ifndef RCLAB_CYCLE_CYCLE_SCREEN_H
#define RCLAB_CYCLE_CYCLE_SCREEN_H

#include "harness/cycle/tally.h"
#include "harness/rack/rack_news.h"
#include "harness/report/report.h"

struct cycle_screen;
struct cycle_screen_config {
    enum report_format format; /* REPORT_PRETTY, REPORT_JSON, REPORT_QUIET */
    const struct lab_file *lab;
    const struct rack_plan *plan;
    const struct tally *tally;
    uint64_t cycles_max, duration_max_us; /* 0 = none */
};
/* All of the configuration is borrowed. Output goes to stdout. */
int cycle_screen_new(const struct cycle_screen_config *config, struct cycle_screen **ret_screen,
                     struct error *error);
void cycle_screen_free(struct cycle_screen *screen);
void cycle_screen_started(struct cycle_screen *screen, size_t course);
void cycle_screen_news(struct cycle_screen *screen, const struct rack_news *news);
void cycle_screen_result(struct cycle_screen *screen, uint64_t cycle, size_t course,
                         const struct report_result *result);
void cycle_screen_cycle_over(struct cycle_screen *screen, uint64_t cycle);
void cycle_screen_note(struct cycle_screen *screen, const char *text);
void cycle_screen_tick(struct cycle_screen *screen, uint64_t real_now_us);
/* Text of whole lines, below which the screen goes on. */
void cycle_screen_text(struct cycle_screen *screen, const char *text);
/* Takes the lines that are renewed off the terminal: what follows is the caller's. */
void cycle_screen_hide(struct cycle_screen *screen);

#endif
