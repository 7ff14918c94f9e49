/* SPDX-License-Identifier: MIT */
#include "harness/observe/attempts.h"
#include <string.h>

void attempt_boot(struct attempt *attempt)
{
    memset(attempt, 0, sizeof *attempt);
}

static bool recent(const struct attempt *attempt, uint64_t time_us)
{
    return time_us - attempt->active_us <= ATTEMPT_CONTINUES_US;
}

/* ATTEMPT_PORTS_MAX: it was not used. */
static size_t find_port(const struct attempt *attempt, uint16_t client_port)
{
    size_t count =
        attempt->port_count < ATTEMPT_PORTS_MAX ? attempt->port_count : ATTEMPT_PORTS_MAX;
    for (size_t i = 0; i < count; i++)
        if (attempt->ports[i] == client_port)
            return i;
    return ATTEMPT_PORTS_MAX;
}

static bool used_port(const struct attempt *attempt, uint16_t client_port)
{
    return find_port(attempt, client_port) < ATTEMPT_PORTS_MAX;
}

/* What was said from there is known, and how the connection began is not. */
static bool awaits_syn(const struct attempt *attempt, uint16_t client_port)
{
    size_t at = find_port(attempt, client_port);
    return at < ATTEMPT_PORTS_MAX && !attempt->dialled[at];
}

bool attempt_has_port(const struct attempt *attempt, uint16_t client_port)
{
    return client_port == 0 || used_port(attempt, client_port);
}

/* A packet that was on its way when the attempt ended, and shows up behind its end. (A second SYN
 * from a port is another connection: kernels choose a port again at times.) */
static bool is_echo(const struct attempt *attempt, const struct attempt_sign *sign)
{
    if (attempt->open || !attempt->seen)
        return false;
    if (sign->kind == SIGN_DNS)
        return attempt->dns[sign->ipv6].asked && attempt->dns[sign->ipv6].id == sign->id &&
               recent(attempt, sign->time_us);
    return sign->kind == SIGN_CONNECT && sign->client_port != 0 &&
           awaits_syn(attempt, sign->client_port) && sign->time_us == attempt->last_sign_us;
}

static bool dns_continues(const struct attempt *attempt, const struct attempt_sign *sign)
{
    bool before = attempt->dns[sign->ipv6].asked;
    bool answered = attempt->dns[sign->ipv6].answered;
    if (before && attempt->dns[sign->ipv6].id == sign->id)
        return true; /* sent again */
    if (attempt->to_be_continued)
        return recent(attempt, sign->time_us);
    if (attempt->connected)
        return false;
    /* The other of a pair of A and AAAA, or a second look before the connection. */
    return (!before || answered) && recent(attempt, sign->time_us);
}

static bool connection_continues(const struct attempt *attempt, const struct attempt_sign *sign)
{
    if (!attempt->connected)
        return true;
    if (sign->client_port != 0 && sign->client_port == attempt->port)
        return true; /* sent again */
    if (attempt->to_be_continued || attempt->spoken || sign->address != attempt->address)
        return recent(attempt, sign->time_us);
    return false;
}

static bool continues(const struct attempt *attempt, const struct attempt_sign *sign)
{
    if (!attempt->open)
        return attempt->may_go_on && sign->time_us - attempt->last_sign_us <= ATTEMPT_GOES_ON_US;
    switch (sign->kind) {
    case SIGN_DNS:
        return dns_continues(attempt, sign);
    case SIGN_CONNECT:
    case SIGN_RRQ:
        return connection_continues(attempt, sign);
    case SIGN_SPOKEN:
        break;
    }
    return !attempt->to_be_continued || recent(attempt, sign->time_us);
}

static void add_port(struct attempt *attempt, uint16_t client_port, bool dialled)
{
    if (client_port == 0)
        return;
    size_t at = find_port(attempt, client_port);
    if (at == ATTEMPT_PORTS_MAX) {
        at = attempt->port_count++ % ATTEMPT_PORTS_MAX;
        attempt->ports[at] = client_port;
        attempt->dialled[at] = false;
    }
    attempt->dialled[at] = attempt->dialled[at] || dialled;
}

static void record(struct attempt *attempt, const struct attempt_sign *sign)
{
    attempt->last_sign_us = attempt->active_us = sign->time_us;
    attempt->open = true;
    attempt->may_go_on = false;
    if (sign->kind == SIGN_DNS) {
        attempt->dns[sign->ipv6].answered = false;
        attempt->dns[sign->ipv6].asked = true;
        attempt->dns[sign->ipv6].id = sign->id;
        return;
    }
    add_port(attempt, sign->client_port, sign->kind == SIGN_CONNECT);
    attempt->connected = true;
    attempt->to_be_continued = false;
    attempt->spoken = sign->kind == SIGN_SPOKEN;
    if (sign->client_port)
        attempt->port = sign->client_port;
    if (sign->kind != SIGN_SPOKEN)
        attempt->address = sign->address;
}

/* An RRQ from the port of the attempt that has just ended: to the phone it has not, since the
 * silence by which the server's log tells that it has is nothing that a phone can know. */
static bool is_sent_again(const struct attempt *attempt, const struct attempt_sign *sign)
{
    return sign->kind == SIGN_RRQ && attempt->seen && !attempt->open && attempt->connected &&
           sign->client_port != 0 && sign->client_port == attempt->port &&
           sign->address == attempt->address &&
           sign->time_us - attempt->active_us <= ATTEMPT_CONTINUES_US;
}

bool attempt_sign(struct attempt *attempt, const struct attempt_sign *sign,
                  uint64_t *ret_last_sign_us)
{
    if (is_echo(attempt, sign) || is_sent_again(attempt, sign))
        return false;
    bool begins = !continues(attempt, sign);
    if (begins) {
        /* 0 means none: the first microsecond gives way. */
        uint64_t last_us = attempt->last_sign_us ? attempt->last_sign_us : 1;
        *ret_last_sign_us = attempt->seen ? last_us : 0;
        memset(attempt, 0, sizeof *attempt);
        attempt->open = attempt->seen = true;
    }
    record(attempt, sign);
    return begins;
}

void attempt_dns_answered(struct attempt *attempt, uint64_t time_us, uint16_t id)
{
    for (size_t i = 0; i < 2; i++) {
        if (attempt->open && attempt->dns[i].asked && attempt->dns[i].id == id) {
            attempt->dns[i].answered = true;
            attempt->active_us = time_us;
        }
    }
}

void attempt_continue(struct attempt *attempt, uint64_t time_us)
{
    attempt->to_be_continued = true;
    attempt->last_sign_us = attempt->active_us = time_us;
}

void attempt_end_untold(struct attempt *attempt, uint64_t time_us)
{
    attempt_end(attempt, time_us);
    attempt->may_go_on = true;
}

void attempt_end(struct attempt *attempt, uint64_t time_us)
{
    attempt->open = false;
    attempt->last_sign_us = attempt->active_us = time_us;
}
