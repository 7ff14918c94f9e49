/* SPDX-License-Identifier: MIT */
/* Frames that nobody asked for: LLDP, CDP, mDNS, NTP and SIP as the variation has it, and the ARP
 * of a phone that takes an address. */
#ifndef RCLAB_FAKES_PHONE_CHATTER_H
#define RCLAB_FAKES_PHONE_CHATTER_H

#include "fakes/phone/phone_actions.h"
#include "fakes/phone/variation.h"

struct chatter { /* who speaks; borrowed */
    struct mac mac;
    const char *host_name;
    const struct phone_variation *variation;
};
void chatter_at_link(struct phone_actions *actions, const struct chatter *self);
/* Does anybody have this address? (RFC 5227 section 2.1.1) */
void chatter_probe(struct phone_actions *actions, const struct chatter *self, uint32_t address);
/* The address has been set. */
void chatter_at_address(struct phone_actions *actions, const struct chatter *self,
                        uint32_t address);

#endif
