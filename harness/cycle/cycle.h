/* SPDX-License-Identifier: MIT */
/* The same scenarios on the same phones again and again, for days: on a wire of real devices by
 * `rack`, on emulated phones by `pool`; each run in a process that ends with it. */
#ifndef RCLAB_CYCLE_CYCLE_H
#define RCLAB_CYCLE_CYCLE_H

#include "harness/cycle/tally.h"
#include "harness/rack/rack.h"
#include "harness/report/report.h"
#include "harness/run/run.h"
#include <jansson.h>

/* So many cycles one after the other in which the lab broke for every phone, and through none of
 * them: it is broken. */
enum { CYCLE_BARREN_MAX = 3 };

struct cycle_limits { /* 0 = none */
    uint64_t cycles;
    uint64_t duration_us;          /* real time; no cycle begins after it */
    uint64_t failures;             /* runs that failed */
    uint64_t disk_bytes;           /* of the runs' folders; always one */
    uint64_t retry_quarantined_us; /* a quarantined phone is tried again after so long */
};
enum cycle_end {
    CYCLE_END_DONE, /* as many cycles, or as long, as was said */
    CYCLE_END_FAILURES,
    CYCLE_END_QUARANTINED, /* no phone is left */
    CYCLE_END_LAB,
    CYCLE_END_INTERRUPTED
};
struct cycle_config {
    const struct lab_file *lab;
    const struct rack_plan *plan; /* made for the lab, or by rack_plan_make_emulated */
    const struct certificates *certificates;
    bool emulated;
    unsigned parallel; /* emulated: runs side by side */
    const struct phone_quirk *quirk;
    bool has_variation; /* emulated: cycle N's phones are drawn from variation_seed + N - 1 */
    uint64_t variation_seed;
    const char *out;
    const json_t *identity; /* see state_file.h */
    uint64_t seed;          /* cycle N's is seed + N - 1 */
    struct cycle_limits limits;
    bool no_prompt;
    const volatile sig_atomic_t *stop;
    enum report_format format; /* REPORT_PRETTY, REPORT_JSON, REPORT_QUIET */
    /* Not 0: somebody wants to see the summary now, and it is set back. */
    volatile sig_atomic_t *summary_wanted;
};

/* Goes on from what the tally says, and keeps it in OUT/cycle.state: after each cycle, and after
 * each run that did not pass. What happens is shown on stdout (cycle_screen), at the end the
 * summary, which is also in OUT's files. ERROR_SYSTEM, ERROR_MEMORY, ERROR_LIMIT. */
int cycle_run(const struct cycle_config *config, struct tally *tally, enum cycle_end *ret_end,
              struct error *error);

#endif
