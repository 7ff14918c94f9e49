/* SPDX-License-Identifier: MIT */
/* The library's daemons: one for plain HTTP, or one for each identity over TLS. */
#include "harness/base/monotonic.h"
#include "harness/loop/web_internal.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { RUNS_A_TURN_MAX = 32 };

/* Without it newer libraries only queue a connection, and drop it later, unsaid, if it is one too
 * many; older ones don't queue for a daemon without threads. */
#if MHD_VERSION >= 0x00097707
enum { ONE_THREAD = MHD_USE_NO_THREAD_SAFETY };
#else
enum { ONE_THREAD = 0 };
#endif

static void run(void *context)
{
    web_daemons_run(context);
}

/* True: it has more to do at once. */
static bool run_one(struct web_server *server, struct MHD_Daemon *library, uint64_t *real_next_us)
{
    unsigned long long timeout_ms = 0;
    if (MHD_run(library) != MHD_YES)
        web_server_fail(server, ERROR_FAILED, "the HTTP library gave up");
    if (MHD_get_timeout(library, &timeout_ms) != MHD_YES)
        return false;
    if (timeout_ms == 0)
        return true;
    uint64_t next_us = monotonic_us() + timeout_ms * 1000;
    if (next_us < *real_next_us)
        *real_next_us = next_us;
    return false;
}

void web_daemons_run(struct web_server *server)
{
    bool more = true;
    uint64_t real_next_us = UINT64_MAX;
    server->running = true;
    loop_timer_cancel(&server->run_timer);
    for (unsigned runs = 0; more && runs < RUNS_A_TURN_MAX; runs++) {
        more = false;
        for (size_t i = 0; i < WEB_IDENTITIES_MAX; i++)
            if (server->daemons[i].library)
                more = run_one(server, server->daemons[i].library, &real_next_us) || more;
    }
    server->running = false;
    if (more)
        web_server_kick(server);
    else if (real_next_us != UINT64_MAX && !loop_timer_is_set(&server->run_timer))
        loop_real_timer_set(server->loop, &server->run_timer, real_next_us, run, server);
}

void web_server_kick(struct web_server *server)
{
    /* Real time, as a timer of the run's clock would wait for the client that waits for us. */
    loop_real_timer_set(server->loop, &server->run_timer, monotonic_us(), run, server);
}

static void daemon_ready(void *context, uint32_t events)
{
    (void)events;
    web_daemons_run(context);
}

int web_daemon_start(struct web_server *server, unsigned identity, struct error *error)
{
    struct web_daemon *daemon = &server->daemons[identity];
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | ONE_THREAD;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    if (daemon->library)
        return 0;
    if (server->config.identity_count > 0) {
        const struct web_identity *who = &server->config.identities[identity];
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                         (void *)(uintptr_t)who->certificate_pem};
        tls[1] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)who->key_pem};
        if (who->client_ca_pem)
            tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                             (void *)(uintptr_t)who->client_ca_pem};
    }
    /* Usually no time-out of the library's: it counts real time, and the clock of a run does not.
     */
    daemon->library = MHD_start_daemon(
        flags, 0, NULL, NULL, web_exchange_access, server, MHD_OPTION_CONNECTION_LIMIT,
        server->config.connections_max, MHD_OPTION_CONNECTION_TIMEOUT, server->config.idle_seconds,
        MHD_OPTION_URI_LOG_CALLBACK, web_exchange_begin, server, MHD_OPTION_NOTIFY_COMPLETED,
        web_exchange_completed, server, MHD_OPTION_NOTIFY_CONNECTION, web_connection_notify, server,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!daemon->library)
        return error_set(
            error, ERROR_FAILED, "cannot start the HTTP library%s",
            server->config.identity_count > 0 ? " (are certificate and key a pair, in PEM?)" : "");
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(daemon->library, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || info->epoll_fd < 0)
        return error_set(error, ERROR_UNAVAILABLE, "the HTTP library was built without epoll");
    return loop_watch(server->loop, info->epoll_fd, EPOLLIN, daemon_ready, server, &daemon->watch,
                      error);
}

bool web_daemon_is_full(const struct web_server *server, unsigned identity)
{
    const struct MHD_Daemon *library = server->daemons[identity].library;
    const union MHD_DaemonInfo *info =
        library ? MHD_get_daemon_info(server->daemons[identity].library,
                                      MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
                : NULL;
    return info && info->num_connections >= server->config.connections_max;
}

void web_daemon_take(struct web_server *server, struct web_connection *connection,
                     unsigned identity)
{
    struct sockaddr_in client = {.sin_family = AF_INET,
                                 .sin_port = htons(connection->client.port),
                                 .sin_addr.s_addr = htonl(connection->client.address)};
    /* The library tells of it before the call returns, unless there are too many. */
    server->arriving = connection;
    if (MHD_add_connection(server->daemons[identity].library, connection->fd,
                           (struct sockaddr *)&client, sizeof client) != MHD_YES)
        web_server_fail(server, ERROR_LIMIT, "too many connections");
}

void web_daemons_stop(struct web_server *server)
{
    web_daemons_run(server);
    for (size_t i = 0; i < WEB_IDENTITIES_MAX; i++) {
        loop_unwatch(server->daemons[i].watch);
        if (server->daemons[i].library)
            MHD_stop_daemon(server->daemons[i].library);
    }
}
