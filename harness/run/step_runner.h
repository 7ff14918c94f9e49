/* SPDX-License-Identifier: MIT */
/* Carries out the steps that do something: to a phone, by its action driver, or to the servers. One
 * phone after the other. */
#ifndef RCLAB_RUN_STEP_RUNNER_H
#define RCLAB_RUN_STEP_RUNNER_H

#include "harness/base/buffer.h"
#include "harness/loop/fetch.h"
#include "harness/scenario/scenario.h"

struct course;
struct step_runner {
    struct course *course;
    const struct step *step; /* being carried out, or the last one that was */
    size_t next_phone;
    struct fetch *fetch; /* a command to an emulated phone's page, in flight */
};

/* How something is done to one phone: to an emulated one by its page or its keys and its power, to
 * a real one by the drivers that the lab file names. */
struct action_driver {
    /* Begins the runner's present step on this phone. True: something was done or begun. */
    bool (*begin)(struct step_runner *runner, size_t phone);
    /* It is still busy with what was begun; NULL = never. */
    bool (*is_busy)(const struct step_runner *runner, size_t phone);
    /* Switches it on again if the scenario left it without power; NULL = it cannot. True: it
     * had. */
    bool (*restore_power)(struct step_runner *runner, size_t phone);
};
extern const struct action_driver action_driver_emulated, action_driver_device;

/* Carries on with the judge's current step, if it is one that does something. True: it did. What
 * cannot be done breaks the course (course_fail). */
bool step_runner_turn(struct step_runner *runner, const struct step *step);
void step_runner_done(struct step_runner *runner);
/* The scenario is over: phones that it left without power get it back. False: that, or something
 * else, is still under way. */
bool step_runner_settle(struct step_runner *runner);

/* --- for the action drivers ----------------------------------------------------------------- */

void step_runner_record(struct step_runner *runner, size_t phone, bool page);
bool step_runner_fail(struct step_runner *runner, int code, const struct error *error); /* true */
/* The parameters of the present step, as a form that a phone's page takes. */
enum { STEP_RUNNER_FORM_BYTES_MAX = 1 << 20 };
void step_runner_write_form(const struct step_runner *runner, struct buffer *form);
/* Publishes the parameters of the present step as a config XML; url: where a phone gets it. */
enum { STEP_RUNNER_URL_MAX = 512 };
int step_runner_publish(struct step_runner *runner, char url[STEP_RUNNER_URL_MAX],
                        struct error *error);

#endif
