/* SPDX-License-Identifier: MIT */
/* One look-up of an IPv4 address at the leased DNS servers, without I/O: a question, the same one
 * again after five and ten seconds (at the next server, if there are several), failure after
 * fifteen. Nothing is cached. The phone's variation says what else it asks, and what it misses. */
#ifndef RCLAB_FAKES_PHONE_RESOLVER_H
#define RCLAB_FAKES_PHONE_RESOLVER_H

#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/policy.h"
#include "harness/wire/dns.h"

enum { RESOLVER_SERVERS_MAX = 3, RESOLVER_QUESTIONS_MAX = 3, RESOLVER_TEXT_MAX = 64 };
#define RESOLVER_TIMEOUT_US UINT64_C(5000000)
/* A phone that has asked more than it needs to know gives the rest of the answers this long, as it
 * would not notice otherwise whether they come before or after what it does next. */
#define RESOLVER_MORE_ANSWERS_US UINT64_C(1000)
/* One that misses an answer asks again so soon: it must not come late for its retries. */
#define RESOLVER_ASK_AGAIN_US UINT64_C(1000000)

struct phone_network { /* what look-ups and downloads of one phone share; pointers are borrowed */
    struct phone_actions *actions;
    struct random_source *random;
    const struct dhcp_lease *lease; /* its DNS servers */
    const struct phone_policy *policy;
    const char *user_agent;
    unsigned last_transfer_id;
    uint16_t last_question_id; /* of DNS */
};

enum resolver_state {
    RESOLVER_IDLE,
    RESOLVER_ASKING,
    RESOLVER_ANSWERED, /* FOUND at deadline_us */
    RESOLVER_FOUND,
    RESOLVER_FAILED,
};
struct resolver { /* zeroed = idle; private but for reading `state`, `address`, `failure` */
    enum resolver_state state;
    uint32_t address;                /* FOUND */
    char failure[RESOLVER_TEXT_MAX]; /* FAILED: "nxdomain", "no answer", … */
    char name[DNS_NAME_MAX];
    uint16_t type;              /* asked for: DNS_A or DNS_SRV */
    struct dns_service service; /* DNS_SRV: FOUND */
    uint32_t servers[RESOLVER_SERVERS_MAX];
    size_t server_count;
    uint16_t id;
    unsigned asked;
    bool missed;          /* an answer to its question */
    uint64_t deadline_us; /* UINT64_MAX = none */
};

/* Begins; `state` is ASKING, or FAILED at once (no server, no valid name), or FOUND at once (the
 * name is an address). */
void resolver_start(struct resolver *resolver, struct phone_network *network, uint64_t now_us,
                    const char *name);
/* Likewise for an SRV record (RFC 2782); without one it has FAILED. */
void resolver_start_service(struct resolver *resolver, struct phone_network *network,
                            uint64_t now_us, const char *name);
/* Any UDP payload from port 53 of `source`; what is not the answer is ignored. True = state changed
 * to FOUND or FAILED. */
bool resolver_receive(struct resolver *resolver, const struct phone_network *network,
                      uint64_t now_us, uint32_t source, const uint8_t *bytes, size_t length);
/* An answer to what it has asked, be it the second. */
bool resolver_is_ours(const struct resolver *resolver, uint32_t source, const uint8_t *bytes,
                      size_t length);
/* True = state changed to FOUND or FAILED. */
bool resolver_deadline(struct resolver *resolver, const struct phone_network *network,
                       uint64_t now_us);
void resolver_cancel(struct resolver *resolver);
uint64_t resolver_next_deadline_us(const struct resolver *resolver); /* UINT64_MAX = none */

#endif
