/* SPDX-License-Identifier: MIT */
/* What a cycle run has come to, for people (cycle.txt) and for programs (cycle.json). */
#ifndef RCLAB_CYCLE_SUMMARY_H
#define RCLAB_CYCLE_SUMMARY_H

#include "harness/base/buffer.h"
#include "harness/cycle/tally.h"
#include "harness/cycle/usage.h"

#define SUMMARY_TEXT_NAME "cycle.txt" /* in the run's folder */
#define SUMMARY_JSON_NAME "cycle.json"
enum { SUMMARY_WARM_CYCLES = 100 };

struct summary_facts {
    const struct lab_file *lab;
    const struct rack_plan *plan;
    const struct tally *tally;
    const char *out; /* the run's folder */
    /* Of this sitting: at its begin, after SUMMARY_WARM_CYCLES cycles, now. */
    struct usage usage_begin, usage_warm, usage_now;
};
void summary_text(const struct summary_facts *facts, struct buffer *buffer);
/* One line without a newline at its end. */
void summary_json(const struct summary_facts *facts, struct buffer *buffer);
/* Both files; each appears whole. */
int summary_write(const struct summary_facts *facts, struct error *error);

#endif
