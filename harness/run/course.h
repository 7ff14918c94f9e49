/* SPDX-License-Identifier: MIT */
/* One scenario being carried out on a site: its phones, its recorder, its judge. On an emulated
 * site it is the only one; on a wire of real devices each phone may be in a course of its own. */
#ifndef RCLAB_RUN_COURSE_H
#define RCLAB_RUN_COURSE_H

#include "harness/run/course_state.h"

/* site_indices: which phones of the site are this scenario's, one for each of scenario->phones.
 * devices: real ones, as the lab file has them (NULL: emulated). `folder` of the options exists. */
struct course_config {
    struct site *site;
    const struct scenario *scenario;
    const struct run_options *options;
    const size_t *site_indices;
    const struct lab_phone *const *devices;
    const char *directory;                        /* of the lab file */
    const uint32_t *addresses;                    /* of the devices at the start, 0 = unknown */
    void (*ask)(void *context, const char *text); /* see device.h; with the options' context */
};
int course_new(const struct course_config *config, struct course **ret_course, struct error *error);
void course_free(struct course *course);

/* Puts in force for its phones what its scenario begins with. The site is served already. */
int course_begin(struct course *course, struct error *error);
/* All is quiet at this instant: reads pages, then lets the judge's clock and steps go on. True: it
 * has started something. */
bool course_quiet(struct course *course);
/* Nothing is left to do: the judge has come to an end, or the course is broken. A real device is
 * blamed only if it was heard after its failure was found: else it is gone, and the verdict ERROR.
 */
bool course_is_over(const struct course *course);
/* The harness itself came to its work so much too late, in the devices' time (the machine was
 * busy): a phone is not blamed for what such a lateness may have done. */
void course_was_late(struct course *course, uint64_t late_us);
/* Gives up: devices get back the power that a step took, and it is over. */
void course_interrupt(struct course *course);
/* Records the end and writes out what there is; once. loop_error: of loop_run, NULL = none. */
void course_finish(struct course *course, int loop_result, const struct error *loop_error);
/* The verdict, once finished. */
void course_judgement(const struct course *course, struct judgement *ret_judgement);

#endif
