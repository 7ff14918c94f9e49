/* SPDX-License-Identifier: MIT */
/* Which signs on the wire and in the logs belong to one attempt of a phone at one server, and when
 * a new attempt begins.
 *
 * An attempt begins with the first sign and ends with an answer or a proved failure. A silent one
 * (no answer to DNS, SYN, RRQ) ends when the phone starts afresh: a DNS question with a new id, a
 * SYN or RRQ from a new port. Redirects, 401 challenges and answers to HEAD don't end it, provided
 * that the phone goes on within ATTEMPT_CONTINUES_US; the shortest retry delay is a minute. */
#ifndef RCLAB_OBSERVE_ATTEMPTS_H
#define RCLAB_OBSERVE_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTEMPT_CONTINUES_US UINT64_C(30000000)
/* Where nobody can tell how a connection ended (TLS, and no log), what follows so soon may well be
 * a GET after a HEAD, and is taken for more of the same attempt. */
#define ATTEMPT_GOES_ON_US UINT64_C(5000000)
enum { ATTEMPT_PORTS_MAX = 8 };

enum attempt_sign_kind {
    SIGN_DNS,     /* question for the server's name */
    SIGN_CONNECT, /* SYN */
    SIGN_RRQ,     /* TFTP */
    SIGN_SPOKEN,  /* something was said on a connection: ClientHello, request head, log entry */
};
struct attempt_sign {
    enum attempt_sign_kind kind;
    uint64_t time_us;
    uint16_t id;          /* DNS */
    bool ipv6;            /* DNS: AAAA */
    uint32_t address;     /* CONNECT, RRQ */
    uint16_t client_port; /* 0 = unknown */
};

struct attempt {
    bool open;             /* going on */
    bool seen;             /* there was one in this boot */
    uint64_t last_sign_us; /* of the phone; once ended: when */
    uint64_t active_us;    /* last sign or answer of any kind */
    struct {
        bool asked, answered;
        uint16_t id;
    } dns[2];                          /* A, AAAA */
    bool connected;                    /* SYN or RRQ seen */
    bool spoken;                       /* on the newest connection */
    bool may_go_on;                    /* ended, and nobody can tell how */
    bool to_be_continued;              /* answered by a redirect or a challenge */
    uint32_t address;                  /* of the newest connection */
    uint16_t port;                     /* the client's, of the newest connection */
    uint16_t ports[ATTEMPT_PORTS_MAX]; /* all that it used, oldest overwritten */
    bool dialled[ATTEMPT_PORTS_MAX];   /* of each port: its SYN was seen, not only what was said */
    size_t port_count;
};

void attempt_boot(struct attempt *attempt); /* forgets everything */
/* True: a new attempt begins with this sign; *ret_last_sign_us is when the one before it ended or
 * gave its last sign, 0 = there was none in this boot. */
bool attempt_sign(struct attempt *attempt, const struct attempt_sign *sign,
                  uint64_t *ret_last_sign_us);
/* Whether a log entry or the end of a connection with this client port is about the attempt. Port
 * 0 (unknown) is taken for its own. */
bool attempt_has_port(const struct attempt *attempt, uint16_t client_port);
void attempt_dns_answered(struct attempt *attempt, uint64_t time_us, uint16_t id);
void attempt_continue(struct attempt *attempt, uint64_t time_us); /* redirect, challenge */
void attempt_end(struct attempt *attempt, uint64_t time_us);
void attempt_end_untold(struct attempt *attempt, uint64_t time_us); /* nobody can tell how */

#endif
