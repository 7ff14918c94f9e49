/* SPDX-License-Identifier: MIT */
#include "harness/loop/web_internal.h"
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { PIECES_A_SECOND = 1000000 / WEB_RATE_PIECE_US, STREAM_BLOCK_BYTES = 32 * 1024 };

static struct web_exchange *exchange_of(struct web_request *request)
{
    return (struct web_exchange *)request;
}

/* --- waiting --------------------------------------------------------------------------------- */

static void release(struct web_exchange *exchange)
{
    if (!exchange->held)
        return;
    exchange->held = false;
    loop_release(exchange->server->loop, LOOP_TCP, exchange->request.client_address,
                 exchange->request.client_port);
}

void web_hold(struct web_request *request)
{
    struct web_exchange *exchange = exchange_of(request);
    struct loop *loop = exchange->server->loop;
    struct error error;
    if (exchange->held || exchange->broken)
        return;
    int result = loop_hold(loop, LOOP_TCP, request->client_address, request->client_port,
                           exchange->fd, &error);
    if (result < 0)
        loop_fail(loop, result, &error);
    else
        exchange->held = true;
}

static void wake(struct web_exchange *exchange)
{
    release(exchange);
    loop_timer_cancel(&exchange->piece_timer);
    if (!exchange->suspended)
        return;
    loop_unwatch(exchange->gone_watch);
    exchange->gone_watch = NULL;
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
    web_server_kick(exchange->server);
}

static void client_gone(void *context, uint32_t events)
{
    struct web_exchange *exchange = context;
    (void)events;
    exchange->broken = true;
    wake(exchange);
}

/* Only from inside the library's callbacks. */
static void suspend(struct web_exchange *exchange)
{
    struct loop *loop = exchange->server->loop;
    struct error error;
    MHD_suspend_connection(exchange->connection);
    exchange->suspended = true;
    /* The library no longer polls a suspended socket, so it is ours to watch. */
    int result = loop_watch(loop, exchange->fd, EPOLLRDHUP, client_gone, exchange,
                            &exchange->gone_watch, &error);
    if (result < 0)
        loop_fail(loop, result, &error);
}

/* --- the answer ------------------------------------------------------------------------------ */

static void tell_sending(struct web_exchange *exchange)
{
    const struct web_server_config *config = &exchange->server->config;
    if (exchange->handled && config->sending)
        config->sending(config->context, &exchange->request);
}

static void piece_due(void *context)
{
    wake(context);
}

/* True if the piece must wait; the connection is then suspended until it is due. */
static bool wait_for_piece(struct web_exchange *exchange, uint64_t bytes_then)
{
    const int on = 1;
    struct loop *loop = exchange->server->loop;
    uint64_t due_us =
        exchange->rate_start_us + bytes_then * UINT64_C(1000000) / exchange->rate_bytes_per_s;
    if (loop_now_us(loop) >= due_us)
        return false;
    /* The library may have corked what it sent so far, expecting more at once. */
    (void)setsockopt(exchange->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    web_hold(&exchange->request);
    suspend(exchange);
    loop_timer_set(loop, &exchange->piece_timer, due_us, piece_due, exchange);
    return true;
}

static ssize_t read_piece(void *context, uint64_t position, char *bytes, size_t max)
{
    struct web_exchange *exchange = context;
    if (exchange->broken || exchange->server->closing || position >= exchange->send_bytes)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    uint64_t length = exchange->send_bytes - position;
    if (length > max)
        length = max;
    if (exchange->rate_bytes_per_s > 0) {
        uint64_t piece = exchange->rate_bytes_per_s / PIECES_A_SECOND;
        if (length > piece)
            length = piece > 0 ? piece : 1;
        if (wait_for_piece(exchange, position + length))
            return 0;
    }
    memcpy(bytes, exchange->answer_body + position, (size_t)length);
    if (position + length == exchange->send_bytes)
        tell_sending(exchange);
    return (ssize_t)length;
}

static bool has_body(const struct web_exchange *exchange, const struct web_response *response)
{
    unsigned status = response->status;
    return response->body_length > 0 && strcmp(exchange->request.method, "HEAD") != 0 &&
           status >= 200 && status != 204 && status != 304;
}

static struct MHD_Response *make_response(struct web_exchange *exchange,
                                          const struct web_response *response)
{
    bool cut = response->cut_bytes < response->body_length;
    exchange->send_bytes = cut ? response->cut_bytes : response->body_length;
    if (has_body(exchange, response) && (cut || response->rate_bytes_per_s > 0)) {
        exchange->rate_bytes_per_s = response->rate_bytes_per_s;
        return MHD_create_response_from_callback(response->body_length, STREAM_BLOCK_BYTES,
                                                 read_piece, exchange, NULL);
    }
    exchange->send_bytes = 0; /* nothing is streamed */
    return MHD_create_response_from_buffer(
        response->body_length, (void *)(uintptr_t)exchange->answer_body, MHD_RESPMEM_PERSISTENT);
}

static bool add_headers(struct MHD_Response *made, const struct web_response *response)
{
    bool added = true;
    for (size_t i = 0; i < response->header_count; i++)
        added = MHD_add_response_header(made, response->headers[i].name,
                                        response->headers[i].value) == MHD_YES &&
                added;
    if (response->close)
        added = MHD_add_response_header(made, "Connection", "close") == MHD_YES && added;
    return added;
}

static void prepare(struct web_exchange *exchange, const struct web_response *response)
{
    exchange->status = response->status;
    exchange->answered = true;
    exchange->answer_body = response->body;
    if (response->body_length > 0 && !response->body_borrowed) {
        exchange->body_copy = malloc(response->body_length);
        if (!exchange->body_copy) {
            web_server_fail(exchange->server, ERROR_MEMORY, "no memory for an answer");
            exchange->broken = true;
            return;
        }
        memcpy(exchange->body_copy, response->body, response->body_length);
        exchange->answer_body = exchange->body_copy;
    }
    exchange->response = make_response(exchange, response);
    if (!exchange->response || !add_headers(exchange->response, response)) {
        web_server_fail(exchange->server, ERROR_FAILED, "the HTTP library refuses the answer");
        exchange->broken = true;
    }
}

void web_respond(struct web_request *request, const struct web_response *response)
{
    struct web_exchange *exchange = exchange_of(request);
    assert(!exchange->answered);
    if (exchange->broken)
        return;
    prepare(exchange, response);
    wake(exchange);
}

void web_reset(struct web_request *request)
{
    struct web_exchange *exchange = exchange_of(request);
    /* Disconnecting sends the RST now; closing with SO_LINGER 0 would not do, as the library shuts
     * the socket down first and the client would see an orderly end. */
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (!exchange->broken)
        (void)connect(exchange->fd, &nowhere, sizeof nowhere);
    exchange->broken = true;
    wake(exchange);
}

const char *web_request_header(const struct web_request *request, const char *name)
{
    const struct web_exchange *exchange = (const struct web_exchange *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result queue(struct web_exchange *exchange)
{
    exchange->rate_start_us = loop_now_us(exchange->server->loop);
    if (exchange->send_bytes == 0)
        tell_sending(exchange);
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, exchange->status, exchange->response);
    if (result != MHD_YES) {
        char text[64];
        snprintf(text, sizeof text, "the HTTP library refuses status %u", exchange->status);
        web_server_fail(exchange->server, ERROR_FAILED, text);
    }
    return result;
}

/* --- the library's callbacks ------------------------------------------------------------------ */

static const union MHD_ConnectionInfo *connection_info(struct MHD_Connection *connection,
                                                       enum MHD_ConnectionInfoType type)
{
    return MHD_get_connection_info(connection, type);
}

void *web_exchange_begin(void *context, const char *target, struct MHD_Connection *connection)
{
    struct web_server *server = context;
    struct web_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange)
        exchange->target = strdup(target);
    if (!exchange || !exchange->target) {
        free(exchange);
        web_server_fail(server, ERROR_MEMORY, "no memory for a request");
        return NULL;
    }
    const union MHD_ConnectionInfo *client =
        connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr_in *address =
        (const struct sockaddr_in *)(const void *)client->client_addr;
    exchange->server = server;
    exchange->connection = connection;
    exchange->on = web_connection_of(connection);
    web_connection_busy(exchange->on);
    exchange->fd = connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    exchange->request.target = exchange->target;
    exchange->request.client_address = ntohl(address->sin_addr.s_addr);
    exchange->request.client_port = ntohs(address->sin_port);
    exchange->request.server_port = server->port;
    exchange->request.client = &exchange->on->client;
    buffer_init(&exchange->body, server->config.body_bytes_max);
    exchange->next = server->exchanges;
    if (exchange->next)
        exchange->next->previous = exchange;
    server->exchanges = exchange;
    return exchange;
}

static void handle(struct web_exchange *exchange)
{
    const struct web_server_config *config = &exchange->server->config;
    if (exchange->body.failed) {
        web_respond(&exchange->request, &(struct web_response){.status = MHD_HTTP_CONTENT_TOO_LARGE,
                                                               .close = true,
                                                               .cut_bytes = WEB_NOT_CUT});
        return;
    }
    exchange->certificate = web_connection_certificate(exchange->connection);
    exchange->request.certificate = exchange->certificate;
    exchange->request.body = exchange->body.data;
    exchange->request.body_length = exchange->body.length;
    exchange->handled = true;
    config->handle(config->context, &exchange->request);
}

enum MHD_Result web_exchange_access(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_length, void **state)
{
    struct web_exchange *exchange = *state;
    (void)context, (void)connection, (void)url;
    if (!exchange || exchange->broken || exchange->server->closing)
        return MHD_NO;
    if (!exchange->started) {
        /* An answer in this first call would make the library close the connection. */
        exchange->started = true;
        snprintf(exchange->request.method, sizeof exchange->request.method, "%s", method);
        exchange->request.version = version;
        return MHD_YES;
    }
    if (*upload_length > 0) {
        buffer_append(&exchange->body, upload, *upload_length);
        *upload_length = 0;
        return MHD_YES;
    }
    if (!exchange->handled && !exchange->answered)
        handle(exchange);
    if (exchange->broken)
        return MHD_NO;
    if (exchange->answered)
        return queue(exchange);
    suspend(exchange);
    return MHD_YES;
}

void web_exchange_completed(void *context, struct MHD_Connection *connection, void **state,
                            enum MHD_RequestTerminationCode reason)
{
    struct web_server *server = context;
    struct web_exchange *exchange = *state;
    (void)connection;
    if (!exchange)
        return;
    *state = NULL;
    release(exchange);
    loop_timer_cancel(&exchange->piece_timer);
    loop_unwatch(exchange->gone_watch);
    if (exchange->handled && server->config.ended)
        server->config.ended(server->config.context, &exchange->request);
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        server->exchanges = exchange->next;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    if (reason == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        web_connection_idle(exchange->on);
    buffer_done(&exchange->body);
    free(exchange->body_copy);
    free(exchange->certificate);
    free(exchange->target);
    free(exchange);
}

void web_exchange_abandon(struct web_exchange *exchange)
{
    exchange->broken = true;
    wake(exchange);
}
