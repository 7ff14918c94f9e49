/* SPDX-License-Identifier: MIT */
#include "harness/loop/line_server.h"
#include "harness/base/unix_socket.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_BYTES = 65536, SOCKET_ROOM_BYTES = 65536 };

struct line_client {
    struct line_server *server;
    int in, out; /* in -1 = the place is free */
    struct loop_watch *watch;
    struct buffer line;
    bool skips;        /* the rest of a line that was too long */
    uint64_t spoke_at; /* counts what was said, by all */
};
struct line_server {
    struct line_server_config config;
    struct loop *loop;
    struct unix_socket socket; /* fd -1: standard input */
    struct loop_watch *watch;
    uint64_t spoken;
    struct line_client clients[LINE_CLIENTS_MAX];
};

static void client_ready(void *context, uint32_t events);

/* --- one client ------------------------------------------------------------------------------- */
static void leave(struct line_client *client)
{
    if (client->in < 0)
        return;
    loop_unwatch(client->watch);
    if (client->in != STDIN_FILENO)
        close(client->in);
    buffer_done(&client->line);
    client->in = client->out = -1;
    client->watch = NULL;
}

static int enter(struct line_server *server, struct line_client *client, int in, int out)
{
    *client =
        (struct line_client){.server = server, .in = in, .out = out, .spoke_at = ++server->spoken};
    buffer_init(&client->line, server->config.line_bytes_max);
    return loop_watch(server->loop, in, EPOLLIN, client_ready, client, &client->watch, NULL);
}

void line_client_answer(const struct line_client *client, const struct buffer *text)
{
    struct pollfd writable = {.fd = client->out, .events = POLLOUT};
    int room = (int)(2 * text->length);
    ssize_t ignored;
    if (poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT))
        return;
    /* A pipe that polls as writable takes a short answer at once. */
    if (client->in == STDIN_FILENO) {
        ignored = write(client->out, text->data, text->length);
    } else {
        if (text->length > SOCKET_ROOM_BYTES)
            (void)setsockopt(client->out, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        ignored = send(client->out, text->data, text->length, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    (void)ignored;
}

/* The client's line is told. False: it has left. */
static bool tell(struct line_client *client)
{
    const struct line_server_config *config = &client->server->config;
    bool whole = !client->line.failed;
    bool stays = config->line(config->context, client, whole ? buffer_string(&client->line) : NULL,
                              whole ? client->line.length : 0);
    buffer_clear(&client->line);
    if (!stays)
        leave(client);
    return stays;
}

/* False: the client has left. */
static bool take(struct line_client *client, const char *bytes, size_t length)
{
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t part = end ? (size_t)(end - bytes) : length;
        if (!client->skips)
            buffer_append(&client->line, bytes, part);
        bool tells = !client->skips && (end || client->line.failed);
        client->skips = !end && (client->skips || client->line.failed);
        if (tells && !tell(client))
            return false;
        part += end ? 1 : 0;
        bytes += part;
        length -= part;
    }
    return true;
}

static void client_ready(void *context, uint32_t events)
{
    struct line_client *client = context;
    const struct line_server_config *config = &client->server->config;
    bool is_input = client->in == STDIN_FILENO;
    char bytes[READ_BYTES];
    (void)events;
    /* One read: what epoll calls ready does not block, and the descriptor's flags are shared. */
    ssize_t length = read(client->in, bytes, sizeof bytes);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->spoke_at = ++client->server->spoken;
    if (length > 0) {
        (void)take(client, bytes, (size_t)length);
        return;
    }
    if (length < 0 || !config->end_ends_line || client->line.length == 0 || tell(client))
        leave(client);
    if (is_input)
        config->ended(config->context);
}

/* --- the socket ------------------------------------------------------------------------------- */
static struct line_client *make_room(struct line_server *server)
{
    struct line_client *oldest = &server->clients[0];
    for (size_t i = 0; i < LINE_CLIENTS_MAX; i++) {
        struct line_client *client = &server->clients[i];
        if (client->in < 0)
            return client;
        if (client->spoke_at < oldest->spoke_at)
            oldest = client;
    }
    leave(oldest);
    return oldest;
}

static void client_came(void *context, uint32_t events)
{
    struct line_server *server = context;
    (void)events;
    int fd = accept4(server->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct line_client *client = make_room(server);
    if (enter(server, client, fd, fd) < 0)
        leave(client);
}

int line_server_new(const struct line_server_config *config, struct line_server **ret_server,
                    struct error *error)
{
    struct line_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, ERROR_MEMORY, "out of memory");
    server->config = *config;
    server->socket.fd = -1;
    for (size_t i = 0; i < LINE_CLIENTS_MAX; i++)
        server->clients[i].in = -1;
    int result =
        strcmp(config->path, "-") == 0 ? 0 : unix_listen(config->path, &server->socket, error);
    if (result < 0) {
        line_server_free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

int line_server_listen(struct line_server *server, struct loop *loop, struct error *error)
{
    server->loop = loop;
    if (server->socket.fd >= 0)
        return loop_watch(loop, server->socket.fd, EPOLLIN, client_came, server, &server->watch,
                          error);
    if (enter(server, &server->clients[0], STDIN_FILENO, STDOUT_FILENO) == 0)
        return 0;
    return error_set(error, ERROR_INVALID,
                     "standard input is nothing to wait for; give a pipe, or a socket's path");
}

void line_server_deaf(struct line_server *server)
{
    if (!server)
        return;
    loop_unwatch(server->watch);
    server->watch = NULL;
    for (size_t i = 0; i < LINE_CLIENTS_MAX; i++) {
        loop_unwatch(server->clients[i].watch);
        server->clients[i].watch = NULL;
    }
}

void line_server_free(struct line_server *server)
{
    if (!server)
        return;
    line_server_deaf(server);
    unix_close(&server->socket, server->config.path);
    for (size_t i = 0; i < LINE_CLIENTS_MAX; i++)
        leave(&server->clients[i]);
    free(server);
}

/* --- the other end ---------------------------------------------------------------------------- */
static int failed(const char *what, struct error *error)
{
    return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno, "%s", what);
}

static int send_all(int fd, const struct line_question *question, struct error *error)
{
    size_t done = 0;
    while (done < question->length) {
        ssize_t sent =
            send(fd, (const char *)question->text + done, question->length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return failed(question->not_taken, error);
        done += sent > 0 ? (size_t)sent : 0;
    }
    return 0;
}

static int receive(int fd, const struct line_question *question, struct buffer *answer,
                   struct error *error)
{
    char bytes[READ_BYTES];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ECONNRESET && question->to_the_end)
            return 0;
        if (got < 0)
            return failed(question->no_answer, error);
        buffer_append(answer, bytes, (size_t)got);
        if (got == 0 ||
            (!question->to_the_end && (answer->failed || memchr(bytes, '\n', (size_t)got) != NULL)))
            return 0;
    }
}

int line_ask(const struct line_question *question, struct buffer *answer, struct error *error)
{
    struct timeval patience = {.tv_sec = question->seconds};
    int fd = unix_connect(question->path, error);
    if (fd < 0)
        return fd;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int result = send_all(fd, question, error);
    if (result == 0)
        result = receive(fd, question, answer, error);
    close(fd);
    return result;
}
