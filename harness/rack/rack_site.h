/* SPDX-License-Identifier: MIT */
/* A lab file as the plan of a site (its addresses, hosts, ports, devices and certificates), and
 * what a process that is to be on its wire takes along. */
#ifndef RCLAB_RACK_RACK_SITE_H
#define RCLAB_RACK_RACK_SITE_H

#include "harness/lab_file/lab_file.h"
#include "harness/run/site.h"

/* The lab's own certificates, or those that its file gives (ca_pem is the lab's own CA then too: of
 * the servers for which the file gives none). */
int rack_certificates_make(const struct lab_file *lab, struct certificates *ret_certificates,
                           struct error *error);
/* macs: phone_count of them, filled here; they, lab and certificates must outlive the plan.
 * Descriptors, folder, seed and listeners are the caller's. */
struct site_plan rack_site_plan(const struct lab_file *lab, const struct certificates *certificates,
                                struct mac *macs);

/* What is said of somebody else on the wire: who it is, and "it is left alone". */
enum { RACK_STRANGER_TEXT_MAX = 400 };
void rack_stranger_describe(const struct stranger *stranger, char text[RACK_STRANGER_TEXT_MAX]);

/* --- out of the machine's own network ------------------------------------------------------- */

/* How long devices are looked for that have an address already, real time. */
#define RACK_WIRE_FIND_US UINT64_C(1000000)

struct rack_wire {        /* what a process takes along */
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
