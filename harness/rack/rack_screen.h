/* SPDX-License-Identifier: MIT */
/* What a person sees of a rack at work: a line for each phone (state, since when, what is awaited
 * and how long that may take), and a note when somebody has to do something. */
#ifndef RCLAB_RACK_RACK_SCREEN_H
#define RCLAB_RACK_RACK_SCREEN_H

#include "harness/rack/rack.h"
#include "harness/report/report.h"

struct rack_screen;
int rack_screen_new(struct report_live *live, const struct lab_file *lab,
                    const struct rack_plan *plan, struct rack_screen **ret_screen,
                    struct error *error);
void rack_screen_free(struct rack_screen *screen);
void rack_screen_started(struct rack_screen *screen, size_t course);
void rack_screen_news(struct rack_screen *screen, const struct rack_news *news);
void rack_screen_finished(struct rack_screen *screen, size_t course,
                          const struct judgement *judgement);
/* Repeated work: each line tells the number and what the phone came to last. 0 = it is not. */
void rack_screen_cycle(struct rack_screen *screen, uint64_t cycle);
void rack_screen_tick(struct rack_screen *screen, uint64_t real_now_us);

#endif
