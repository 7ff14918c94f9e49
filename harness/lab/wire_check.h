/* SPDX-License-Identifier: MIT */
/* Is this wire ours to play on, and who is on it? Asked before anything is sent on it but the
 * questions themselves. Synchronous, in the machine's own namespace, bounded in real time; the
 * interface must be up. */
#ifndef RCLAB_LAB_WIRE_CHECK_H
#define RCLAB_LAB_WIRE_CHECK_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* A DHCPDISCOVER of ours, sent twice, is answered within this time where a server is: one that asks
 * first whether the address is free waits for 3 s (dnsmasq) before it offers. */
#define WIRE_CHECK_DHCP_US UINT64_C(5000000)
/* The same of an ARP probe, sent again eight times meanwhile: a switch's port that has just come up
 * may forward nothing at first, and this machine may have more to do than to listen. */
#define WIRE_CHECK_ARP_US UINT64_C(2000000)
enum { WIRE_CHECK_FIND_MAX = 65536 /* addresses of one search */ };

/* A default route of the machine (IPv4 or IPv6, any table) leads over it, be it as a port of a
 * bridge or bond, or through a VLAN on top of it. */
int wire_check_default_route(const char *interface, bool *ret_carries, struct error *error);
/* One of these addresses is the machine's own, or their subnet overlaps one of another interface:
 * ERROR_UNAVAILABLE with a text that says which and what to do. */
int wire_check_own_addresses(const char *interface, const uint32_t *addresses, size_t count,
                             unsigned prefix_length, struct error *error);

struct wire_found {
    bool found;
    uint32_t address; /* DHCP: of option 54, else the IP source */
    struct mac mac;
};
/* Another DHCP server answers on the wire. Only asks, from a MAC address that nobody has: no lease
 * is taken, though a server may keep the address that it offers for a moment. */
int wire_check_dhcp_server(const char *interface, uint64_t wait_us, struct wire_found *ret_found,
                           struct error *error);
/* Somebody else on the wire has one of these addresses (ARP probes, RFC 5227 2.1.1: they change
 * nobody's cache): the one who answers first, as soon as he does. */
int wire_check_addresses(const char *interface, const uint32_t *addresses, size_t count,
                         uint64_t wait_us, struct wire_found *ret_found, struct error *error);
/* Which of the devices with these MAC addresses have which address of the range: ARP probes for
 * each of it, at most twice (64,000 a second), and wait_us in all for the answers. Ends as soon as
 * all are found. ret_addresses: mac_count of them, 0 = not found; untouched on failure.
 * ERROR_INVALID: no range, or more than WIRE_CHECK_FIND_MAX. */
int wire_check_find(const char *interface, uint32_t first, uint32_t last, const struct mac *macs,
                    size_t mac_count, uint64_t wait_us, uint32_t *ret_addresses,
                    struct error *error);

#endif
