/* SPDX-License-Identifier: MIT */
/* The line between one phone and its switch, with what a line does to frames: delay and jitter,
 * loss (each frame by itself, or in bursts), duplicates, frames out of order, spoiled bytes, a rate
 * with a queue, a cut. No sockets, no clock: frame in, now -> frames out, next deadline. A policy
 * behind lab/relay.
 *
 * Whatever is not TCP meets it frame by frame. So does TCP in real time. On a jumping clock it
 * cannot: both ends' TCP is the kernel's, which sends again what got lost by the machine's clock,
 * while no simulated time passes. There
 *  - what is said over a connection is cut into blocks of LINK_BLOCK_BYTES, each of which meets the
 *    line as a frame would. A block begins anew where one side begins to speak after the other, or
 *    after a pause;
 *  - a block that is lost arrives once, when its retransmission would have arrived: sent again
 *    after a time-out that doubles (RFC 6298), lost again or not, until it passes or the sender
 *    would have given up (LINK_TCP_..._TRIES). What the kernel meanwhile sends again is dropped;
 *  - what follows it waits for it, as it would in the receiver's kernel: order within a connection
 *    and direction is kept;
 *  - bare acknowledgements pass at once and uncounted, whatever the line is like: how many a kernel
 *    sends, and when, depends on the machine's clock, and nobody above TCP sees them;
 *  - what is drawn hangs on the connection (in the order of their opening), its direction, the
 *    block and how often it was tried, never on how the kernel cuts segments. A FIN right behind
 *    what was said shares its fate, as the kernel may send both in one segment. The lengths of TLS
 *    handshakes differ between equal runs (signatures), so the first LINK_FLIGHT_BYTES of each
 *    turn in which a handshake may be are one block of a fixed size;
 *  - unless the line is plain, a segment is under way for a microsecond at least: all that one side
 *    says at one moment is on the line before the other side hears any of it, however fast each
 *    process is;
 *  - the queue drops no segment: a sender keeps to the rate by itself (RFC 5681), what is too much
 *    waits there. */
#ifndef RCLAB_LAB_LINK_H
#define RCLAB_LAB_LINK_H

#include "harness/base/error.h"
#include "harness/lab/relay.h"
#include "harness/scenario/network.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINK_BLOCK_BYTES = 1460,       /* a segment on Ethernet */
    LINK_FLIGHT_BYTES = 4096,      /* more than a handshake with EC certificates says at once */
    LINK_FLOWS_MAX = 64,           /* conversations of one phone that are remembered at once */
    LINK_HELD_BYTES_MAX = 8 << 20, /* of memory for what is under way; beyond it frames drop */
    LINK_TCP_SYN_TRIES = 6,        /* again; as Linux: tcp_syn_retries, some two minutes */
    LINK_TCP_TRIES = 15,           /* again; as Linux: tcp_retries2, some fifteen minutes */
    LINK_REQUEST_TRIES = 5,        /* again: a read request of TFTP, by the time-outs of a SYN */
};
#define LINK_SYN_TIMEOUT_US UINT64_C(1000000) /* RFC 6298 2.1 */
/* As Linux: TCP_RTO_MIN, to which the round trip is added, and TCP_RTO_MAX. */
#define LINK_TIMEOUT_LEAST_US UINT64_C(200000)
#define LINK_TIMEOUT_MOST_US UINT64_C(120000000)
#define LINK_REORDER_LEAST_US UINT64_C(10000) /* how much later a frame out of order comes */

/* An answer of a server is on its way to the phone (link_expect): it has arrived, or it never will
 * (the phone hung up before, or the connection was given up). */
typedef void link_arrived_fn(void *context, void *answer, bool arrived);

/* The line, or its full queue, has lost a frame: each time that it does. */
typedef void link_lost_fn(void *context, enum network_direction direction,
                          const struct relay_frame *frame);

struct link_config {
    uint64_t seed; /* of this line alone: the same seed draws the same */
    bool real_tcp; /* a real device's wire: TCP is met frame by frame, too */
    /* Whose own looks at the phone are no part of what is simulated: all but an outage passes them
     * by. 0 = nobody's. */
    uint32_t unimpaired_address;
    link_arrived_fn *arrived; /* NULL: nobody expects any */
    link_lost_fn *lost;       /* NULL: nobody wants to know */
    void *context;
};

struct link;
int link_new(const struct link_config *config, struct link **ret_link, struct error *error);
void link_free(struct link *link); /* NULL is allowed; what is under way is gone */

/* From now on it is like this (copied). Frames under way keep their time; lost segments that are to
 * be sent again meet the line as it then is. An outage ends by itself; link_next_us tells when. */
void link_set(struct link *link, const struct scenario_network *network, uint64_t now_us);
bool link_is_plain(const struct link *link); /* it does nothing to frames, and holds none */
bool link_has_outage(const struct link *link, enum network_outage *ret_outage);

/* A frame comes in, on the phone's side or the lab's: relay_policy_fn, context: the link. */
void link_frame(void *link, enum relay_side from, const struct relay_frame *frame, uint64_t now_us,
                const struct relay_out *out);
/* When link_due wants to be called; UINT64_MAX = not. */
uint64_t link_next_us(void *link);
/* Sends what is due by now: a datagram, or all of one connection and direction, so that what it
 * causes takes its turn before the next. It always moves on: calling it until link_next_us is past
 * now ends. */
void link_due(void *link, uint64_t now_us, const struct relay_out *out);

/* Whether the conversation of which one end is this waits for nothing but the line: something of
 * it is under way, or was lost so that only its sender's clock moves it on. */
bool link_keeps_waiting(const struct link *link, bool tcp, uint32_t address, uint16_t port);
/* The server has just handed over the last of an answer to this TCP client; false: nothing of it is
 * under way, and `arrived` is not called. `answer` is handed back by it, exactly once, by
 * link_forget_answers at the latest. It has arrived right before the segment goes out behind which
 * nothing is on the line but a farewell, if its sender had nothing more to say then (PSH, FIN): a
 * sender that waits for its window has. */
bool link_expect(struct link *link, uint32_t client_address, uint16_t client_port, void *answer);
void link_forget_answers(struct link *link); /* all that are expected have not arrived */

struct link_delays { /* of what passed, offered -> handed on */
    uint64_t count, least_us, median_us, p95_us, greatest_us;
};
/* Each direction. Frames; of TCP on a jumping clock, blocks, SYNs and FINs, so that equal runs
 * count the same; neither bare acknowledgements nor resets. offered = passed + dropped + gone +
 * those under way. */
struct link_counters {
    uint64_t offered, passed;
    uint64_t lost; /* by the line, each time */
    uint64_t duplicated, reordered, corrupted;
    uint64_t dropped;  /* by the full queue, or for want of memory */
    uint64_t given_up; /* lost so often that their sender no longer tries */
    uint64_t gone;     /* never to arrive: lost for good, given up, of a connection that is over */
};
const struct link_counters *link_counters(const struct link *link,
                                          enum network_direction direction);
struct link_delays link_delays(const struct link *link, enum network_direction direction);

#endif
