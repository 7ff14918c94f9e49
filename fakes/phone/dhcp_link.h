/* SPDX-License-Identifier: MIT */
/* DHCP and ARP on the wire for a client that has no address yet: whole frames, built by libnet,
 * sent and read on the phone's interface by a packet socket that the loop watches. */
#ifndef RCLAB_FAKES_PHONE_DHCP_LINK_H
#define RCLAB_FAKES_PHONE_DHCP_LINK_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include <stddef.h>

enum {
    DHCP_LINK_FRAMES_A_TURN_MAX = 64,
    DHCP_LINK_PAYLOAD_MAX = 1472, /* what one frame takes, headers aside */
};

struct dhcp_link_ears {
    /* A UDP payload that came to port 68 of this station (or to all), with the sender's MAC. */
    void (*dhcp)(void *context, const uint8_t *bytes, size_t length, const struct mac *source_mac);
    /* Somebody says by ARP that it has an address: in an answer, an announcement, a question. NULL:
     * nobody listens, and no such frame wakes the loop. */
    void (*arp)(void *context, uint32_t address, const struct mac *owner_mac);
    void *context;
};

struct dhcp_link;
/* The interface (in the namespace netns_fd; -1 = here) must be up. ERROR_UNAVAILABLE: packet
 * sockets are not allowed here. */
int dhcp_link_new(struct loop *loop, int netns_fd, const char *interface, const struct mac *mac,
                  const struct dhcp_link_ears *ears, struct dhcp_link **ret_link,
                  struct error *error);
void dhcp_link_free(struct dhcp_link *link);

/* From source:68 to destination:67. destination_mac zero = not known: the station that the last
 * answer came from, or else all. */
int dhcp_link_send(struct dhcp_link *link, uint32_t source, uint32_t destination,
                   const struct mac *destination_mac, const uint8_t *bytes, size_t length,
                   struct error *error);

/* A whole Ethernet frame, as it is. */
int dhcp_link_send_frame(struct dhcp_link *link, const uint8_t *bytes, size_t length,
                         struct error *error);

#endif
