/* SPDX-License-Identifier: MIT */
#include "fakes/server/tftp_server.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES_MAX = 2048, /* longer datagrams are cut, and then no valid packets */
    DATAGRAMS_A_TURN_MAX = 64,
};

struct transfer { /* one request, with a socket of its own: its transfer identifier */
    struct tftp_request request; /* first: what the handler has is this */
    struct tftp_server *server;
    struct tftp_packet asked; /* the RRQ */
    uint64_t asked_us;        /* when it came last */
    struct sockaddr_in client;
    int fd, stray_fd; /* the latter, of another port, -1 = not needed yet */
    struct loop_watch *watch;
    struct loop_timer timer;
    struct buffer netascii; /* the body converted, when that mode was asked for */
    struct tftp_session session;
    bool answered, told, held, silent, failed;
    struct transfer *next;
};

struct tftp_server {
    struct tftp_server_config config;
    uint16_t port;
    int fd; /* -1 = not listening */
    struct loop_watch *watch;
    struct transfer *transfers;
    unsigned transfer_count;
    struct buffer packet; /* what is being sent */
};

static void fail_loop(struct tftp_server *server, int code, const struct error *error)
{
    struct error prefixed = *error;
    error_prefix(&prefixed, code, "TFTP server, port %u", server->port);
    loop_fail(server->config.loop, code, &prefixed);
}

/* --- one transfer --- */

static void set_held(struct transfer *transfer, bool held)
{
    struct loop *loop = transfer->server->config.loop;
    struct error error;
    if (held == transfer->held)
        return;
    transfer->held = held;
    if (!held) {
        loop_release(loop, LOOP_UDP, transfer->request.client_address,
                     transfer->request.client_port);
        return;
    }
    int result = loop_hold(loop, LOOP_UDP, transfer->request.client_address,
                           transfer->request.client_port, transfer->fd, &error);
    if (result < 0) {
        transfer->held = false;
        fail_loop(transfer->server, result, &error);
    }
}

static void transfer_free(struct transfer *transfer)
{
    struct tftp_server *server = transfer->server;
    struct transfer **at = &server->transfers;
    while (*at != transfer)
        at = &(*at)->next;
    *at = transfer->next;
    server->transfer_count--;
    set_held(transfer, false);
    loop_timer_cancel(&transfer->timer);
    loop_unwatch(transfer->watch);
    if (transfer->fd >= 0)
        (void)close(transfer->fd);
    if (transfer->stray_fd >= 0)
        (void)close(transfer->stray_fd);
    server->config.ended(server->config.context, &transfer->request);
    buffer_done(&transfer->netascii);
    free(transfer);
}

static void give_up(void *context)
{
    transfer_free(context);
}

static void end_soon(struct transfer *transfer, uint64_t when_us)
{
    loop_timer_set(transfer->server->config.loop, &transfer->timer, when_us, give_up, transfer);
}

static void send_packet(const struct tftp_server *server, int fd, const struct sockaddr_in *to)
{
    /* What the kernel cannot take is lost, as on any wire: the session sends it again. */
    (void)sendto(fd, server->packet.data, server->packet.length, MSG_NOSIGNAL,
                 (const struct sockaddr *)to, sizeof *to);
}

static void send_error(struct tftp_server *server, int fd, const struct sockaddr_in *to,
                       enum tftp_error_code code, const char *text)
{
    struct tftp_packet packet = {.opcode = TFTP_ERROR, .error = (uint16_t)code};
    snprintf(packet.message, sizeof packet.message, "%s", text);
    buffer_clear(&server->packet);
    tftp_encode(&server->packet, &packet);
    send_packet(server, fd, to);
}

/* A socket bound to any free port of the server's address. */
static int open_port(const struct tftp_server *server, struct error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(server->config.address)};
    int fd = namespace_socket(server->config.netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int saved = errno;
    (void)close(fd);
    return error_set_errno(error, saved, "binding a transfer's socket");
}

/* From a port that stays open, and silent, as long as the transfer lasts. */
static void send_stray(struct transfer *transfer)
{
    struct error error;
    if (transfer->stray_fd < 0)
        transfer->stray_fd = open_port(transfer->server, &error);
    if (transfer->stray_fd < 0)
        fail_loop(transfer->server, transfer->stray_fd, &error);
    else
        send_packet(transfer->server, transfer->stray_fd, &transfer->client);
}

static void timer_due(void *context);

static void proceed(struct transfer *transfer)
{
    struct tftp_server *server = transfer->server;
    struct tftp_session *session = &transfer->session;
    uint64_t now_us = loop_now_us(server->config.loop);
    bool packet = true;
    while (packet) {
        packet = tftp_session_output(session, now_us, &server->packet);
        if (session->ending && !transfer->told) {
            transfer->told = true;
            transfer->request.sent_bytes = tftp_session_body_bytes(session);
            server->config.sending(server->config.context, &transfer->request);
        }
        if (packet && session->from_elsewhere)
            send_stray(transfer);
        else if (packet)
            send_packet(server, transfer->fd, &transfer->client);
    }
    if (tftp_session_is_over(session)) {
        transfer_free(transfer);
        return;
    }
    set_held(transfer, tftp_session_is_quiet(session));
    if (session->state == TFTP_SILENT) {
        transfer->silent = true;
        end_soon(transfer, now_us + TFTP_SILENCE_MAX_US);
    } else {
        loop_timer_set(server->config.loop, &transfer->timer, session->deadline_us, timer_due,
                       transfer);
    }
}

static void timer_due(void *context)
{
    proceed(context);
}

static bool same_client(const struct transfer *transfer, const struct sockaddr_in *from)
{
    return transfer->client.sin_addr.s_addr == from->sin_addr.s_addr &&
           transfer->client.sin_port == from->sin_port;
}

/* False: the client has ended the transfer. */
static bool take_datagram(struct transfer *transfer, const uint8_t *bytes, size_t length)
{
    struct tftp_packet packet;
    if (transfer->failed)
        return true;
    if (transfer->answered) {
        tftp_session_input(&transfer->session, bytes, length,
                           loop_now_us(transfer->server->config.loop));
        return !tftp_session_is_over(&transfer->session);
    }
    return !tftp_decode(bytes, length, &packet) || packet.opcode != TFTP_ERROR;
}

static void transfer_ready(void *context, uint32_t events)
{
    struct transfer *transfer = context;
    uint8_t bytes[REQUEST_BYTES_MAX];
    (void)events;
    for (unsigned i = 0; i < DATAGRAMS_A_TURN_MAX; i++) {
        struct sockaddr_in from = {0};
        socklen_t from_length = sizeof from;
        ssize_t length =
            recvfrom(transfer->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_length);
        if (length < 0)
            break;
        if (!same_client(transfer, &from)) {
            send_error(transfer->server, transfer->fd, &from, TFTP_ERROR_UNKNOWN_ID,
                       "unknown transfer ID");
        } else if (!take_datagram(transfer, bytes, (size_t)length)) {
            transfer_free(transfer);
            return;
        }
    }
    if (transfer->answered && !transfer->failed && !transfer->silent)
        proceed(transfer);
}

/* RFC 764: a line feed is sent as CR LF, a carriage return by itself as CR NUL. */
static void to_netascii(const uint8_t *bytes, size_t length, struct buffer *buffer)
{
    buffer_init(buffer, 2 * length + 1);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            buffer_u8(buffer, '\r');
        buffer_u8(buffer, bytes[i]);
        if (bytes[i] == '\r')
            buffer_u8(buffer, '\0');
    }
}

static bool is_netascii(const struct transfer *transfer)
{
    return strcmp(transfer->asked.mode, "netascii") == 0;
}

void tftp_foretell(const struct tftp_request *request, struct tftp_answer *answer)
{
    const struct transfer *transfer = (const struct transfer *)request;
    struct tftp_answer sent = *answer;
    struct buffer netascii;
    buffer_init(&netascii, 0);
    if (is_netascii(transfer)) {
        to_netascii(answer->body, answer->length, &netascii);
        sent.length = netascii.length;
    }
    tftp_answer_faults(&transfer->asked, &sent);
    answer->reorder_block = sent.reorder_block;
    answer->stray_block = sent.stray_block;
    answer->no_options = sent.no_options;
    buffer_done(&netascii);
}

void tftp_respond(struct tftp_request *request, const struct tftp_answer *answer)
{
    struct transfer *transfer = (struct transfer *)request;
    struct tftp_server *server = transfer->server;
    struct tftp_answer sent = *answer;
    assert(!transfer->answered);
    if (is_netascii(transfer)) {
        to_netascii(answer->body, answer->length, &transfer->netascii);
        if (transfer->netascii.failed) {
            struct error error;
            error_set(&error, ERROR_MEMORY, "no memory for an answer");
            fail_loop(server, ERROR_MEMORY, &error);
        }
        sent.body = transfer->netascii.data;
        sent.length = transfer->netascii.length;
    }
    transfer->answered = true;
    tftp_session_start(&transfer->session, &transfer->asked, &sent,
                       loop_now_us(server->config.loop));
    proceed(transfer);
}

void tftp_fail(struct tftp_request *request, enum tftp_error_code code, const char *text)
{
    struct transfer *transfer = (struct transfer *)request;
    struct tftp_server *server = transfer->server;
    assert(!transfer->answered);
    transfer->answered = transfer->failed = true;
    set_held(transfer, false);
    send_error(server, transfer->fd, &transfer->client, code, text);
    /* Not acknowledged (RFC 1350, 7). Kept a while for a repeated request on its way. */
    end_soon(transfer, loop_now_us(server->config.loop) + TFTP_TIMEOUT_DEFAULT_US);
}

void tftp_hold(struct tftp_request *request, bool for_ever)
{
    struct transfer *transfer = (struct transfer *)request;
    set_held(transfer, true);
    transfer->silent = for_ever;
    if (for_ever)
        end_soon(transfer, loop_now_us(transfer->server->config.loop) + TFTP_SILENCE_MAX_US);
}

/* --- requests --- */

static int open_transfer(struct transfer *transfer, struct error *error)
{
    struct tftp_server *server = transfer->server;
    transfer->fd = open_port(server, error);
    if (transfer->fd < 0)
        return transfer->fd;
    return loop_watch(server->config.loop, transfer->fd, EPOLLIN, transfer_ready, transfer,
                      &transfer->watch, error);
}

static void begin_transfer(struct tftp_server *server, const struct tftp_packet *asked,
                           const struct sockaddr_in *from)
{
    struct error error;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) {
        error_set(&error, ERROR_MEMORY, "no memory for a transfer");
        fail_loop(server, ERROR_MEMORY, &error);
        return;
    }
    *transfer = (struct transfer){.server = server,
                                  .asked = *asked,
                                  .asked_us = loop_now_us(server->config.loop),
                                  .client = *from,
                                  .stray_fd = -1,
                                  .next = server->transfers,
                                  .request = {.client_address = ntohl(from->sin_addr.s_addr),
                                              .client_port = ntohs(from->sin_port),
                                              .server_port = server->port}};
    transfer->request.name = transfer->asked.name;
    transfer->request.mode = transfer->asked.mode;
    int result = open_transfer(transfer, &error);
    if (result < 0) {
        if (transfer->fd >= 0)
            (void)close(transfer->fd);
        free(transfer);
        fail_loop(server, result, &error);
        return;
    }
    server->transfers = transfer;
    server->transfer_count++;
    server->config.handle(server->config.context, &transfer->request);
}

/* True if the request needs no transfer of its own: it repeats one that is being answered. */
static bool is_repeated(struct tftp_server *server, const struct tftp_packet *asked,
                        const struct sockaddr_in *from)
{
    uint64_t now_us = loop_now_us(server->config.loop);
    struct transfer *next;
    for (struct transfer *transfer = server->transfers; transfer; transfer = next) {
        next = transfer->next;
        bool same_file = strcmp(transfer->asked.name, asked->name) == 0;
        bool fresh = !transfer->answered || transfer->failed || transfer->session.block <= 1;
        if (same_client(transfer, from) && same_file && fresh &&
            now_us - transfer->asked_us < TFTP_REPEAT_US) {
            transfer->asked_us = now_us;
            return true;
        }
        /* Whoever asks again has given up the silence it met before. */
        if (same_client(transfer, from) ||
            (transfer->silent && same_file &&
             transfer->client.sin_addr.s_addr == from->sin_addr.s_addr))
            transfer_free(transfer);
    }
    return false;
}

static void take_request(struct tftp_server *server, const uint8_t *bytes, size_t length,
                         const struct sockaddr_in *from)
{
    struct tftp_packet packet;
    if (!tftp_decode(bytes, length, &packet))
        return;
    if (packet.opcode == TFTP_WRQ) {
        send_error(server, server->fd, from, TFTP_ERROR_ACCESS, "this server is read-only");
    } else if (packet.opcode == TFTP_RRQ && strcmp(packet.mode, "octet") != 0 &&
               strcmp(packet.mode, "netascii") != 0) {
        send_error(server, server->fd, from, TFTP_ERROR_UNDEFINED, "unknown transfer mode");
    } else if (packet.opcode == TFTP_RRQ && !is_repeated(server, &packet, from)) {
        if (server->transfer_count >= server->config.transfers_max) {
            struct error error;
            error_set(&error, ERROR_LIMIT, "more than %u transfers at once",
                      server->config.transfers_max);
            fail_loop(server, ERROR_LIMIT, &error);
            return;
        }
        begin_transfer(server, &packet, from);
    }
}

static void listener_ready(void *context, uint32_t events)
{
    struct tftp_server *server = context;
    uint8_t bytes[REQUEST_BYTES_MAX];
    (void)events;
    for (unsigned i = 0; i < DATAGRAMS_A_TURN_MAX && server->fd >= 0; i++) {
        struct sockaddr_in from = {0};
        socklen_t from_length = sizeof from;
        ssize_t length =
            recvfrom(server->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_length);
        if (length < 0)
            break;
        take_request(server, bytes, (size_t)length, &from);
    }
}

static void stop_listening(struct tftp_server *server)
{
    loop_unwatch(server->watch);
    server->watch = NULL;
    if (server->fd >= 0)
        (void)close(server->fd);
    server->fd = -1;
}

static int bind_and_watch(struct tftp_server *server, struct error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(server->port),
                                  .sin_addr.s_addr = htonl(server->config.address)};
    socklen_t length = sizeof address;
    if (bind(server->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "binding UDP port %u", server->port);
    server->port = ntohs(address.sin_port);
    return loop_watch(server->config.loop, server->fd, EPOLLIN, listener_ready, server,
                      &server->watch, error);
}

int tftp_server_listen(struct tftp_server *server, bool on, struct error *error)
{
    if (on == (server->fd >= 0))
        return 0;
    if (!on) {
        stop_listening(server);
        return 0;
    }
    int fd = namespace_socket(server->config.netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    if (fd < 0)
        return fd;
    server->fd = fd;
    int result = bind_and_watch(server, error);
    if (result < 0)
        stop_listening(server);
    return result;
}

uint16_t tftp_server_port(const struct tftp_server *server)
{
    return server->port;
}

int tftp_server_new(const struct tftp_server_config *config, struct tftp_server **ret_server,
                    struct error *error)
{
    struct tftp_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, ERROR_MEMORY, "no memory for a TFTP server");
    assert(config->handle && config->sending && config->ended);
    server->config = *config;
    server->port = config->port;
    server->fd = -1;
    buffer_init(&server->packet, TFTP_PACKET_BYTES_MAX);
    int result = tftp_server_listen(server, true, error);
    if (result < 0) {
        tftp_server_free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

void tftp_server_free(struct tftp_server *server)
{
    if (!server)
        return;
    stop_listening(server);
    while (server->transfers)
        transfer_free(server->transfers);
    buffer_done(&server->packet);
    free(server);
}
