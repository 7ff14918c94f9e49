/* SPDX-License-Identifier: MIT */
/* Which scenario runs on which devices of a lab, which are left out and why. Pure.
 *
 * A scenario that asks for one phone runs on every device that can be it, on all of them at once;
 * one that asks for several takes as many as it needs. What shares a round runs at the same time.
 */
#ifndef RCLAB_RACK_RACK_PLAN_H
#define RCLAB_RACK_RACK_PLAN_H

#include "harness/base/error.h"
#include "harness/lab_file/lab_file.h"
#include "harness/scenario/load.h"

#define RACK_DURATION_MAX_DEFAULT_US UINT64_C(1800000000)
#define RACK_BOOT_COST_US UINT64_C(90000000)  /* of an estimate: a real phone's boot */
#define RACK_EXPECT_COST_US UINT64_C(2000000) /* the same: an answer that is awaited */
/* The same: until a phone gives a silent server up. */
#define RACK_SILENCE_COST_US UINT64_C(30000000)

struct rack_options {
    uint64_t duration_max_us; /* real time that one scenario may take; 0 = any */
    bool no_prompt;           /* nobody is there to reset a device by hand */
};

struct rack_course {
    /* The scenario as these devices carry it out: their names, models, readings, the lab's
     * tolerance where the file gives none. Its id: "pending-backoff.desk-1", or the scenario's own
     * if it takes several. Lives in the plan. */
    struct scenario bound;
    const struct scenario *scenario;
    const size_t *phones; /* indices into the lab's; bound.phone_count of them */
    size_t round;         /* from 0, in order; of a skipped one without meaning */
    uint64_t estimate_us; /* real time */
    const char *skipped;  /* why it is left out and what would change that; NULL = it runs */
};
struct rack_plan {
    struct arena arena;
    struct rack_course *courses; /* scenario by scenario, device by device */
    size_t count, round_count, run_count /* not skipped */;
};

enum { RACK_COURSES_MAX = 20000, RACK_PLAN_BYTES_MAX = 64 << 20 };

/* chosen: the devices that take part (lab->phone_count of them), NULL = all. Suite and lab must
 * outlive the plan. ERROR_LIMIT, ERROR_MEMORY. */
int rack_plan_make(const struct suite *suite, const struct lab_file *lab, const bool *chosen,
                   const struct rack_options *options, struct rack_plan *ret_plan,
                   struct error *error);
/* The same of emulated phones: a scenario of one phone on each chosen phone, one of several on the
 * first of them. All are in round 0: each has a lab of its own. */
int rack_plan_make_emulated(const struct suite *suite, const struct lab_file *lab,
                            const bool *chosen, struct rack_plan *ret_plan, struct error *error);
/* A lab without a wire, of emulated phones phone-1, phone-2 … To be freed with lab_file_free. */
int rack_emulated_lab_make(size_t phone_count, struct lab_file **ret_lab, struct error *error);
void rack_plan_done(struct rack_plan *plan); /* safe on zeroed */
/* The longest of each round, added up: real time. */
uint64_t rack_plan_estimate_us(const struct rack_plan *plan);

#endif
