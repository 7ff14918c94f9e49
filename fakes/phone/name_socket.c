/* SPDX-License-Identifier: MIT */
#include "fakes/phone/name_socket.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct name_socket {
    struct loop *loop;
    int netns_fd, fd; /* fd -1 = closed */
    uint32_t server;
    struct loop_watch *watch;
    name_received_fn *received;
    void *context;
};

int name_socket_new(struct loop *loop, int netns_fd, name_received_fn *received, void *context,
                    struct name_socket **ret_socket, struct error *error)
{
    struct name_socket *names = calloc(1, sizeof *names);
    if (!names)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *names = (struct name_socket){
        .loop = loop, .netns_fd = netns_fd, .fd = -1, .received = received, .context = context};
    *ret_socket = names;
    return 0;
}

void name_socket_free(struct name_socket *names)
{
    if (!names)
        return;
    name_socket_close(names);
    free(names);
}

void name_socket_close(struct name_socket *names)
{
    loop_unwatch(names->watch);
    names->watch = NULL;
    if (names->fd >= 0)
        close(names->fd);
    names->fd = -1;
    names->server = 0;
}

static void readable(void *context, uint32_t events)
{
    struct name_socket *names = context;
    uint8_t bytes[DNS_MESSAGE_MAX];
    (void)events;
    /* The receiver may close the socket, or connect it elsewhere. */
    for (int i = 0; i < NAME_ANSWERS_A_TURN_MAX && names->fd >= 0; i++) {
        ssize_t length = recv(names->fd, bytes, sizeof bytes, 0);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        /* An error (port unreachable) is taken off the socket by this; the phone's own clock counts
         * the missing answer. */
        if (length > 0)
            names->received(names->context, names->server, bytes, (size_t)length);
    }
}

static int open_to(struct name_socket *names, uint32_t server, struct error *error)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr.s_addr = htonl(server)};
    name_socket_close(names);
    int fd = namespace_socket(names->netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    if (fd < 0)
        return fd;
    names->fd = fd;
    names->server = server;
    int result = 0;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        result = error_set_errno(error, errno, "the name server cannot be reached");
    else
        result = loop_watch(names->loop, fd, EPOLLIN, readable, names, &names->watch, error);
    if (result < 0)
        name_socket_close(names);
    return result;
}

int name_socket_send(struct name_socket *names, uint32_t server, const uint8_t *bytes,
                     size_t length, struct error *error)
{
    if (names->fd < 0 || names->server != server) {
        int result = open_to(names, server, error);
        if (result < 0)
            return result;
    }
    if (send(names->fd, bytes, length, MSG_NOSIGNAL) < 0)
        return error_set_errno(error, errno, "cannot send a question");
    return 0;
}
