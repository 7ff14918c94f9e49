/* SPDX-License-Identifier: MIT */
#include "harness/loop/web.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/loop/namespace.h"
#include "harness/loop/raw_answer.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 4096, ACCEPTS_A_TURN_MAX = 64 /* the rest comes on the next turn */ };
enum { HELLO_BYTES_MAX = 16 * 1024 };

struct web_connection {
    struct web_client client; /* first: what the handler has is this */
    struct web_server *server;
    int fd;                       /* the library's, or ours while `own_watch` is set */
    struct loop_watch *own_watch; /* until it has spoken, where that decides about it */
    struct loop_timer idle_timer; /* set: kept, and nothing is asked */
    struct loop_timer mute_timer; /* real time: it has not said a word */
    LIST_ENTRY(web_connection) entry;
};

struct web_exchange { /* one request and its answer; lives as long as the library knows of it */
    struct web_request request; /* first: what the handler has is this */
    struct web_server *server;
    struct MHD_Connection *connection;
    struct web_connection *on;
    int fd;             /* the library's; valid as long as the exchange */
    char *target;       /* owned */
    char *certificate;  /* owned; NULL = none was asked */
    struct buffer body; /* of the request */
    bool started;       /* the library called for the head */
    bool handled;       /* the handler has it, so that it must hear of the end */
    bool broken;        /* reset, or the client is gone: the library is to close */
    bool suspended, held;
    struct loop_watch *gone_watch; /* while suspended the library does not look at the socket */
    /* the answer */
    bool answered;
    unsigned status;
    struct MHD_Response *response; /* owned until queued */
    void *body_copy;               /* owned */
    const uint8_t *answer_body;
    uint64_t send_bytes; /* of the body: all or up to the cut */
    uint64_t rate_bytes_per_s, rate_start_us;
    struct loop_timer piece_timer;
    struct raw_answer *raw; /* owned; what the library would not send goes out around it */
    uint64_t raw_start_us;
    bool raw_told; /* that its last bytes are going out */
    LIST_ENTRY(web_exchange) entry;
};

struct web_daemon { /* one identity's */
    struct MHD_Daemon *library;
    struct loop_watch *watch;
};

struct web_server {
    struct web_server_config config;
    struct loop *loop;
    uint16_t port;
    int listen_fd; /* -1 = not listening */
    struct loop_watch *listen_watch;
    struct web_daemon daemons[WEB_IDENTITIES_MAX]; /* plain HTTP: the first */
    struct loop_timer run_timer; /* real time: a daemon has work that no descriptor tells of */
    bool running, closing;
    bool worked; /* the library called us: it had something to do */
    LIST_HEAD(, web_exchange) exchanges;
    LIST_HEAD(, web_connection) connections;
    struct web_connection *arriving; /* is being handed to the library */
    unsigned unspoken;               /* connections of plain HTTP that are not the library's yet */
};

static void web_server_fail(struct web_server *server, int code, const char *text)
{
    struct error error;
    char address[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = htonl(server->config.address)};
    error_set(&error, code, "web server %s:%u: %s",
              inet_ntop(AF_INET, &in, address, sizeof address), server->port, text);
    loop_fail(server->loop, code, &error);
}

/* --- the library's daemons: one for plain HTTP, or one for each identity over TLS --- */

static void web_daemons_run(struct web_server *server);

enum { RUNS_A_TURN_MAX = 32, LOOK_AGAIN_US = 20000 };

static void run(void *context)
{
    web_daemons_run(context);
}

/* They are to run on the loop's next turn. */
static void web_server_kick(struct web_server *server)
{
    /* Real time, as a timer of the run's clock would wait for the client that waits for us. */
    loop_real_timer_set(server->loop, &server->run_timer, monotonic_us(), run, server);
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

static void web_daemons_run(struct web_server *server)
{
    bool more = true;
    uint64_t real_next_us = UINT64_MAX;
    server->running = true;
    server->worked = false;
    loop_timer_cancel(&server->run_timer);
    for (unsigned runs = 0; more && runs < RUNS_A_TURN_MAX; runs++) {
        more = false;
        for (size_t i = 0; i < WEB_IDENTITIES_MAX; i++)
            if (server->daemons[i].library)
                more = run_one(server, server->daemons[i].library, &real_next_us) || more;
    }
    server->running = false;
    if (more && server->worked)
        web_server_kick(server);
    else if (more) /* it wants to look again at a handshake to which nothing more has come */
        loop_real_timer_set(server->loop, &server->run_timer, monotonic_us() + LOOK_AGAIN_US, run,
                            server);
    else if (real_next_us != UINT64_MAX && !loop_timer_is_set(&server->run_timer))
        loop_real_timer_set(server->loop, &server->run_timer, real_next_us, run, server);
}

/* --- the keys of connections over TLS --- */

enum { LINE_BYTES_MAX = 4096, PATH_BYTES_MAX = 4096 };

/* GnuTLS gives the callback nothing but the session, and that is the HTTP library's. */
static char keys_path[PATH_BYTES_MAX];
static int keys_fd = -1;

static void append_hex(struct buffer *line, const gnutls_datum_t *bytes)
{
    for (unsigned i = 0; i < bytes->size; i++)
        buffer_format(line, "%02x", bytes->data[i]);
}

static int write_line(gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
    struct buffer line;
    gnutls_datum_t client_random = {0}, server_random = {0};
    gnutls_session_get_random(session, &client_random, &server_random);
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_format(&line, "%s ", label);
    append_hex(&line, &client_random);
    buffer_text(&line, " ");
    append_hex(&line, secret);
    buffer_text(&line, "\n");
    if (keys_fd < 0 && keys_path[0])
        keys_fd = open(keys_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (keys_fd >= 0 && !line.failed) {
        /* Without its keys a connection is still in the capture, only not readable. */
        ssize_t ignored = write(keys_fd, line.data, line.length);
        (void)ignored;
    }
    buffer_done(&line);
    return 0;
}

void web_keys_record(const char *path)
{
    snprintf(keys_path, sizeof keys_path, "%s", path);
    if (keys_fd >= 0)
        close(keys_fd);
    keys_fd = -1;
}

/* --- connections, from the decision about them to their end --- */

static struct web_connection *add(struct web_server *server, int fd,
                                  const struct web_client *client)
{
    struct web_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    *connection = (struct web_connection){.client = *client, .server = server, .fd = fd};
    LIST_INSERT_HEAD(&server->connections, connection, entry);
    return connection;
}

static void over(struct web_connection *connection)
{
    struct web_server *server = connection->server;
    loop_timer_cancel(&connection->idle_timer);
    loop_timer_cancel(&connection->mute_timer);
    if (server->config.left)
        server->config.left(server->config.context, &connection->client);
    LIST_REMOVE(connection, entry);
    free(connection);
}

/* --- refused, aborted --- */

static void refuse(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
}

static void close_aborted(struct web_connection *connection)
{
    loop_unwatch(connection->own_watch);
    connection->own_watch = NULL;
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
                            &connection->own_watch, &error);
    if (result < 0) {
        loop_fail(server->loop, result, &error);
        close_aborted(connection);
    }
}

static void web_connections_abandon(struct web_server *server)
{
    while (!LIST_EMPTY(&server->connections))
        close_aborted(LIST_FIRST(&server->connections));
}

/* --- what the library tells of a connection --- */

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

static void web_connection_notify(void *context, struct MHD_Connection *library,
                                  void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct web_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = server->arriving;
        server->arriving = NULL;
        const struct web_identity *identity = identity_of(server, library);
        gnutls_session_t session = identity ? session_of(library) : NULL;
        if (session) {
            gnutls_session_set_keylog_function(session, write_line);
            require_certificate(session, identity);
        }
    } else if (*socket_context) {
        over(*socket_context);
        *socket_context = NULL;
    }
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

static char *web_connection_certificate(struct MHD_Connection *connection)
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

/* --- kept for further requests --- */

/* The library sees the end and closes its side. */
static void close_kept(void *context)
{
    struct web_connection *connection = context;
    loop_timer_cancel(&connection->idle_timer);
    (void)shutdown(connection->fd, SHUT_RDWR);
    web_server_kick(connection->server);
}

static void web_connection_idle(struct web_connection *connection)
{
    const struct web_server *server = connection->server;
    if (server->config.idle_us > 0)
        loop_timer_set(server->loop, &connection->idle_timer,
                       loop_now_us(server->loop) + server->config.idle_us, close_kept, connection);
}

void web_server_close_idle(struct web_server *server)
{
    struct web_connection *at;
    LIST_FOREACH(at, &server->connections, entry)
    if (loop_timer_is_set(&at->idle_timer))
        close_kept(at);
}

enum { PIECES_A_SECOND = 1000000 / WEB_RATE_PIECE_US, STREAM_BLOCK_BYTES = 32 * 1024 };

static struct web_exchange *exchange_of(struct web_request *request)
{
    return (struct web_exchange *)request;
}

/* --- one request: waiting --- */

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

static void send_raw(void *context);

static void client_gone(void *context, uint32_t events)
{
    struct web_exchange *exchange = context;
    if (events == EPOLLOUT) { /* it is there, and has room for more */
        send_raw(exchange);
        return;
    }
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

/* --- an answer that the library would not send --- */

/* The library leaves a suspended connection alone, and its socket and session take what we say. */

static void tell_sending(struct web_exchange *exchange);
static gnutls_session_t session_of(struct MHD_Connection *connection);

enum { RAW_PIECES_A_TURN_MAX = 64 };

/* How much went out; 0: there is no room; below 0: the connection is gone. */
static ssize_t write_raw(const struct web_exchange *exchange, const uint8_t *bytes, size_t length)
{
    gnutls_session_t session =
        exchange->server->config.identity_count > 0 ? session_of(exchange->connection) : NULL;
    ssize_t sent;
    if (session) {
        sent = gnutls_record_send(session, bytes, length);
        return sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED ? 0 : sent;
    }
    sent = send(exchange->fd, bytes, length, MSG_NOSIGNAL);
    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

static void want_room(struct web_exchange *exchange, bool wanted)
{
    struct error error;
    int result = loop_watch_change(exchange->gone_watch,
                                   wanted ? (uint32_t)EPOLLRDHUP | EPOLLOUT : EPOLLRDHUP, &error);
    if (result < 0)
        loop_fail(exchange->server->loop, result, &error);
}

/* Over: the library closes the connection. */
static void end_raw(struct web_exchange *exchange)
{
    exchange->broken = true;
    wake(exchange);
}

static void wait_for_raw(struct web_exchange *exchange, uint64_t due_us)
{
    want_room(exchange, false);
    web_hold(&exchange->request);
    loop_timer_set(exchange->server->loop, &exchange->piece_timer, due_us, send_raw, exchange);
}

/* As much as is due now, and as there is room for. */
static void send_raw(void *context)
{
    struct web_exchange *exchange = context;
    struct raw_answer *raw = exchange->raw;
    const uint8_t *bytes;
    size_t length;
    uint64_t due_us;
    release(exchange);
    for (unsigned i = 0; i < RAW_PIECES_A_TURN_MAX; i++) {
        if (!raw_answer_next(raw, &bytes, &length, &due_us)) {
            end_raw(exchange);
            return;
        }
        if (loop_now_us(exchange->server->loop) < exchange->raw_start_us + due_us) {
            wait_for_raw(exchange, exchange->raw_start_us + due_us);
            return;
        }
        if (!exchange->raw_told && raw_answer_ends_with(raw, length)) {
            exchange->raw_told = true;
            tell_sending(exchange);
        }
        ssize_t sent = write_raw(exchange, bytes, length);
        if (sent < 0) {
            end_raw(exchange);
            return;
        }
        if (sent == 0)
            break;
        raw_answer_sent(raw, (size_t)sent);
    }
    want_room(exchange, true);
}

static void start_raw(struct web_exchange *exchange)
{
    const int on = 1;
    (void)setsockopt(exchange->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    exchange->raw_start_us = loop_now_us(exchange->server->loop);
    send_raw(exchange);
}

/* --- its answer --- */

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
    exchange->server->worked = true;
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

static const char *reason_of(unsigned status)
{
    const char *reason = MHD_get_reason_phrase_for(status);
    return reason ? reason : "Unknown";
}

static bool has_fault(const struct web_response *response)
{
    const struct web_fault *fault = &response->fault;
    return fault->lies || fault->broken_chunks || fault->endless || fault->endless_head ||
           fault->line_us > 0;
}

/* Suspended now, or as soon as the library's callback ends. */
static void prepare_raw(struct web_exchange *exchange, const struct web_response *response)
{
    bool head_only = strcmp(exchange->request.method, "HEAD") == 0;
    struct web_response whole = *response;
    whole.body = exchange->answer_body;
    exchange->raw = calloc(1, sizeof *exchange->raw);
    if (!exchange->raw ||
        !raw_answer_init(exchange->raw, &whole, reason_of(response->status), head_only)) {
        web_server_fail(exchange->server, ERROR_LIMIT, "the head of an answer is too long");
        exchange->broken = true;
        wake(exchange);
    } else if (exchange->suspended) {
        release(exchange);
        start_raw(exchange);
    }
}

static void prepare(struct web_exchange *exchange, const struct web_response *response)
{
    exchange->status = response->status;
    exchange->answered = !has_fault(response);
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
    if (has_fault(response)) {
        prepare_raw(exchange, response);
        return;
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
    assert(!exchange->answered && !exchange->raw);
    if (exchange->broken)
        return;
    prepare(exchange, response);
    if (!exchange->raw)
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

/* --- what the library tells of it --- */

static void *web_exchange_begin(void *context, const char *target,
                                struct MHD_Connection *connection)
{
    struct web_server *server = context;
    struct web_exchange *exchange = calloc(1, sizeof *exchange);
    server->worked = true;
    if (exchange)
        exchange->target = strdup(target);
    if (!exchange || !exchange->target) {
        free(exchange);
        web_server_fail(server, ERROR_MEMORY, "no memory for a request");
        return NULL;
    }
    exchange->server = server;
    exchange->connection = connection;
    exchange->on =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    loop_timer_cancel(&exchange->on->idle_timer);
    exchange->fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    exchange->request.target = exchange->target;
    exchange->request.client_address = exchange->on->client.address;
    exchange->request.client_port = exchange->on->client.port;
    exchange->request.server_port = server->port;
    exchange->request.client = &exchange->on->client;
    buffer_init(&exchange->body, server->config.body_bytes_max);
    LIST_INSERT_HEAD(&server->exchanges, exchange, entry);
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

static enum MHD_Result web_exchange_access(void *context, struct MHD_Connection *connection,
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
    if (exchange->raw)
        start_raw(exchange);
    return MHD_YES;
}

static void web_exchange_completed(void *context, struct MHD_Connection *connection, void **state,
                                   enum MHD_RequestTerminationCode reason)
{
    struct web_server *server = context;
    struct web_exchange *exchange = *state;
    (void)connection;
    server->worked = true;
    if (!exchange)
        return;
    *state = NULL;
    release(exchange);
    loop_timer_cancel(&exchange->piece_timer);
    loop_unwatch(exchange->gone_watch);
    if (exchange->handled && server->config.ended)
        server->config.ended(server->config.context, &exchange->request);
    LIST_REMOVE(exchange, entry);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    if (reason == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        web_connection_idle(exchange->on);
    buffer_done(&exchange->body);
    if (exchange->raw)
        raw_answer_done(exchange->raw);
    free(exchange->raw);
    free(exchange->body_copy);
    free(exchange->certificate);
    free(exchange->target);
    free(exchange);
}

/* --- a daemon begins and ends --- */

/* Without it newer libraries only queue a connection, and drop it later, unsaid, if it is one too
 * many; older ones don't queue for a daemon without threads. */
#if MHD_VERSION >= 0x00097707
enum { ONE_THREAD = MHD_USE_NO_THREAD_SAFETY };
#else
enum { ONE_THREAD = 0 };
#endif

static void daemon_ready(void *context, uint32_t events)
{
    (void)events;
    web_daemons_run(context);
}

static int web_daemon_start(struct web_server *server, unsigned identity, struct error *error)
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

static bool web_daemon_is_full(const struct web_server *server, unsigned identity)
{
    const struct MHD_Daemon *library = server->daemons[identity].library;
    const union MHD_DaemonInfo *info =
        library ? MHD_get_daemon_info(server->daemons[identity].library,
                                      MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
                : NULL;
    return info && info->num_connections + server->unspoken >= server->config.connections_max;
}

static void web_daemon_take(struct web_server *server, struct web_connection *connection,
                            unsigned identity)
{
    struct sockaddr_in client = {.sin_family = AF_INET,
                                 .sin_port = htons(connection->client.port),
                                 .sin_addr.s_addr = htonl(connection->client.address)};
    /* The library tells of it before the call returns, unless there are too many. */
    server->arriving = connection;
    server->worked = true;
    if (MHD_add_connection(server->daemons[identity].library, connection->fd,
                           (struct sockaddr *)&client, sizeof client) != MHD_YES)
        web_server_fail(server, ERROR_LIMIT, "too many connections");
}

static void web_daemons_stop(struct web_server *server)
{
    web_daemons_run(server);
    for (size_t i = 0; i < WEB_IDENTITIES_MAX; i++) {
        loop_unwatch(server->daemons[i].watch);
        if (server->daemons[i].library)
            MHD_stop_daemon(server->daemons[i].library);
    }
}

/* --- arriving --- */

static void hand_over(struct web_connection *connection, unsigned identity)
{
    struct web_server *server = connection->server;
    web_daemon_take(server, connection, identity);
    if (server->arriving)
        over(connection);
    server->arriving = NULL;
}

/* The first byte of plain HTTP has come, or the client is gone. What begins a TLS handshake (RFC
 * 8446, section 5.1) is reset at once: to the library it is a bad request, or the end of one, as
 * its random bytes please. */
static bool has_spoken(struct web_connection *connection)
{
    enum { TLS_HANDSHAKE = 22 };
    uint8_t first;
    ssize_t length = recv(connection->fd, &first, 1, MSG_PEEK);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length == 1 && first == TLS_HANDSHAKE) {
        refuse(connection->fd);
        over(connection);
    } else {
        hand_over(connection, 0);
    }
    return true;
}

static void wait_until_it_speaks(struct web_connection *connection);

/* As the library does with those that are its own. */
static void is_mute(void *context)
{
    struct web_connection *connection = context;
    connection->server->unspoken--;
    close_aborted(connection);
}

static void speaks(void *context, uint32_t events)
{
    struct web_connection *connection = context;
    struct web_server *server = connection->server;
    (void)events;
    loop_unwatch(connection->own_watch);
    connection->own_watch = NULL;
    loop_timer_cancel(&connection->mute_timer);
    server->unspoken--;
    if (!has_spoken(connection))
        wait_until_it_speaks(connection);
    web_daemons_run(server);
}

static void wait_until_it_speaks(struct web_connection *connection)
{
    struct web_server *server = connection->server;
    struct error error;
    int result = loop_watch(server->loop, connection->fd, EPOLLIN, speaks, connection,
                            &connection->own_watch, &error);
    if (result < 0) {
        loop_fail(server->loop, result, &error);
        close_aborted(connection);
        return;
    }
    if (server->config.idle_seconds > 0)
        loop_real_timer_set(server->loop, &connection->mute_timer,
                            monotonic_us() + server->config.idle_seconds * DURATION_S, is_mute,
                            connection);
    if (++server->unspoken > server->config.connections_max)
        web_server_fail(server, ERROR_LIMIT, "too many connections");
}

static void web_connection_arrived(struct web_server *server, int fd, uint32_t address,
                                   uint16_t port)
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
    } else if (config->identities) {
        hand_over(connection, identity);
    } else if (!has_spoken(connection)) {
        wait_until_it_speaks(connection);
    }
}

/* --- listening --- */

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

/* --- life --- */

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
    struct web_exchange *exchange;
    if (!server)
        return;
    assert(!server->running);
    server->closing = true;
    stop_listening(server);
    /* The library must not be stopped while it has suspended connections. */
    LIST_FOREACH(exchange, &server->exchanges, entry)
    {
        exchange->broken = true;
        wake(exchange);
    }
    web_daemons_stop(server);
    web_connections_abandon(server);
    assert(LIST_EMPTY(&server->exchanges) && LIST_EMPTY(&server->connections));
    loop_timer_cancel(&server->run_timer);
    free(server);
}
