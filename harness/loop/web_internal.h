/* SPDX-License-Identifier: MIT */
/* Shared by web.c (listening), web_daemon.c (the library), web_connection.c (one connection) and
 * web_exchange.c (one request and its answer); nobody else includes it. */
#ifndef RCLAB_LOOP_WEB_INTERNAL_H
#define RCLAB_LOOP_WEB_INTERNAL_H

#include "harness/base/buffer.h"
#include "harness/loop/web.h"
#include <microhttpd.h>

struct web_connection {
    struct web_client client; /* first: what the handler has is this */
    struct web_server *server;
    int fd; /* the library's, or ours while `abort_watch` is set */
    struct loop_watch *abort_watch;
    struct loop_timer idle_timer;           /* set: kept, and nothing is asked */
    struct web_connection *next, *previous; /* in server->connections */
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
    struct web_exchange *next, *previous; /* in server->exchanges */
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
    struct web_exchange *exchanges;
    struct web_connection *connections;
    struct web_connection *arriving; /* is being handed to the library */
};

void web_server_fail(struct web_server *server, int code, const char *text);

/* --- web_daemon.c --- */
/* Starts it unless it runs. */
int web_daemon_start(struct web_server *server, unsigned identity, struct error *error);
/* Hands a connection over; its descriptor is the library's from then on, even on failure. */
bool web_daemon_is_full(const struct web_server *server, unsigned identity);
void web_daemon_take(struct web_server *server, struct web_connection *connection,
                     unsigned identity);
void web_daemons_run(struct web_server *server);
void web_daemons_stop(struct web_server *server);
/* They are to run on the loop's next turn. */
void web_server_kick(struct web_server *server);

/* --- web_connection.c --- */
/* A fresh connection, whose descriptor it takes. */
void web_connection_arrived(struct web_server *server, int fd, uint32_t address, uint16_t port);
/* The library's callback; its context is the server. */
void web_connection_notify(void *context, struct MHD_Connection *connection, void **socket_context,
                           enum MHD_ConnectionNotificationCode code);
struct web_connection *web_connection_of(struct MHD_Connection *connection);
/* The subject of the certificate that the client has shown and proved; NULL = none. */
char *web_connection_certificate(struct MHD_Connection *connection);
void web_connection_busy(struct web_connection *connection);
void web_connection_idle(struct web_connection *connection);
void web_connections_abandon(struct web_server *server); /* those that the library has not */

/* The library's callbacks; their context is the server. */
void *web_exchange_begin(void *context, const char *target, struct MHD_Connection *connection);
enum MHD_Result web_exchange_access(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_length, void **exchange);
void web_exchange_completed(void *context, struct MHD_Connection *connection, void **exchange,
                            enum MHD_RequestTerminationCode reason);
/* The server is going: lets the library close it. */
void web_exchange_abandon(struct web_exchange *exchange);

#endif
