/* SPDX-License-Identifier: MIT */
/* Carrying frames between two interfaces, both ways and whole: segments not yet cut, checksums not
 * yet computed and VLAN tags pass as they are. What becomes of a frame, a policy says: a pure
 * function of the frame and the time, which names the frames that go out, where, and when. The
 * relay does the rest: sockets, waiting for room, holding back, counting. Behind it stand the
 * gate's policy (DHCP and DNS as a scenario wants them), the uplink's (all pass, but for devices
 * with a bad line) and the link's (what a bad line does to frames). */
#ifndef RCLAB_LAB_RELAY_H
#define RCLAB_LAB_RELAY_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RELAY_HELD_MAX = 16384,   /* frames held back at once until their time */
    RELAY_WAITING_MAX = 1024, /* frames that wait for room, each way */
};

enum relay_side { RELAY_PHONES, RELAY_LAB, RELAY_SIDES }; /* the phones' end, the lab's */

struct relay_frame {
    const uint8_t *bytes; /* from the Ethernet header on, with its VLAN tag */
    size_t length;
    /* What the sender left to its interface: a checksum to compute, segments to cut. Zeroed: the
     * frame is complete. */
    struct virtio_net_hdr offload;
};

/* Where a policy puts the frames that are to go out; copied where they have to wait. Those of one
 * moment keep their order. at_us: not before then (the run's clock); the past = at once. */
struct relay_out {
    void (*send)(void *context, enum relay_side to, const struct relay_frame *frame,
                 uint64_t at_us);
    void *context;
};
/* A frame came in on the side `from`. A frame that the policy does not send goes no further. */
typedef void relay_policy_fn(void *context, enum relay_side from, const struct relay_frame *frame,
                             uint64_t now_us, const struct relay_out *out);

struct relay_config {
    struct loop *loop;
    /* For each side an interface of the present namespace, or else (NULL) an open packet socket,
     * which hears nothing yet and stays the caller's. */
    struct relay_end {
        const char *interface;
        int fd;
    } ends[RELAY_SIDES];
    int buffer_bytes; /* what may wait unread at each end */
    bool lossless;    /* a frame that an end refuses is an error, and not merely lost */
    relay_policy_fn *policy;
    void *policy_context;
    /* A policy that keeps frames itself: when it wants to be called without a new one (UINT64_MAX =
     * not at all), and that call. Both NULL: it keeps none. */
    uint64_t (*next_us)(void *policy_context);
    void (*due)(void *policy_context, uint64_t now_us, const struct relay_out *out);
};
struct relay_counters {
    uint64_t sent[RELAY_SIDES]; /* frames, by the side they went to (one not yet cut is one) */
    uint64_t unplugged;         /* lost because the cable was out */
    uint64_t dropped;           /* lost in any other way: a queue was full, an end refused it */
};

struct relay;
/* An interface that is taken down or removed later fails the loop. */
int relay_new(const struct relay_config *config, struct relay **ret_relay, struct error *error);
void relay_free(struct relay *relay); /* NULL is allowed; what is held back is gone */
const struct relay_counters *relay_counters(const struct relay *relay);
/* The policy's next_us may have become another than it was after its last call. */
void relay_look_again(struct relay *relay);
/* Adds what the kernel dropped before it came to us. */
int relay_count_kernel_drops(struct relay *relay, struct error *error);

#endif
