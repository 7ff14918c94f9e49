/* SPDX-License-Identifier: MIT */
/* Boots, attempts, failures and Customization States, inferred for each phone from the events of
 * the timeline and from how connections end. Knows the vendor's rules and the readings; knows
 * nothing of how any phone is built.
 *
 * Where fakes log what they answer, their log decides; bare traffic decides only for servers that
 * have no log. Logs must be passed on after the frames captured before them.
 *
 * Two kinds of downloads look alike, a configuration that a DHCP option names and the one that the
 * EDOS profile redirects to. A configuration counts for the option while a *new* offer is untried:
 * from the first ACK of a boot (or one with changed options) to the next turn to EDOS; except that,
 * while Custom-Pending, a target that was asked before as the redirect's counts as the redirect's,
 * unless an option names it. What an Open phone downloads after an SRV record has told it where
 * counts as an option's, by the reading srv_abort. */
#ifndef RCLAB_OBSERVE_INFERENCE_H
#define RCLAB_OBSERVE_INFERENCE_H

#include "harness/base/arena.h"
#include "harness/observe/identify.h"

struct inference_sink {
    void *context;
    /* Appends an event at `time_us`; its number, 0 on failure (which the owner remembers). */
    uint64_t (*emit)(void *context, const struct event *event, uint64_t time_us);
};

struct inference;
/* `world` is borrowed for the inference's life. */
int inference_new(const struct observe_world *world, const struct inference_sink *sink,
                  struct inference **ret_inference, struct error *error);
void inference_free(struct inference *inference);

/* An event just appended; its strings and options must live as long as the timeline, or until
 * inference_move. */
int inference_event(struct inference *inference, const struct event *event, struct error *error);
/* Takes what it still needs of such strings and options into `arena`. False: memory is out; what
 * could not be moved is forgotten. */
bool inference_move(struct inference *inference, struct arena *arena);

/* Which server a phone's connection is to. */
enum event_server inference_server(const struct inference *inference, int phone, uint32_t address,
                                   uint16_t port);
bool inference_is_edos_host(const struct inference *inference, const char *name);
/* The addresses that a name server gave the phone for an EDOS host. */
void inference_edos_addresses(struct inference *inference, int phone, const uint32_t *addresses,
                              size_t count);

/* How a connection of a phone went; `peer` as in its events. */
struct inference_delivery { /* a response: the whole of its body went by, or it was broken off */
    unsigned status;
    bool complete;
    bool head;      /* it answers a HEAD */
    bool encrypted; /* whether the phone can read it, only what it does next tells */
    uint64_t bytes;
};
void inference_delivered(struct inference *inference, uint64_t time_us, int phone,
                         const struct event_peer *peer, const struct inference_delivery *delivery);
/* The phone closed it, or either side reset it. */
void inference_closed(struct inference *inference, uint64_t time_us, int phone,
                      const struct event_peer *peer, bool tls, bool by_phone);

enum customization_state inference_state(const struct inference *inference, int phone);

#endif
