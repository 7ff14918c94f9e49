/* SPDX-License-Identifier: MIT */
/* Shared by the files of the inference: what is remembered of one phone. */
#ifndef RCLAB_OBSERVE_INFERENCE_PHONE_H
#define RCLAB_OBSERVE_INFERENCE_PHONE_H

#include "harness/observe/attempts.h"
#include "harness/observe/boots.h"
#include "harness/observe/inference.h"

enum { EDOS_ADDRESSES_MAX = 8, TRACK_EDOS = 0, TRACK_PROVISION = 1, TRACK_COUNT = 2 };

struct track {
    int phone;
    enum customization_state state;
    struct boots boots;
    struct attempt attempts[TRACK_COUNT];
    bool edos_asked; /* ever; in a foreign capture what is asked later is the provisioning server */
    bool edos_maybe; /* the last EDOS attempt ended, and how is not known (TLS without a log) */
    bool rebooted;   /* booted since it became Custom-Pending */
    uint32_t edos_addresses[EDOS_ADDRESSES_MAX];
    size_t edos_address_count;
    /* DHCP's offer; the bytes are the timeline's */
    bool acked;     /* in this boot */
    bool offer_due; /* a new offer of a configuration is untried */
    const uint8_t *offer;
    size_t offer_length;
    const char *told;      /* foreign capture: asked on its page to fetch this, and has not yet */
    const char *target;    /* of its latest request in clear text */
    const char *tls_fault; /* what a fake shows on the connection from tls_port; NULL = nothing */
    uint16_t tls_port;
    const char *redirect_target; /* asked before of the provisioning server as the redirect's */
};

struct inference {
    const struct observe_world *world;
    struct inference_sink sink;
    struct track *tracks; /* owned; index = phone */
    size_t count;
    bool logs; /* fakes log what they do */
};

/* An answer, from a log or read off the wire. */
struct verdict_answer {
    uint64_t time_us, cause;
    enum event_server server;
    enum event_transport transport;
    uint16_t client_port;
    unsigned status;
    bool complete, push, aborts;
    bool head; /* to a HEAD: a look, after which the phone goes on to ask */
    enum event_content content;
    const char *target;
    bool location; /* with a Location */
};

/* inference_attempts.c */
void track_sign(struct inference *inference, struct track *track, const struct event *event);
void track_fail(struct inference *inference, struct track *track, size_t which, uint64_t time_us,
                uint64_t cause, unsigned status, const char *text);
/* Which attempt a connection or log entry of this server is part of: an EDOS attempt that was
 * redirected elsewhere goes on there. TRACK_COUNT = none. */
size_t track_which(const struct track *track, enum event_server server, uint16_t client_port,
                   uint64_t time_us);

/* inference_states.c */
void track_set_state(struct inference *inference, struct track *track, uint64_t time_us,
                     enum customization_state state, enum rule_id rule, uint64_t cause);
void track_boot(struct inference *inference, struct track *track, const struct event *dhcp,
                const struct boot_cause *cause);
void track_ack(struct inference *inference, struct track *track, const struct event *ack);
void track_attempt(struct inference *inference, struct track *track, size_t which, uint64_t time_us,
                   uint64_t cause);
void track_answer(struct inference *inference, struct track *track,
                  const struct verdict_answer *answer);
void track_configured(struct inference *inference, struct track *track, uint64_t time_us,
                      uint64_t cause);

#endif
