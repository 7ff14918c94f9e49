/* SPDX-License-Identifier: MIT */
/* What ICMP says of datagrams that did not arrive (destination unreachable, RFC 792), read by a
 * socket of its own. A UDP socket can be told the same (IP_RECVERR), but then whatever library
 * reads that socket meets the error, too, at a moment that nobody chose. */
#ifndef RCLAB_LOOP_UNREACHABLE_H
#define RCLAB_LOOP_UNREACHABLE_H

#include "harness/loop/loop.h"
#include <stddef.h>

struct unreachable { /* the datagram that did not arrive, and why */
    uint32_t source, destination;
    uint16_t source_port, destination_port;
    int reason; /* as errno: ECONNREFUSED = nobody listens at that port */
};
/* Reads an IPv4 packet with an ICMP message; false: it is no news of a UDP datagram, ret
 * untouched. */
bool unreachable_read(const uint8_t *bytes, size_t length, struct unreachable *ret_news);

typedef void unreachable_fn(void *context, const struct unreachable *news);
struct unreachable_watch;
/* Listens in the network namespace netns_fd (-1: here), which needs CAP_NET_RAW there:
 * ERROR_SYSTEM without it. */
int unreachable_watch_new(struct loop *loop, int netns_fd, unreachable_fn *heard, void *context,
                          struct unreachable_watch **ret_watch, struct error *error);
void unreachable_watch_free(
    struct unreachable_watch *watch); /* NULL is allowed; not inside heard */

#endif
