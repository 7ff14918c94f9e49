/* SPDX-License-Identifier: MIT */
#include "harness/phone_process/phone_control.h"
#include "harness/base/unix_socket.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_BYTES = 512 };

struct control_client {
    struct phone_control *control;
    int in, out; /* in -1 = the place is free */
    struct loop_watch *watch;
    struct phone_order_line line;
    uint64_t spoke_at; /* counts what was said, by all */
};
struct phone_control {
    struct phone_control_config config;
    struct unix_socket socket; /* fd -1: standard input */
    struct loop_watch *watch;
    uint64_t spoken;
    struct control_client clients[PHONE_CONTROL_CLIENTS_MAX];
};

/* --- one client ------------------------------------------------------------------------------ */

static void leave(struct control_client *client)
{
    loop_unwatch(client->watch);
    if (client->in >= 0 && client->in != STDIN_FILENO)
        close(client->in);
    client->in = client->out = -1;
    client->watch = NULL;
}

/* Somebody who does not read its answers must not stop the phone: those are lost. */
static void answer(struct control_client *client, const struct buffer *text)
{
    struct pollfd writable = {.fd = client->out, .events = POLLOUT};
    if (poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT))
        return;
    /* A pipe that polls as writable takes this much at once. */
    ssize_t ignored = write(client->out, text->data, text->length);
    (void)ignored;
}

static void read_order(struct control_client *client)
{
    const struct phone_control_config *config = &client->control->config;
    enum phone_order order;
    struct error error;
    struct buffer text;
    buffer_init(&text, PHONE_CONTROL_ANSWER_MAX);
    if (phone_order_read(&client->line, &order, &error) < 0)
        buffer_format(&text, "error: %s", error.text);
    else
        config->carry_out(config->context, order, &text);
    buffer_text(&text, "\n");
    answer(client, &text);
    buffer_done(&text);
}

static void client_ready(void *context, uint32_t events)
{
    struct control_client *client = context;
    const struct phone_control_config *config = &client->control->config;
    char bytes[READ_BYTES];
    (void)events;
    /* One read: what epoll calls ready does not block, and the descriptor's flags are shared. */
    ssize_t length = read(client->in, bytes, sizeof bytes);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->spoke_at = ++client->control->spoken;
    for (ssize_t i = 0; i < length; i++) {
        if (phone_order_line_add(&client->line, bytes[i]))
            read_order(client);
    }
    if (length > 0)
        return;
    if (length == 0 && phone_order_line_end(&client->line))
        read_order(client);
    bool all_over = client->in == STDIN_FILENO;
    leave(client);
    if (all_over)
        config->ended(config->context);
}

static int enter(struct phone_control *control, struct control_client *client, int in, int out,
                 struct error *error)
{
    *client = (struct control_client){
        .control = control, .in = in, .out = out, .spoke_at = ++control->spoken};
    return loop_watch(control->config.loop, in, EPOLLIN, client_ready, client, &client->watch,
                      error);
}

/* --- the socket ------------------------------------------------------------------------------ */

static struct control_client *make_room(struct phone_control *control)
{
    struct control_client *oldest = &control->clients[0];
    for (size_t i = 0; i < PHONE_CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
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
    struct phone_control *control = context;
    (void)events;
    int fd = accept4(control->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct control_client *client = make_room(control);
    if (enter(control, client, fd, fd, NULL) < 0)
        leave(client);
}

static int listen_at(struct phone_control *control, const char *path, struct error *error)
{
    int result = unix_listen(path, &control->socket, error);
    if (result < 0)
        return result;
    return loop_watch(control->config.loop, control->socket.fd, EPOLLIN, client_came, control,
                      &control->watch, error);
}

static int use_standard_input(struct phone_control *control, struct error *error)
{
    if (enter(control, &control->clients[0], STDIN_FILENO, STDOUT_FILENO, NULL) == 0)
        return 0;
    return error_set(error, ERROR_INVALID,
                     "standard input is nothing to wait for; give a pipe, or a socket's path");
}

int phone_control_new(const struct phone_control_config *config, struct phone_control **ret_control,
                      struct error *error)
{
    struct phone_control *control = calloc(1, sizeof *control);
    if (!control)
        return error_set(error, ERROR_MEMORY, "out of memory");
    control->config = *config;
    control->socket.fd = -1;
    for (size_t i = 0; i < PHONE_CONTROL_CLIENTS_MAX; i++)
        control->clients[i].in = -1;
    int result = strcmp(config->path, "-") == 0 ? use_standard_input(control, error)
                                                : listen_at(control, config->path, error);
    if (result < 0) {
        phone_control_free(control);
        return result;
    }
    *ret_control = control;
    return 0;
}

void phone_control_free(struct phone_control *control)
{
    if (!control)
        return;
    for (size_t i = 0; i < PHONE_CONTROL_CLIENTS_MAX; i++)
        leave(&control->clients[i]);
    loop_unwatch(control->watch);
    unix_close(&control->socket, control->config.path);
    free(control);
}

/* --- the other end ---------------------------------------------------------------------------- */

static int receive_line(int fd, char ret_answer[PHONE_CONTROL_ANSWER_MAX], struct error *error)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(fd, ret_answer + length, PHONE_CONTROL_ANSWER_MAX - 1 - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "the phone gave no answer");
        length += (size_t)got;
        ret_answer[length] = '\0';
        char *end = strchr(ret_answer, '\n');
        if (end) {
            *end = '\0';
            return 0;
        }
        if (got == 0 || length == PHONE_CONTROL_ANSWER_MAX - 1)
            return error_set(error, ERROR_SYSTEM, "the phone gave no whole answer");
    }
}

static int ask(int fd, const char *order, char ret_answer[PHONE_CONTROL_ANSWER_MAX],
               struct error *error)
{
    static const char failed[] = "error: ";
    struct timeval patience = {.tv_sec = PHONE_TELL_SECONDS_MAX};
    char line[PHONE_CONTROL_ANSWER_MAX];
    size_t length = (size_t)snprintf(line, sizeof line, "%s\n", order);
    if (length >= sizeof line || strchr(order, '\n'))
        return error_set(error, ERROR_INVALID, "an order is one line of at most %d bytes",
                         PHONE_ORDER_LINE_MAX);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length)
        return error_set_errno(error, errno, "the phone does not listen");
    int result = receive_line(fd, ret_answer, error);
    if (result == 0 && strncmp(ret_answer, failed, sizeof failed - 1) == 0)
        return error_set(error, ERROR_FAILED, "%s", ret_answer + sizeof failed - 1);
    return result;
}

int phone_tell(const char *path, const char *order, char ret_answer[PHONE_CONTROL_ANSWER_MAX],
               struct error *error)
{
    int fd = unix_connect(path, error);
    if (fd < 0)
        return fd;
    int result = ask(fd, order, ret_answer, error);
    close(fd);
    return result;
}
