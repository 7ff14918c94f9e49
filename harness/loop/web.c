/* SPDX-License-Identifier: MIT */
#include "harness/loop/web.h"
#include "harness/loop/namespace.h"
#include "harness/loop/web_internal.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 4096, ACCEPTS_A_TURN_MAX = 64 /* the rest comes on the next turn */ };

void web_server_fail(struct web_server *server, int code, const char *text)
{
    struct error error;
    char address[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = htonl(server->config.address)};
    error_set(&error, code, "web server %s:%u: %s",
              inet_ntop(AF_INET, &in, address, sizeof address), server->port, text);
    loop_fail(server->loop, code, &error);
}

/* --- listening ------------------------------------------------------------------------------- */

static void listener_ready(void *context, uint32_t events)
{
    struct web_server *server = context;
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_A_TURN_MAX && server->listen_fd >= 0; i++) {
        struct sockaddr_in client = {0};
        socklen_t length = sizeof client;
        int fd = accept4(server->listen_fd, (struct sockaddr *)&client, &length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            if (errno != EAGAIN)
                web_server_fail(server, ERROR_SYSTEM, strerror(errno));
            break;
        }
        web_connection_arrived(server, fd, ntohl(client.sin_addr.s_addr), ntohs(client.sin_port));
    }
    web_daemons_run(server);
}

static void stop_listening(struct web_server *server)
{
    loop_unwatch(server->listen_watch);
    server->listen_watch = NULL;
    if (server->listen_fd >= 0)
        (void)close(server->listen_fd);
    server->listen_fd = -1;
}

static int bind_and_listen(struct web_server *server, struct error *error)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(server->port),
                                  .sin_addr.s_addr = htonl(server->config.address)};
    socklen_t length = sizeof address;
    if (setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(server->listen_fd, LISTEN_BACKLOG) < 0 ||
        getsockname(server->listen_fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "listening on TCP port %u", server->port);
    server->port = ntohs(address.sin_port);
    return loop_watch(server->loop, server->listen_fd, EPOLLIN, listener_ready, server,
                      &server->listen_watch, error);
}

int web_server_listen(struct web_server *server, bool on, struct error *error)
{
    if (on == web_server_is_listening(server))
        return 0;
    if (!on) {
        stop_listening(server);
        return 0;
    }
    int fd = namespace_socket(server->config.netns_fd, AF_INET, SOCK_STREAM, 0, error);
    if (fd < 0)
        return fd;
    server->listen_fd = fd;
    int result = bind_and_listen(server, error);
    if (result < 0)
        stop_listening(server);
    return result;
}

bool web_server_is_listening(const struct web_server *server)
{
    return server->listen_fd >= 0;
}

uint16_t web_server_port(const struct web_server *server)
{
    return server->port;
}

/* --- life ------------------------------------------------------------------------------------ */

int web_server_new(const struct web_server_config *config, struct web_server **ret_server,
                   struct error *error)
{
    struct web_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, ERROR_MEMORY, "no memory for a web server");
    assert(config->handle && config->identity_count <= WEB_IDENTITIES_MAX);
    server->config = *config;
    if (config->connections_max == 0)
        server->config.connections_max = WEB_CONNECTIONS_MAX_DEFAULT;
    if (config->body_bytes_max == 0)
        server->config.body_bytes_max = WEB_BODY_BYTES_MAX_DEFAULT;
    server->loop = config->loop;
    server->port = config->port;
    server->listen_fd = -1;
    int result = web_daemon_start(server, 0, error);
    if (result == 0)
        result = web_server_listen(server, true, error);
    if (result < 0) {
        web_server_free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

void web_server_free(struct web_server *server)
{
    if (!server)
        return;
    assert(!server->running);
    server->closing = true;
    stop_listening(server);
    /* The library must not be stopped while it has suspended connections. */
    for (struct web_exchange *exchange = server->exchanges; exchange; exchange = exchange->next)
        web_exchange_abandon(exchange);
    web_daemons_stop(server);
    web_connections_abandon(server);
    assert(!server->exchanges && !server->connections);
    loop_timer_cancel(&server->run_timer);
    free(server);
}
