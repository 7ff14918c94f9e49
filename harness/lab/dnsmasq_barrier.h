/* SPDX-License-Identifier: MIT */
/* Proof that dnsmasq has handled all that was given to it: its receive queues are empty, then one
 * DNS question of our own over its loopback is answered. Since it is one thread that finishes each
 * datagram before it takes the next, what it had to send is on the wire by then. */
#ifndef RCLAB_LAB_DNSMASQ_BARRIER_H
#define RCLAB_LAB_DNSMASQ_BARRIER_H

#include "harness/lab/dnsmasq.h"

struct dnsmasq_barrier;
/* Adds itself to the loop. */
int dnsmasq_barrier_new(struct loop *loop, int netns_fd, struct dnsmasq_given given,
                        struct dnsmasq_barrier **ret_barrier, struct error *error);
void dnsmasq_barrier_free(struct dnsmasq_barrier *barrier);

/* The same proof at once, for a clock that does not wait for it: returns when it is there, or when
 * the real time is up (false: nothing is proved; dnsmasq may hang). */
bool dnsmasq_barrier_drain(struct dnsmasq_barrier *barrier, int real_ms_max);

/* From the text of /proc/net/udp: bytes waiting for sockets of these ports, and datagrams dropped
 * there. False if the text is not of that form. */
bool udp_queues_parse(const char *text, const uint16_t *ports, size_t port_count,
                      uint64_t *ret_waiting_bytes, uint64_t *ret_dropped);

#endif
