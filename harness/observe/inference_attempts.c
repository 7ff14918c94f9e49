/* SPDX-License-Identifier: MIT */
/* Signs to attempts, and attempts to failures. */
#include "harness/observe/inference_phone.h"
#include "harness/wire/dns.h"
#include <string.h>

size_t track_which(const struct track *track, enum event_server server, uint16_t client_port,
                   uint64_t time_us)
{
    const struct attempt *edos = &track->attempts[TRACK_EDOS];
    if (server == EVENT_SERVER_EDOS)
        return TRACK_EDOS;
    if (server != EVENT_SERVER_PROVISION)
        return TRACK_COUNT;
    bool redirected_here =
        edos->open && edos->to_be_continued && time_us - edos->active_us <= ATTEMPT_CONTINUES_US;
    bool continued_here = edos->open && client_port != 0 && attempt_has_port(edos, client_port);
    return redirected_here || continued_here ? TRACK_EDOS : TRACK_PROVISION;
}

static enum event_server server_of(size_t which)
{
    return which == TRACK_EDOS ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION;
}

void track_fail(struct inference *inference, struct track *track, size_t which, uint64_t time_us,
                uint64_t cause, unsigned status, const char *text)
{
    struct event event = {
        .type = EVENT_FAILED,
        .phone = track->phone,
        .failed = {
            .peer.server = server_of(which), .cause = cause, .status = status, .reason = text}};
    attempt_end(&track->attempts[which], time_us);
    inference->sink.emit(inference->sink.context, &event, time_us);
}

/* What the first sign of an attempt tells: with whom, what was named, which file was asked for. */
struct sign {
    enum attempt_sign_kind kind;
    struct event_peer peer;
    const char *name, *target;
    /* A request that a fake logs must not begin a second attempt when the wire shows it too,
     * later. */
    bool spoken_on_the_wire;
};

static struct sign sign_of(const struct event *event)
{
    struct sign sign = {.kind = SIGN_SPOKEN};
    if (event->type == EVENT_DNS)
        sign.peer = (struct event_peer){.server = EVENT_SERVER_EDOS, .transport = TRANSPORT_DNS};
    else
        sign.peer = *event_peer(event);
    switch (event->type) {
    case EVENT_DNS:
        sign.kind = SIGN_DNS;
        sign.name = event->dns.question;
        break;
    case EVENT_CONNECT:
        sign.kind = SIGN_CONNECT;
        break;
    case EVENT_TFTP:
        sign.kind = SIGN_RRQ;
        sign.name = event->tftp.file;
        break;
    case EVENT_TLS:
        sign.name = event->tls.server_name;
        sign.spoken_on_the_wire = true;
        break;
    case EVENT_HTTP_REQUEST:
        sign.name = event->http_request.host;
        sign.target = event->http_request.target;
        sign.spoken_on_the_wire = true;
        break;
    case EVENT_REQUEST:
        sign.name = event->request.host;
        sign.target = event->request.target;
        break;
    default:
        break;
    }
    return sign;
}

void track_sign(struct inference *inference, struct track *track, const struct event *event)
{
    const struct sign sign = sign_of(event);
    size_t which = track_which(track, sign.peer.server, sign.peer.client_port, event->time_us);
    if (which == TRACK_COUNT)
        return;
    struct attempt *attempt = &track->attempts[which];
    if (!attempt->open && sign.spoken_on_the_wire && inference->logs)
        return;
    struct attempt_sign seen = {.kind = sign.kind,
                                .time_us = event->time_us,
                                .address = sign.peer.address,
                                .client_port = sign.peer.client_port};
    if (event->type == EVENT_DNS) {
        seen.id = event->dns.id;
        seen.ipv6 = event->dns.query_type == DNS_AAAA;
        seen.address = event->dns.address;
    }
    uint64_t last_sign_us = 0;
    if (attempt_sign(attempt, &seen, &last_sign_us)) {
        struct event begun = {.type = EVENT_ATTEMPT,
                              .phone = track->phone,
                              .attempt = {.peer = sign.peer,
                                          .name = sign.name,
                                          .cause = event->number,
                                          .last_sign_us = last_sign_us}};
        begun.attempt.peer.server = server_of(which);
        begun.attempt.peer.client_port = 0;
        uint64_t number = inference->sink.emit(inference->sink.context, &begun, event->time_us);
        track_attempt(inference, track, which, event->time_us, number);
    }
    bool tells = event->type == EVENT_REQUEST || event->type == EVENT_HTTP_REQUEST;
    if (tells && sign.peer.server == EVENT_SERVER_PROVISION &&
        track->state == STATE_CUSTOM_PENDING && !track->offer_due)
        track->redirect_target = sign.target;
}
