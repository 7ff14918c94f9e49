/* SPDX-License-Identifier: MIT */
/* Carries out the steps that do something: to a phone (see hands.h), or to the servers. One phone
 * after the other. */
#ifndef RCLAB_RUN_DRIVER_H
#define RCLAB_RUN_DRIVER_H

#include "harness/base/buffer.h"
#include "harness/loop/fetch.h"
#include "harness/scenario/scenario.h"

struct course;
struct driver {
    struct course *course;
    const struct step *step; /* being carried out, or the last one that was */
    size_t next_phone;
    struct fetch *fetch; /* a command to an emulated phone's page, in flight */
};

/* Carries on with the judge's current step, if it is one that does something. True: it did. What
 * cannot be done breaks the course (course_fail). */
bool driver_turn(struct driver *driver, const struct step *step);
void driver_done(struct driver *driver);

/* --- shared with the hands ------------------------------------------------------------------ */
void driver_record_action(struct driver *driver, size_t phone, bool page);
bool driver_fail(struct driver *driver, int code, const struct error *error); /* true */
/* The parameters of the present step, as a form that a phone's page takes. */
void driver_write_form(const struct driver *driver, struct buffer *form);
/* Publishes the parameters of the present step as a config XML; *ret_url: where a phone gets it. */
enum { DRIVER_URL_MAX = 512 };
int driver_publish(struct driver *driver, char url[DRIVER_URL_MAX], struct error *error);

/* A parameter whose setting by somebody else stops Remote Customization: a Profile Rule, or a Proxy
 * setting of an extension (RC-PEND-6, RC-CUST-3). */
bool driver_parameter_aborts(const char *name);

#endif
