/* SPDX-License-Identifier: MIT */
/* What an emulated phone is plugged into in a lab with links: its line (link.h), the relay that
 * carries its frames, and the cable, which can be pulled. */
#ifndef RCLAB_LAB_PHONE_PORT_H
#define RCLAB_LAB_PHONE_PORT_H

#include "harness/base/error.h"
#include "harness/lab/lab.h"
#include "harness/lab/link.h"
#include "harness/loop/loop.h"

struct phone_port_config {
    struct loop *loop;
    struct lab *lab; /* of which plan.links holds */
    size_t phone;
    struct link_config link;
    /* The phone has lost its carrier, or has it again. */
    void (*carrier)(void *context, size_t phone, bool has);
    void *context;
};

struct phone_port;
int phone_port_new(const struct phone_port_config *config, struct phone_port **ret_port,
                   struct error *error);
void phone_port_free(struct phone_port *port); /* NULL is allowed */
/* From now on its line is like this (see link_set); an outage ends by itself, on the run's clock.
 * An error: what was asked for could not be done to the cable. */
int phone_port_set(struct phone_port *port, const struct scenario_network *network,
                   struct error *error);
struct link *phone_port_link(struct phone_port *port);

#endif
