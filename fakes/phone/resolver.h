/* SPDX-License-Identifier: MIT */
/* One look-up of an IPv4 address at the leased DNS servers, without I/O: a question, the same one
 * again after five and ten seconds (at the next server, if there are several), failure after
 * fifteen. Nothing is cached. */
#ifndef RCLAB_FAKES_PHONE_RESOLVER_H
#define RCLAB_FAKES_PHONE_RESOLVER_H

#include "harness/base/buffer.h"
#include "harness/base/random.h"
#include "harness/wire/dns.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESOLVER_SERVERS_MAX = 3, RESOLVER_QUESTIONS_MAX = 3, RESOLVER_TEXT_MAX = 64 };
#define RESOLVER_TIMEOUT_US UINT64_C(5000000)

enum resolver_state { RESOLVER_IDLE, RESOLVER_ASKING, RESOLVER_FOUND, RESOLVER_FAILED };
struct resolver { /* zeroed = idle; private but for reading `state`, `address`, `failure` */
    enum resolver_state state;
    uint32_t address;                /* FOUND */
    char failure[RESOLVER_TEXT_MAX]; /* FAILED: "nxdomain", "no answer", … */
    char name[DNS_NAME_MAX];
    uint32_t servers[RESOLVER_SERVERS_MAX];
    size_t server_count;
    uint16_t id;
    unsigned asked;
    uint64_t deadline_us; /* UINT64_MAX = none */
};
struct resolver_question { /* to send, if `bytes` is not empty */
    uint32_t server;
    struct buffer *bytes; /* the caller's, cleared first */
};

/* Begins; `state` is ASKING, or FAILED at once (no server, no valid name), or FOUND at once (the
 * name is an address). `id` is the question's. */
void resolver_start(struct resolver *resolver, uint64_t now_us, const char *name,
                    const uint32_t *servers, size_t server_count, uint16_t id,
                    struct resolver_question *question);
/* Any UDP payload from port 53 of `source`; what is not the answer is ignored. True = state changed
 * to FOUND or FAILED. */
bool resolver_receive(struct resolver *resolver, uint32_t source, const uint8_t *bytes,
                      size_t length);
/* True = state changed to FAILED. */
bool resolver_deadline(struct resolver *resolver, uint64_t now_us,
                       struct resolver_question *question);
void resolver_cancel(struct resolver *resolver);
uint64_t resolver_next_deadline_us(const struct resolver *resolver); /* UINT64_MAX = none */

#endif
