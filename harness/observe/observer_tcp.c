/* SPDX-License-Identifier: MIT */
/* What is said on TCP connections of phones, to events. */
#include "harness/observe/observer_internal.h"
#include <stdio.h>
#include <string.h>

static const char vendor_agent[] = "Cisco-CP-";
/* Query keys whose values no timeline may show. */
static const char *const secret_keys[] = {"xpassword=", "password=", "passwd=", "pwd="};

static bool opening(void *context, const struct frame *syn, struct flow_owner *ret_owner)
{
    const struct observer *observer = context;
    ret_owner->phone = observer_source_phone(observer, syn);
    if (ret_owner->phone != EVENT_PHONE_NONE) {
        ret_owner->server = inference_server(observer->inference, ret_owner->phone,
                                             syn->destination, syn->destination_port);
        return true;
    }
    ret_owner->phone = observer_destination_phone(observer, syn);
    ret_owner->phone_is_server = ret_owner->phone != EVENT_PHONE_NONE;
    ret_owner->by_harness =
        observer->world.harness_address != 0 && syn->source == observer->world.harness_address;
    ret_owner->server = ret_owner->phone_is_server ? EVENT_SERVER_NONE : EVENT_SERVER_OTHER;
    /* A phone may yet show itself by what it says. */
    return ret_owner->phone_is_server || observer->world.learn_phones;
}

static struct event_peer flow_peer(const struct flow_view *flow, enum event_transport transport)
{
    return (struct event_peer){.server = flow->owner->server,
                               .transport = transport,
                               .address = flow->server,
                               .port = flow->server_port,
                               .client_port = flow->client_port};
}

static struct inference_connection flow_connection(const struct flow_view *flow, bool tls)
{
    return (struct inference_connection){.phone = flow->owner->phone,
                                         .server = flow->owner->server,
                                         .address = flow->server,
                                         .port = flow->server_port,
                                         .client_port = flow->client_port,
                                         .tls = tls};
}

static void append_hello(struct observer *observer, const struct flow_view *flow,
                         const struct tls_hello *hello)
{
    if (inference_is_edos_host(observer->inference, hello->server_name) &&
        !flow->owner->phone_is_server)
        flow->owner->server = EVENT_SERVER_EDOS;
    struct event event = {
        .type = EVENT_TLS,
        .phone = flow->owner->phone,
        .tls = {.peer = flow_peer(flow, TRANSPORT_HTTPS),
                .server_name = hello->server_name[0] ? hello->server_name : NULL}};
    observer_append(observer, &event);
}

/* The path without what follows a '?' or the phone's own '&' suffix. */
static size_t path_length(const char *target)
{
    return strcspn(target, "?&");
}

static bool is_status_poll(const struct observer *observer, const struct flow_view *flow,
                           const char *target)
{
    const char *path = observer->world.status_path;
    if (!path || !flow->owner->by_harness)
        return false;
    size_t length = path_length(path);
    return path_length(target) >= length && strncmp(path, target, length) == 0;
}

static void hide_secrets(char *target)
{
    for (size_t i = 0; i < sizeof secret_keys / sizeof secret_keys[0]; i++) {
        char *at = target;
        while ((at = strcasestr(at, secret_keys[i])) != NULL) {
            at += strlen(secret_keys[i]);
            size_t length = strcspn(at, "&;# ");
            size_t shown = length < 3 ? length : 3;
            memset(at, '*', shown);
            memmove(at + shown, at + length, strlen(at + length) + 1);
        }
    }
}

static bool append_request(struct observer *observer, const struct flow_view *flow,
                           const struct http_head *head)
{
    struct flow_owner *owner = flow->owner;
    char target[HTTP_TARGET_MAX];
    if (owner->phone == EVENT_PHONE_NONE && observer->world.learn_phones &&
        strncmp(head->user_agent, vendor_agent, sizeof vendor_agent - 1) == 0) {
        owner->phone = identify_learn(&observer->identify, &flow->client_mac);
        if (owner->phone != EVENT_PHONE_NONE)
            identify_lease(&observer->identify, owner->phone, flow->client);
    }
    if (owner->phone == EVENT_PHONE_NONE || is_status_poll(observer, flow, head->target))
        return true;
    if (owner->server == EVENT_SERVER_OTHER &&
        inference_is_edos_host(observer->inference, head->host))
        owner->server = EVENT_SERVER_EDOS;
    snprintf(target, sizeof target, "%s", head->target);
    hide_secrets(target);
    struct event event = {.type = EVENT_HTTP_REQUEST,
                          .phone = owner->phone,
                          .http_request = {.peer = flow_peer(flow, TRANSPORT_HTTP),
                                           .method = head->method,
                                           .target = target,
                                           .host = head->host[0] ? head->host : NULL,
                                           .agent = head->user_agent[0] ? head->user_agent : NULL}};
    observer_append(observer, &event);
    return false;
}

static void append_response(struct observer *observer, const struct flow_view *flow,
                            const struct http_head *head)
{
    struct event event = {.type = EVENT_HTTP_RESPONSE,
                          .phone = flow->owner->phone,
                          .http_response = {.peer = flow_peer(flow, TRANSPORT_HTTP),
                                            .status = head->status,
                                            .location = head->location[0] ? head->location : NULL}};
    observer_append(observer, &event);
}

static void client_signal(struct observer *observer, const struct flow_view *flow,
                          const struct flow_signal *signal)
{
    struct inference_connection connection = flow_connection(flow, signal->tls);
    struct event event = {.phone = flow->owner->phone,
                          .connection.peer = flow_peer(flow, TRANSPORT_NONE)};
    switch (signal->kind) {
    case FLOW_CONNECT:
    case FLOW_REFUSED:
        event.type = signal->kind == FLOW_CONNECT ? EVENT_CONNECT : EVENT_REFUSED;
        observer_append(observer, &event);
        break;
    case FLOW_DELIVERED:
        inference_delivered(observer->inference, observer->now_us, &connection,
                            &(const struct inference_delivery){.status = signal->status,
                                                               .complete = signal->complete,
                                                               .head = signal->head_only,
                                                               .bytes = signal->bytes});
        break;
    case FLOW_CLOSED:
        inference_closed(observer->inference, observer->now_us, &connection, signal->by_client);
        break;
    default:
        break;
    }
}

static bool on_signal(void *context, const struct flow_view *flow, const struct flow_signal *signal)
{
    struct observer *observer = context;
    if (signal->kind == FLOW_REQUEST)
        return append_request(observer, flow, signal->head);
    if (flow->owner->phone == EVENT_PHONE_NONE)
        return false;
    if (signal->kind == FLOW_HELLO)
        append_hello(observer, flow, signal->hello);
    else if (signal->kind == FLOW_RESPONSE && !signal->hidden)
        append_response(observer, flow, signal->head);
    else if (!flow->owner->phone_is_server)
        client_signal(observer, flow, signal);
    return false;
}

struct flow_sink observer_flow_sink(struct observer *observer)
{
    return (struct flow_sink){observer, opening, on_signal};
}
