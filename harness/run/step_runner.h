/* SPDX-License-Identifier: MIT */
/* Carries out the steps that do something: to the servers, to an emulated phone by its page or its
 * keys and its power, to a real one by the drivers that the lab file names. One phone after the
 * other. */
#ifndef RCLAB_RUN_STEP_RUNNER_H
#define RCLAB_RUN_STEP_RUNNER_H

#include "harness/run/course_state.h"

/* Carries on with the judge's current step, if it is one that does something. True: it did. What
 * cannot be done breaks the course (course_fail). */
bool step_runner_turn(struct course *course, const struct step *step);
void step_runner_done(struct course *course);
/* The scenario is over: phones that it left without power get it back. False: that, or something
 * else, is still under way. */
bool step_runner_settle(struct course *course);

#endif
