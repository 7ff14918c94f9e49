/* SPDX-License-Identifier: MIT */
#include "harness/run/site_events.h"
#include "harness/run/recorder.h"
#include <stdlib.h>
#include <string.h>

static enum event_transport transport_of(enum fake_transport transport)
{
    switch (transport) {
    case FAKE_HTTP:
        return TRANSPORT_HTTP;
    case FAKE_HTTPS:
        return TRANSPORT_HTTPS;
    case FAKE_TFTP:
        return TRANSPORT_TFTP;
    }
    return TRANSPORT_NONE;
}

static enum event_content content_of(enum fake_content content)
{
    switch (content) {
    case FAKE_CONTENT_NONE:
        return CONTENT_NONE;
    case FAKE_CONTENT_PROFILE:
        return CONTENT_PROFILE;
    case FAKE_CONTENT_CONFIG:
        return CONTENT_CONFIG;
    case FAKE_CONTENT_EMPTY:
        return CONTENT_EMPTY;
    case FAKE_CONTENT_GARBAGE:
        return CONTENT_GARBAGE;
    case FAKE_CONTENT_OTHER:
        return CONTENT_OTHER;
    }
    return CONTENT_NONE;
}

/* Who has which address is learned from the wire. */
static void drain(const struct site *site)
{
    for (size_t i = 0; i < site->phone_count; i++) {
        if (site->phones[i].recorder && site->phones[i].index == 0)
            recorder_drain(site->phones[i].recorder);
    }
}

/* Whose timeline an exchange with this address belongs on; NULL: nobody's. */
static struct recorder *recorder_of(const struct site *site, uint32_t address, int *ret_phone)
{
    int found = site_phone_by_address(site, address);
    *ret_phone = EVENT_PHONE_NONE;
    if (found == SITE_NOBODY)
        return site->only_recorder;
    *ret_phone = (int)site->phones[found].index;
    return site->phones[found].recorder;
}

static bool push_aborts(const struct site *site, const char *target)
{
    size_t prefix = strlen(SITE_PUSH_PREFIX);
    if (strncmp(target, SITE_PUSH_PREFIX, prefix) != 0)
        return false;
    unsigned long number = strtoul(target + prefix, NULL, 10);
    return number < SITE_PUSHES_MAX && site->push_aborts[number];
}

static void log_request(void *context, const struct fake_request *request)
{
    struct site_server *server = context;
    struct event event = {.type = EVENT_REQUEST,
                          .request = {.push = server->server == EVENT_SERVER_OTHER,
                                      .peer = {.server = server->server,
                                               .transport = transport_of(request->transport),
                                               .port = request->server_port,
                                               .client_port = request->client_port},
                                      .method = request->method,
                                      .host = request->host,
                                      .target = request->target,
                                      .agent = request->agent,
                                      .certificate = request->certificate,
                                      .behaviour = request->behaviour}};
    drain(server->site);
    struct recorder *recorder = recorder_of(server->site, request->client_address, &event.phone);
    if (recorder)
        recorder_event(recorder, &event);
}

static void log_answer(void *context, const struct fake_answer *answer)
{
    struct site_server *server = context;
    bool push = server->server == EVENT_SERVER_OTHER;
    struct event event = {.type = EVENT_ANSWER,
                          .answer = {.push = push,
                                     .aborts = push && strcmp(answer->method, "HEAD") != 0 &&
                                               push_aborts(server->site, answer->target),
                                     .peer = {.server = server->server,
                                              .transport = transport_of(answer->transport),
                                              .port = answer->server_port,
                                              .client_port = answer->client_port},
                                     .method = answer->method,
                                     .target = answer->target,
                                     .status = answer->status,
                                     .location = answer->redirect,
                                     .content = content_of(answer->content),
                                     .complete = answer->complete,
                                     .bytes = answer->bytes,
                                     .retry_delay = answer->retry_delay,
                                     .behaviour = answer->behaviour}};
    drain(server->site);
    struct recorder *recorder = recorder_of(server->site, answer->client_address, &event.phone);
    if (recorder)
        recorder_event(recorder, &event);
}

static void log_handshake(void *context, const struct fake_handshake *handshake)
{
    struct site_server *server = context;
    struct event event = {.type = EVENT_TLS,
                          .tls = {.peer = {.server = server->server,
                                           .transport = TRANSPORT_HTTPS,
                                           .port = handshake->server_port,
                                           .client_port = handshake->client_port},
                                  .response = true,
                                  .fault = handshake->fault}};
    drain(server->site);
    struct recorder *recorder = recorder_of(server->site, handshake->client_address, &event.phone);
    if (recorder)
        recorder_event(recorder, &event);
}

static int log_client(void *context, uint32_t client_address)
{
    struct site_server *server = context;
    drain(server->site);
    return site_phone_by_address(server->site, client_address);
}

struct fake_log site_events_fake_log(struct site_server *server)
{
    return (struct fake_log){.request = log_request,
                             .answer = log_answer,
                             .handshake = log_handshake,
                             .client = log_client,
                             .context = server};
}

/* A refusal over TFTP leaves nothing that we see but the try itself, which finds nobody listening
 * (its question may be sent more than once). */
static bool is_refused(const struct fake_server *fake, const struct event *event)
{
    return event->type == EVENT_REFUSED ||
           (event->type == EVENT_ATTEMPT && event->attempt.peer.transport == TRANSPORT_TFTP &&
            !fake_server_is_open(fake));
}

void site_event_seen(struct site *site, size_t phone, const struct event *event)
{
    struct fake_server *fake = site_fake(site, event_server(event));
    if (fake && is_refused(fake, event))
        fake_server_refused(fake, site_phone_address(site, phone), event_peer(event)->port);
}
