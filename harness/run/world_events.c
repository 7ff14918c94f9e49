/* SPDX-License-Identifier: MIT */
#include "harness/run/world_events.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

/* --- the fakes' logs -------------------------------------------------------------------------- */

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

static int phone_at(const struct world_server *server, uint32_t address)
{
    return observer_phone_by_address(recorder_observer(server->world->recorder), address);
}

static bool push_aborts(const struct world_server *server, const char *target)
{
    size_t prefix = strlen(WORLD_PUSH_PREFIX);
    if (strncmp(target, WORLD_PUSH_PREFIX, prefix) != 0)
        return false;
    unsigned long number = strtoul(target + prefix, NULL, 10);
    return number < WORLD_PUSHES_MAX && server->world->push_aborts[number];
}

static void log_request(void *context, const struct fake_request *request)
{
    struct world_server *server = context;
    recorder_drain(server->world->recorder); /* who has which address is learned from the wire */
    struct event event = {.type = EVENT_REQUEST,
                          .phone = phone_at(server, request->client_address),
                          .server = server->server,
                          .transport = transport_of(request->transport),
                          .port = request->server_port,
                          .client_port = request->client_port,
                          .method = request->method,
                          .target = request->target,
                          .name = request->host,
                          .agent = request->agent,
                          .certificate = request->certificate,
                          .push = server->server == EVENT_SERVER_OTHER,
                          .text = request->behaviour};
    recorder_event(server->world->recorder, &event);
}

static void log_answer(void *context, const struct fake_answer *answer)
{
    struct world_server *server = context;
    bool push = server->server == EVENT_SERVER_OTHER;
    recorder_drain(server->world->recorder);
    struct event event = {.type = EVENT_ANSWER,
                          .phone = phone_at(server, answer->client_address),
                          .server = server->server,
                          .transport = transport_of(answer->transport),
                          .port = answer->server_port,
                          .client_port = answer->client_port,
                          .method = answer->method,
                          .target = answer->target,
                          .status = answer->status,
                          .content = content_of(answer->content),
                          .bytes = answer->bytes,
                          .complete = answer->complete,
                          .redirect = answer->redirect,
                          .retry_delay = answer->retry_delay,
                          .push = push,
                          .aborts = push && strcmp(answer->method, "HEAD") != 0 &&
                                    push_aborts(server, answer->target),
                          .text = answer->behaviour};
    recorder_event(server->world->recorder, &event);
}

static void log_handshake(void *context, const struct fake_handshake *handshake)
{
    struct world_server *server = context;
    recorder_drain(server->world->recorder);
    struct event event = {.type = EVENT_TLS,
                          .phone = phone_at(server, handshake->client_address),
                          .server = server->server,
                          .transport = TRANSPORT_HTTPS,
                          .port = handshake->server_port,
                          .client_port = handshake->client_port,
                          .response = true,
                          .text = handshake->fault};
    recorder_event(server->world->recorder, &event);
}

static int log_client(void *context, uint32_t client_address)
{
    struct world_server *server = context;
    recorder_drain(server->world->recorder);
    return phone_at(server, client_address);
}

struct fake_log world_events_fake_log(struct world_server *server)
{
    return (struct fake_log){.request = log_request,
                             .answer = log_answer,
                             .handshake = log_handshake,
                             .client = log_client,
                             .context = server};
}

/* --- the phones' logs ---------------------------------------------------------------------------
 */

void world_events_phone_log(void *context, const char *line)
{
    const struct world_phone *phone = context;
    const struct world *world = phone->world;
    char text[LOG_LINE_MAX], time_text[DURATION_TEXT_MAX];
    int length = snprintf(text, sizeof text, "%s %s: %s\n",
                          duration_format(loop_now_us(world->loop), time_text),
                          world->phone_names[phone - world->phones], line);
    if (length < 0)
        return;
    if (length >= LOG_LINE_MAX) {
        length = LOG_LINE_MAX - 1;
        text[length - 1] = '\n';
    }
    ssize_t ignored = write(world->phone_log_fd, text, (size_t)length);
    (void)ignored;
}

/* --- what the timeline tells the harness ---------------------------------------------------------
 */

static void follow_dhcp(struct world_phone *phone, const struct event *event)
{
    switch (event->dhcp_type) {
    case DHCP_ACK:
        phone->online = true;
        phone->lease_until_us = event->time_us + (uint64_t)event->lease_s * DURATION_S;
        break;
    case DHCP_NAK:
    case DHCP_RELEASE:
    case DHCP_DECLINE:
    case DHCP_DISCOVER:
        phone->online = false;
        break;
    default:
        break;
    }
}

/* A refusal over TFTP leaves nothing that we see but the try itself, which finds nobody listening
 * (its question may be sent more than once). */
static bool is_refused(const struct fake_server *fake, const struct event *event)
{
    return event->type == EVENT_REFUSED ||
           (event->type == EVENT_ATTEMPT && event->transport == TRANSPORT_TFTP &&
            !fake_server_is_open(fake));
}

/* To be called last: it may add to the timeline, and then the event's place in memory changes. */
static void follow_refusal(struct world *world, const struct event *event)
{
    struct fake_server *fake = world_fake(world, event->server);
    if (fake && is_refused(fake, event))
        fake_server_refused(
            fake, observer_phone_address(recorder_observer(world->recorder), event->phone),
            event->port);
}

void world_events_seen(void *context, const struct event *event)
{
    struct world *world = context;
    if (event->phone >= 0 && (size_t)event->phone < world->phone_count) {
        struct world_phone *phone = &world->phones[event->phone];
        if (event->type == EVENT_DHCP)
            follow_dhcp(phone, event);
        if (event->type == EVENT_ACTION && event->action != ACTION_CONFIGURE)
            phone->online = false;
        phone->unread = phone->unread || event->type != EVENT_PAGE;
    }
    if (world->options->seen)
        world->options->seen(world->options->context, event);
    if (event->phone >= 0)
        follow_refusal(world, event);
}
