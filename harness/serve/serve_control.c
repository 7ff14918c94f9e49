/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_control.h"
#include "harness/base/exit_code.h"
#include "harness/base/unix_socket.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_BYTES = 65536, ANSWER_ROOM_BYTES = 2 * SERVE_ANSWER_BYTES_MAX };

struct serve_client {
    struct serve_control *control;
    int fd; /* -1 = the place is free */
    struct loop_watch *watch;
    struct buffer line;
    uint64_t came_at; /* counts those who came */
    bool answered;    /* and still waits: for the end */
};
struct serve_control {
    struct serve_control_config config;
    char path[PATH_MAX];
    struct loop *loop;
    struct unix_socket socket;
    struct loop_watch *watch;
    uint64_t came;
    struct serve_client clients[SERVE_CONTROL_CLIENTS_MAX];
};

static void leave(struct serve_client *client)
{
    loop_unwatch(client->watch);
    client->watch = NULL;
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buffer_done(&client->line);
}

/* The socket's buffer holds a whole answer: somebody who does not read it delays nobody. */
static void answer(struct serve_client *client, int code, const char *text)
{
    struct buffer line;
    int room = ANSWER_ROOM_BYTES;
    buffer_init(&line, SERVE_ANSWER_BYTES_MAX);
    serve_answer_write(code, text, &line);
    (void)setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    ssize_t ignored = send(client->fd, line.data, line.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
    buffer_done(&line);
}

static void read_order(struct serve_client *client)
{
    const struct serve_control_config *config = &client->control->config;
    struct serve_order order;
    struct error error;
    struct buffer text;
    if (serve_order_read(buffer_string(&client->line), client->line.length, &order, &error) < 0) {
        answer(client, EXIT_CODE_USAGE, error.text);
        leave(client);
        return;
    }
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX / 2);
    int code = config->carry_out(config->context, &order, &text);
    answer(client, code, buffer_string(&text));
    buffer_done(&text);
    client->answered = order.kind == SERVE_ORDER_STOP;
    serve_order_done(&order);
    if (!client->answered)
        leave(client);
}

static void client_ready(void *context, uint32_t events)
{
    struct serve_client *client = context;
    char bytes[READ_BYTES];
    (void)events;
    ssize_t length = read(client->fd, bytes, sizeof bytes);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 || client->answered) {
        leave(client);
        return;
    }
    const char *end = memchr(bytes, '\n', (size_t)length);
    buffer_append(&client->line, bytes, end ? (size_t)(end - bytes) : (size_t)length);
    if (client->line.failed) {
        answer(client, EXIT_CODE_USAGE, "the order is too long\n");
        leave(client);
    } else if (end) {
        read_order(client);
    }
}

static struct serve_client *make_room(struct serve_control *control)
{
    struct serve_client *first = &control->clients[0];
    for (size_t i = 0; i < SERVE_CONTROL_CLIENTS_MAX; i++) {
        struct serve_client *client = &control->clients[i];
        if (client->fd < 0)
            return client;
        if (client->came_at < first->came_at)
            first = client;
    }
    leave(first);
    return first;
}

static void client_came(void *context, uint32_t events)
{
    struct serve_control *control = context;
    (void)events;
    int fd = accept4(control->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct serve_client *client = make_room(control);
    *client = (struct serve_client){.control = control, .fd = fd, .came_at = ++control->came};
    buffer_init(&client->line, SERVE_ORDER_BYTES_MAX);
    if (loop_watch(control->loop, fd, EPOLLIN, client_ready, client, &client->watch, NULL) < 0)
        leave(client);
}

int serve_control_new(const struct serve_control_config *config, struct serve_control **ret_control,
                      struct error *error)
{
    struct serve_control *control = calloc(1, sizeof *control);
    if (!control)
        return error_set(error, ERROR_MEMORY, "out of memory");
    control->config = *config;
    for (size_t i = 0; i < SERVE_CONTROL_CLIENTS_MAX; i++)
        control->clients[i].fd = -1;
    control->socket.fd = -1;
    snprintf(control->path, sizeof control->path, "%s", config->path);
    int result = unix_listen(control->path, &control->socket, error);
    if (result < 0) {
        serve_control_free(control);
        return result;
    }
    *ret_control = control;
    return 0;
}

int serve_control_listen(struct serve_control *control, struct loop *loop, struct error *error)
{
    control->loop = loop;
    return loop_watch(loop, control->socket.fd, EPOLLIN, client_came, control, &control->watch,
                      error);
}

void serve_control_deaf(struct serve_control *control)
{
    if (!control)
        return;
    loop_unwatch(control->watch);
    control->watch = NULL;
    for (size_t i = 0; i < SERVE_CONTROL_CLIENTS_MAX; i++) {
        loop_unwatch(control->clients[i].watch);
        control->clients[i].watch = NULL;
    }
}

void serve_control_free(struct serve_control *control)
{
    if (!control)
        return;
    serve_control_deaf(control);
    unix_close(&control->socket, control->path);
    for (size_t i = 0; i < SERVE_CONTROL_CLIENTS_MAX; i++)
        leave(&control->clients[i]);
    free(control);
}

/* --- the client's end ----------------------------------------------------------------------- */

static int send_all(int fd, const struct buffer *line, struct error *error)
{
    size_t done = 0;
    while (done < line->length) {
        ssize_t sent = send(fd, line->data + done, line->length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "the order was not taken");
        done += (size_t)sent;
    }
    return 0;
}

/* Until the other end closes: after an order to stop, when it has gone. */
static int receive_all(int fd, struct buffer *line, struct error *error)
{
    char bytes[READ_BYTES];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ECONNRESET)
            return 0;
        if (got < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "there is no answer");
        if (got == 0)
            return 0;
        buffer_append(line, bytes, (size_t)got);
    }
}

static int ask(int fd, const struct serve_order *order, struct buffer *line, struct error *error)
{
    struct timeval patience = {.tv_sec = SERVE_TELL_SECONDS_MAX};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    serve_order_write(order, line);
    if (line->failed)
        return error_set(error, ERROR_INVALID,
                         "the steps are no UTF-8 text, or more than %d bytes of it",
                         SERVE_ORDER_BYTES_MAX);
    int result = send_all(fd, line, error);
    buffer_clear(line);
    return result < 0 ? result : receive_all(fd, line, error);
}

int serve_tell(const char *path, const struct serve_order *order, int *ret_code,
               struct buffer *ret_text, struct error *error)
{
    struct buffer line;
    int fd = unix_connect(path, error);
    if (fd < 0)
        return fd;
    buffer_init(&line, SERVE_ANSWER_BYTES_MAX);
    int result = ask(fd, order, &line, error);
    if (result == 0)
        result = serve_answer_read(buffer_string(&line), line.length, ret_code, ret_text, error);
    buffer_done(&line);
    close(fd);
    return result;
}
