/* SPDX-License-Identifier: MIT */
/* What a cycle run has come to: everything that has to outlive the program's end. Bounded,
 * however many cycles there are. */
#ifndef RCLAB_CYCLE_TALLY_H
#define RCLAB_CYCLE_TALLY_H

#include "harness/base/histogram.h"
#include "harness/cycle/evidence.h"
#include "harness/observe/timeline.h"
#include "harness/rack/rack_plan.h"

/* What a run can fail by: a rule, a standing rule, none of them; or the lab broke. */
enum {
    TALLY_KIND_STANDING = RULE_COUNT,
    TALLY_KIND_OTHER = TALLY_KIND_STANDING + STANDING_COUNT,
    TALLY_KIND_LAB,
    TALLY_KINDS
};
const char *tally_kind_name(size_t kind); /* "RC-PEND-3", "delays-never-shrink", … */

struct tally_kind {
    uint64_t count, first_cycle;
};
struct tally_phone {
    uint64_t by_verdict[VERDICT_COUNT];
    struct histogram times[STATE_COUNT]; /* from the boot, the devices' clock */
    struct tally_kind kinds[TALLY_KINDS];
};
struct tally {
    uint64_t cycle; /* that is under way or next, from 1 */
    bool *done;     /* which of its courses have come in; course_count of them, owned */
    size_t course_count;
    struct tally_phone *phones; /* of the lab; phone_count of them, owned */
    size_t phone_count;
    uint64_t by_verdict[VERDICT_COUNT]; /* runs */
    uint64_t elapsed_us;                /* real time, of all sittings */
    uint64_t pruned_passes, pruned_failures;
    struct kept kept;
    bool finished; /* it came to the end that it was told */
};

int tally_init(struct tally *tally, size_t phone_count, size_t course_count, struct error *error);
void tally_done(struct tally *tally); /* safe on zeroed */
/* Counts a run that ended as judged; SKIP is none. True: it failed in a way that one of its phones
 * never did before. */
bool tally_take(struct tally *tally, const struct rack_course *course,
                const struct judgement *judgement);
/* All of a cycle's courses have come in. */
void tally_next_cycle(struct tally *tally);
/* How long a phone took from its boot to each Customization State: tells each state's first time
 * since each boot that a step of the run led to, in order. Open is left out: a boot after a reset
 * is Open at once. */
void tally_read_times(const struct timeline *timeline, size_t phone_count,
                      void (*tell)(void *context, size_t phone, enum customization_state state,
                                   uint64_t since_boot_us),
                      void *context);

#endif
