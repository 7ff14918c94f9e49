/* SPDX-License-Identifier: MIT */
/* What a process of a lab of real devices takes with it out of the machine's own network. */
#ifndef RCLAB_RACK_RACK_WIRE_H
#define RCLAB_RACK_RACK_WIRE_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/lab_file/lab_file.h"

/* How long devices are looked for that have an address already, real time. */
#define RACK_WIRE_FIND_US UINT64_C(1000000)

struct rack_wire {
    int uplink_fd;        /* frames of the lab's interface; -1 = none */
    int outside_netns_fd; /* the machine's own network; -1 = none */
};
#define RACK_WIRE_NONE ((struct rack_wire){-1, -1})

/* Looks for the lab's devices (macs, phone_count of them; ret_addresses likewise, 0 = not found),
 * opens the interface, and enters namespaces of its own: once in a process of one thread.
 * What was opened before an error is in ret_wire, and the caller's to close as always. */
int rack_wire_take(const struct lab_file *lab, const struct mac *macs, uint32_t *ret_addresses,
                   struct rack_wire *ret_wire, struct error *error);
void rack_wire_close(struct rack_wire *wire);

#endif
