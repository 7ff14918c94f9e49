/* SPDX-License-Identifier: MIT */
/* Who is who: what is known of the network beforehand, and which phone a MAC address is, or the
 * IPv4 address that it was last given (DHCP ACK). */
#ifndef RCLAB_OBSERVE_IDENTIFY_H
#define RCLAB_OBSERVE_IDENTIFY_H

#include "harness/base/address_index.h"
#include "harness/base/error.h"
#include "harness/observe/event.h"

/* What the observer knows of the network it looks at. All zero = nothing (a foreign capture):
 * then phones are every MAC address that speaks DHCP as a client (or has the vendor's user agent),
 * EDOS is known by its host names, the provisioning server is whatever is asked after it. */
struct observe_world {
    const struct mac *phones; /* borrowed; index = phone number */
    size_t phone_count;
    bool learn_phones; /* foreign capture: append phones as they show up */
    uint32_t edos_address, provision_address, name_server_address, harness_address;
    const char *const *edos_hosts; /* borrowed; NULL = the vendor's two known hosts */
    size_t edos_host_count;
    uint16_t edos_port;      /* 443 (0 = 443) */
    const char *status_path; /* the page poll of the harness itself, kept off the timeline
                                when asked by harness_address; NULL = none */
    struct readings readings;
};

enum { OBSERVER_PHONES_MAX = 5000 };

struct identify {
    struct mac *macs;    /* owned; index = phone */
    uint32_t *addresses; /* owned; the latest lease of each phone, 0 = none */
    bool *conflicts;     /* owned; that somebody else has it was told */
    uint32_t *lenders;   /* owned; the DHCP server that each turned to; 0 = none, or any will do */
    size_t count;
    struct address_index index; /* of both, to phones; has room for all of them */
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
/* The phone asks for an address: this DHCP server, or any that hears it (0). */
void identify_asks(struct identify *identify, int phone, uint32_t server);
/* This DHCP server (0 = it does not say who it is) decides about the address that the phone asks
 * for. False: another one was asked, or has decided before. */
bool identify_decides(struct identify *identify, int phone, uint32_t server);
/* False: it has been told since the phone was last lent an address. */
bool identify_tell_conflict(struct identify *identify, int phone);

#endif
