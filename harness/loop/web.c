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

enum {
    LISTEN_BACKLOG = 4096,
    ACCEPTS_A_TURN_MAX = 64, /* the rest comes on the next turn */
    RUNS_A_TURN_MAX = 32,
};

void web_server_fail(struct web_server *server, int code, const char *text)
{
    struct error error;
    char address[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = htonl(server->config.address)};
    error_set(&error, code, "web server %s:%u: %s",
              inet_ntop(AF_INET, &in, address, sizeof address), server->port, text);
    loop_fail(server->loop, code, &error);
}

/* --- the library's daemon ------------------------------------------------------------------- */

static void run_daemon(void *context)
{
    struct web_server *server = context;
    bool more = true;
    server->running = true;
    for (unsigned runs = 0; more && runs < RUNS_A_TURN_MAX; runs++) {
        unsigned long long timeout_ms = 0;
        if (MHD_run(server->daemon) != MHD_YES)
            web_server_fail(server, ERROR_FAILED, "the HTTP library gave up");
        loop_timer_cancel(&server->run_timer);
        more = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;
        if (more && timeout_ms > 0) {
            loop_real_timer_set(server->loop, &server->run_timer,
                                loop_real_now_us(server->loop) + timeout_ms * 1000, run_daemon,
                                server);
            more = false;
        }
    }
    server->running = false;
    if (more)
        web_server_kick(server);
}

void web_server_kick(struct web_server *server)
{
    /* Real time, as a timer of the run's clock would wait for the client that waits for us. */
    loop_real_timer_set(server->loop, &server->run_timer, loop_real_now_us(server->loop),
                        run_daemon, server);
}

static void daemon_ready(void *context, uint32_t events)
{
    (void)events;
    run_daemon(context);
}

/* Without it newer libraries only queue a connection, and drop it later, unsaid, if it is one too
 * many; older ones don't queue for a daemon without threads. */
#if MHD_VERSION >= 0x00097707
enum { ONE_THREAD = MHD_USE_NO_THREAD_SAFETY };
#else
enum { ONE_THREAD = 0 };
#endif

static int start_daemon(struct web_server *server, const char *certificate_pem, const char *key_pem,
                        struct error *error)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | ONE_THREAD;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    if (certificate_pem)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    /* Usually no time-out of the library's: it counts real time, and the clock of a run does not.
     */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, web_exchange_access, server, MHD_OPTION_CONNECTION_LIMIT,
        server->config.connections_max, MHD_OPTION_CONNECTION_TIMEOUT, server->config.idle_seconds,
        MHD_OPTION_URI_LOG_CALLBACK, web_exchange_begin, server, MHD_OPTION_NOTIFY_COMPLETED,
        web_exchange_completed, server, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!server->daemon)
        return error_set(error, ERROR_FAILED, "cannot start the HTTP library%s",
                         certificate_pem ? " (are certificate and key a pair, in PEM?)" : "");
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || info->epoll_fd < 0)
        return error_set(error, ERROR_UNAVAILABLE, "the HTTP library was built without epoll");
    return loop_watch(server->loop, info->epoll_fd, EPOLLIN, daemon_ready, server,
                      &server->daemon_watch, error);
}

/* --- listening ------------------------------------------------------------------------------- */

static void refuse(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static bool is_full(const struct web_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info && info->num_connections >= server->config.connections_max;
}

static bool is_admitted(const struct web_server *server, const struct sockaddr_in *client)
{
    if (server->config.excess_refused && is_full(server))
        return false;
    return !server->config.admit ||
           server->config.admit(server->config.context, ntohl(client->sin_addr.s_addr),
                                ntohs(client->sin_port));
}

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
        if (!is_admitted(server, &client))
            refuse(fd);
        else if (MHD_add_connection(server->daemon, fd, (struct sockaddr *)&client, length) !=
                 MHD_YES)
            web_server_fail(server, ERROR_LIMIT, "too many connections");
    }
    run_daemon(server);
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
    assert(config->handle && !config->certificate_pem == !config->key_pem);
    server->config = *config;
    server->config.certificate_pem = server->config.key_pem = NULL;
    if (config->connections_max == 0)
        server->config.connections_max = WEB_CONNECTIONS_MAX_DEFAULT;
    if (config->body_bytes_max == 0)
        server->config.body_bytes_max = WEB_BODY_BYTES_MAX_DEFAULT;
    server->loop = config->loop;
    server->port = config->port;
    server->listen_fd = -1;
    int result = start_daemon(server, config->certificate_pem, config->key_pem, error);
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
    if (server->daemon) {
        /* The library must not be stopped while it has suspended connections. */
        for (struct web_exchange *exchange = server->exchanges; exchange; exchange = exchange->next)
            web_exchange_abandon(exchange);
        run_daemon(server);
        loop_unwatch(server->daemon_watch);
        MHD_stop_daemon(server->daemon);
    }
    assert(!server->exchanges);
    loop_timer_cancel(&server->run_timer);
    free(server);
}
