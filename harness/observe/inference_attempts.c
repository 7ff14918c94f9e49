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

void track_fail(struct inference *inference, struct track *track, size_t which, uint64_t time_us,
                uint64_t cause, unsigned status, const char *text)
{
    struct event event = {.type = EVENT_FAILED,
                          .phone = track->phone,
                          .server =
                              which == TRACK_EDOS ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION,
                          .cause = cause,
                          .status = status,
                          .text = text};
    attempt_end(&track->attempts[which], time_us);
    inference->sink.emit(inference->sink.context, &event, time_us);
}

static enum attempt_sign_kind sign_kind(const struct event *event)
{
    switch (event->type) {
    case EVENT_DNS:
        return SIGN_DNS;
    case EVENT_CONNECT:
        return SIGN_CONNECT;
    case EVENT_TFTP:
        return SIGN_RRQ;
    default:
        return SIGN_SPOKEN;
    }
}

/* A request that a fake logs must not begin a second attempt when the wire shows it too, later. */
static bool may_begin(const struct inference *inference, const struct event *event)
{
    bool spoken = event->type == EVENT_TLS || event->type == EVENT_HTTP_REQUEST;
    return !spoken || !inference->logs;
}

static enum event_transport sign_transport(const struct event *event)
{
    if (event->type == EVENT_DNS)
        return TRANSPORT_DNS;
    return event->type == EVENT_TFTP ? TRANSPORT_TFTP : event->transport;
}

static void remember_target(struct track *track, const struct event *event)
{
    bool tells = event->type == EVENT_REQUEST || event->type == EVENT_HTTP_REQUEST;
    if (tells && event->server == EVENT_SERVER_PROVISION && track->state == STATE_CUSTOM_PENDING &&
        !track->offer_due)
        track->redirect_target = event->target;
}

void track_sign(struct inference *inference, struct track *track, const struct event *event)
{
    enum event_server server = event->type == EVENT_DNS ? EVENT_SERVER_EDOS : event->server;
    size_t which = track_which(track, server, event->client_port, event->time_us);
    if (which == TRACK_COUNT)
        return;
    struct attempt *attempt = &track->attempts[which];
    if (!attempt->open && !may_begin(inference, event))
        return;
    struct attempt_sign sign = {.kind = sign_kind(event),
                                .time_us = event->time_us,
                                .id = event->id,
                                .ipv6 = event->query_type == DNS_AAAA,
                                .address = event->address,
                                .client_port = event->client_port};
    uint64_t last_sign_us = 0;
    if (attempt_sign(attempt, &sign, &last_sign_us)) {
        struct event begun = {.type = EVENT_ATTEMPT,
                              .phone = track->phone,
                              .server =
                                  which == TRACK_EDOS ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION,
                              .transport = sign_transport(event),
                              .address = event->type == EVENT_DNS ? 0 : event->address,
                              .port = event->port,
                              .name = event->name,
                              .cause = event->number,
                              .last_sign_us = last_sign_us};
        uint64_t number = inference->sink.emit(inference->sink.context, &begun, event->time_us);
        track_attempt(inference, track, which, event->time_us, number);
    }
    remember_target(track, event);
}
