/* SPDX-License-Identifier: MIT */
/* Connections, from the decision about them to their end. */
#include "harness/loop/web_internal.h"
#include "harness/loop/web_keys.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO_BYTES_MAX = 16 * 1024 };

/* --- the list --------------------------------------------------------------------------------- */

static struct web_connection *add(struct web_server *server, int fd,
                                  const struct web_client *client)
{
    struct web_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    *connection = (struct web_connection){
        .client = *client, .server = server, .fd = fd, .next = server->connections};
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    return connection;
}

static void over(struct web_connection *connection)
{
    struct web_server *server = connection->server;
    loop_timer_cancel(&connection->idle_timer);
    if (server->config.left)
        server->config.left(server->config.context, &connection->client);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    free(connection);
}

/* --- refused, aborted --------------------------------------------------------------------------
 */

static void refuse(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static void close_aborted(struct web_connection *connection)
{
    loop_unwatch(connection->abort_watch);
    connection->abort_watch = NULL;
    (void)close(connection->fd);
    over(connection);
}

/* The client has said its ClientHello, or is gone. */
static void abort_now(void *context, uint32_t events)
{
    /* RFC 8446 sections 5.1 and 6: an alert record of two bytes, fatal, handshake_failure. */
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
    struct web_connection *connection = context;
    uint8_t hello[HELLO_BYTES_MAX];
    (void)events;
    /* Bytes left unread would make the kernel send a RST, which may overtake the alert. */
    if (recv(connection->fd, hello, sizeof hello, 0) > 0)
        (void)!send(connection->fd, alert, sizeof alert, MSG_NOSIGNAL);
    close_aborted(connection);
}

static void abort_later(struct web_connection *connection)
{
    struct web_server *server = connection->server;
    struct error error;
    int result = loop_watch(server->loop, connection->fd, EPOLLIN, abort_now, connection,
                            &connection->abort_watch, &error);
    if (result < 0) {
        loop_fail(server->loop, result, &error);
        close_aborted(connection);
    }
}

void web_connections_abandon(struct web_server *server)
{
    while (server->connections)
        close_aborted(server->connections);
}

/* --- arriving ----------------------------------------------------------------------------------
 */

void web_connection_arrived(struct web_server *server, int fd, uint32_t address, uint16_t port)
{
    const struct web_server_config *config = &server->config;
    struct web_client client = {.address = address, .port = port};
    unsigned identity = 0;
    struct error error;
    enum web_admission admission =
        config->admit ? config->admit(config->context, &client, &identity) : WEB_ADMIT;
    if (config->excess_refused && web_daemon_is_full(server, identity))
        admission = WEB_REFUSE;
    if (admission == WEB_REFUSE) {
        refuse(fd);
        return;
    }
    struct web_connection *connection = add(server, fd, &client);
    int result = connection ? web_daemon_start(server, identity, &error)
                            : error_set(&error, ERROR_MEMORY, "no memory for a connection");
    if (result < 0) {
        loop_fail(server->loop, result, &error);
        if (connection)
            close_aborted(connection);
        else
            (void)close(fd);
    } else if (admission == WEB_ABORT) {
        abort_later(connection);
    } else {
        web_daemon_take(server, connection, identity);
        if (server->arriving)
            over(connection);
        server->arriving = NULL;
    }
}

/* --- what the library tells ---------------------------------------------------------------------
 */

static gnutls_session_t session_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

/* The library only asks for a certificate; GnuTLS is to end the handshake of who has none, or one
 * of another authority. */
static void require_certificate(gnutls_session_t session, const struct web_identity *identity)
{
    if (!(identity->client_ca_pem || identity->any_client_certificate))
        return;
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    if (identity->client_ca_pem)
        gnutls_session_set_verify_cert(session, NULL, 0);
}

static const struct web_identity *identity_of(const struct web_server *server,
                                              struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    for (size_t i = 0; info && i < server->config.identity_count; i++)
        if (server->daemons[i].library == info->daemon)
            return &server->config.identities[i];
    return NULL;
}

void web_connection_notify(void *context, struct MHD_Connection *library, void **socket_context,
                           enum MHD_ConnectionNotificationCode code)
{
    struct web_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = server->arriving;
        server->arriving = NULL;
        const struct web_identity *identity = identity_of(server, library);
        gnutls_session_t session = identity ? session_of(library) : NULL;
        if (session) {
            web_keys_of_session(session);
            require_certificate(session, identity);
        }
    } else if (*socket_context) {
        over(*socket_context);
        *socket_context = NULL;
    }
}

struct web_connection *web_connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static int read_subject(const gnutls_datum_t *der, gnutls_datum_t *ret_text)
{
    gnutls_x509_crt_t certificate = NULL;
    int code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER);
    if (code >= 0)
        code = gnutls_x509_crt_get_dn3(certificate, ret_text, 0);
    gnutls_x509_crt_deinit(certificate);
    return code;
}

char *web_connection_certificate(struct MHD_Connection *connection)
{
    gnutls_session_t session = session_of(connection);
    gnutls_datum_t text = {0};
    unsigned count = 0;
    const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &count) : NULL;
    if (!chain || count == 0 || read_subject(&chain[0], &text) < 0)
        return NULL;
    char *subject = strndup((const char *)text.data, text.size);
    gnutls_free(text.data);
    return subject;
}

/* --- kept ---------------------------------------------------------------------------------------
 */

/* The library sees the end and closes its side. */
static void close_kept(void *context)
{
    struct web_connection *connection = context;
    loop_timer_cancel(&connection->idle_timer);
    (void)shutdown(connection->fd, SHUT_RDWR);
    web_server_kick(connection->server);
}

void web_connection_busy(struct web_connection *connection)
{
    loop_timer_cancel(&connection->idle_timer);
}

void web_connection_idle(struct web_connection *connection)
{
    const struct web_server *server = connection->server;
    if (server->config.idle_us > 0)
        loop_timer_set(server->loop, &connection->idle_timer,
                       loop_now_us(server->loop) + server->config.idle_us, close_kept, connection);
}

void web_server_close_idle(struct web_server *server)
{
    for (struct web_connection *at = server->connections; at; at = at->next)
        if (loop_timer_is_set(&at->idle_timer))
            close_kept(at);
}
