/* SPDX-License-Identifier: MIT */
/* What a cycle run has come to, for people (cycle.txt) and for programs (cycle.json). */
#ifndef RCLAB_CYCLE_SUMMARY_H
#define RCLAB_CYCLE_SUMMARY_H

#include "harness/base/buffer.h"
#include "harness/cycle/tally.h"

#define SUMMARY_TEXT_NAME "cycle.txt" /* in the run's folder */
#define SUMMARY_JSON_NAME "cycle.json"
enum { SUMMARY_WARM_CYCLES = 100 };

/* What this process holds of the machine: it must not grow over days. */
struct summary_usage {
    bool known;
    uint64_t resident_bytes, descriptors;
};
/* From /proc/self; where there is none it stays unknown. */
void summary_usage_read(struct summary_usage *ret_usage);

struct summary_facts {
    const struct lab_file *lab;
    const struct rack_plan *plan;
    const struct tally *tally;
    const char *out; /* the run's folder */
    /* Of this sitting: at its begin, after SUMMARY_WARM_CYCLES cycles, now. */
    struct summary_usage usage_begin, usage_warm, usage_now;
};
void summary_text(const struct summary_facts *facts, struct buffer *buffer);
/* One line without a newline at its end. */
void summary_json(const struct summary_facts *facts, struct buffer *buffer);
/* Both files; each appears whole. */
int summary_write(const struct summary_facts *facts, struct error *error);

#endif
