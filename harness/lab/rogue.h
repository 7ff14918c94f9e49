/* SPDX-License-Identifier: MIT */
/* A second DHCP server on the wire, which nobody has asked for: it answers whoever asks by
 * broadcast, and whoever asks it, and confirms what another server has lent. Pure: a request in,
 * its reply out. */
#ifndef RCLAB_LAB_ROGUE_H
#define RCLAB_LAB_ROGUE_H

#include "harness/lab/lab.h"
#include "harness/scenario/scenario.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"

struct rogue { /* pointers are borrowed */
    struct lab_plan plan;
    uint32_t address; /* its own, its server identifier too; 0 = there is none */
    struct mac mac;
    const char *const *substitutions; /* SUBSTITUTE_COUNT */
    const uint32_t *fixed_addresses;  /* of the first phones: those that the lab's server lends */
    size_t fixed_count;
};

/* Its address is the first of the network that nobody else can have: neither the lab's servers nor
 * a phone. */
void rogue_init(struct rogue *rogue, const struct lab_plan *plan, const char *const *substitutions);
/* The address that it offers to a phone: its fixed one, else one behind the pool of the lab's
 * server; 0 = there is no room for so many phones. */
uint32_t rogue_lends(const struct rogue *rogue, size_t phone);
/* Whether it gets to see such a frame to a DHCP server: a switch shows it broadcasts and what is
 * sent to it. */
bool rogue_hears(const struct rogue *rogue, const struct frame *frame);
/* Whether the request is for it alone, by its address or by the server that the request names. */
bool rogue_is_meant(const struct rogue *rogue, const struct frame *frame,
                    const struct dhcp_message *request);
struct rogue_reply {
    struct frame headers;
    uint32_t address; /* that it offers or confirms */
};
/* Its reply: to a DISCOVER an OFFER, to a REQUEST an ACK of the address that the phone asks for,
 * whichever server has lent it. Appends the UDP payload. False: it has nothing to say,
 * or not what the scenario wants it to offer (a value that no option can hold). */
bool rogue_answer(const struct rogue *rogue, size_t phone, const struct scenario_dhcp *dhcp,
                  const struct dhcp_message *request, struct buffer *payload,
                  struct rogue_reply *ret_reply);

#endif
