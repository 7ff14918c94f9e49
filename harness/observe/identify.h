/* SPDX-License-Identifier: MIT */
/* Which phone is that? By MAC address, and by the IPv4 address that it was last given (DHCP ACK).
 */
#ifndef RCLAB_OBSERVE_IDENTIFY_H
#define RCLAB_OBSERVE_IDENTIFY_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stddef.h>

enum { IDENTIFY_SLOTS = 16384 }; /* a power of two, several times OBSERVER_PHONES_MAX */

struct identify {
    struct mac *macs;    /* owned; index = phone */
    uint32_t *addresses; /* owned; the latest lease of each phone, 0 = none */
    size_t count;
    uint16_t *by_mac; /* owned; IDENTIFY_SLOTS of phone + 1, 0 = free */
    struct {
        uint32_t address;
        uint16_t phone; /* + 1 */
    } *by_address;      /* owned; may hold stale entries: `addresses` decides */
    size_t address_slots_used;
};

/* ERROR_LIMIT: more than OBSERVER_PHONES_MAX. */
int identify_init(struct identify *identify, const struct mac *phones, size_t count,
                  struct error *error);
void identify_done(struct identify *identify); /* safe on zeroed and half-made */

/* Index or EVENT_PHONE_NONE. */
int identify_by_mac(const struct identify *identify, const struct mac *mac);
int identify_by_address(const struct identify *identify, uint32_t address);
/* Adds a phone (or finds it); EVENT_PHONE_NONE when there is no room left. */
int identify_learn(struct identify *identify, const struct mac *mac);
/* The phone has this address from now on; whoever had it before has none. */
void identify_lease(struct identify *identify, int phone, uint32_t address);

#endif
