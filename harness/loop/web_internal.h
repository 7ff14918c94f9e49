/* SPDX-License-Identifier: MIT */
/* Shared by web.c (sockets, the library's daemon) and web_exchange.c (one request and its answer);
 * nobody else includes it. */
#ifndef RCLAB_LOOP_WEB_INTERNAL_H
#define RCLAB_LOOP_WEB_INTERNAL_H

#include "harness/base/buffer.h"
#include "harness/loop/web.h"
#include <microhttpd.h>

struct web_exchange { /* one request and its answer; lives as long as the library knows of it */
    struct web_request request; /* first: what the handler has is this */
    struct web_server *server;
    struct MHD_Connection *connection;
    int fd;             /* the library's; valid as long as the exchange */
    char *target;       /* owned */
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

struct web_server {
    struct web_server_config config; /* PEM pointers dropped */
    struct loop *loop;
    uint16_t port;
    int listen_fd; /* -1 = not listening */
    struct loop_watch *listen_watch, *daemon_watch;
    struct MHD_Daemon *daemon;
    struct loop_timer run_timer; /* real time: the daemon has work that no descriptor tells of */
    bool running, closing;
    struct web_exchange *exchanges;
};

/* The daemon is to run on the loop's next turn. */
void web_server_kick(struct web_server *server);
void web_server_fail(struct web_server *server, int code, const char *text);

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
