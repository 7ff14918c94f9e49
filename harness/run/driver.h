/* SPDX-License-Identifier: MIT */
/* Carries out the steps that do something: to a phone (by its web page where it can be reached,
 * else by its keys and its power), or to the servers. One phone after the other. */
#ifndef RCLAB_RUN_DRIVER_H
#define RCLAB_RUN_DRIVER_H

#include "harness/run/world.h"

struct driver {
    struct world *world;
    const struct step *step; /* being carried out, or the last one that was */
    size_t next_phone;
    struct fetch *fetch; /* a page command in flight */
    unsigned pushes;
};

/* Carries on with the judge's current step, if it is one that does something. True: it did. What
 * cannot be done is a lab error (loop_fail). */
bool driver_turn(struct driver *driver, const struct step *step);
void driver_done(struct driver *driver);

/* A parameter whose setting by somebody else stops Remote Customization: a Profile Rule, or a Proxy
 * setting of an extension (RC-PEND-6, RC-CUST-3). */
bool driver_parameter_aborts(const char *name);

#endif
