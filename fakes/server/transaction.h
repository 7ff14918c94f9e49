/* SPDX-License-Identifier: MIT */
/* One request to a fake server, from its head to the end of its answer, whatever the transport:
 * which behaviour it gets, when it acts, and what the log says. */
#ifndef RCLAB_FAKES_SERVER_TRANSACTION_H
#define RCLAB_FAKES_SERVER_TRANSACTION_H

#include "fakes/server/answer_plan.h"
#include "fakes/server/fake_server.h"
#include "fakes/server/script.h"
#include "fakes/server/tftp_server.h"

enum { PUBLISHED_MAX = 4096 };
struct published { /* a pushed configuration */
    char *target;  /* without leading '/', owned */
    struct buffer xml;
    struct published *next;
};

struct fake_server {
    struct fake_server_config config;
    struct web_server *web[2]; /* by FAKE_HTTP, FAKE_HTTPS; NULL = not served */
    struct tftp_server *tftp;
    struct script script;
    struct published *published;
    unsigned published_count;
    bool closing;
};

struct transaction {
    struct fake_server *server;
    enum fake_transport transport;
    struct web_request *web; /* one of the two */
    struct tftp_request *tftp;
    uint32_t client_address;
    uint16_t client_port, server_port;
    const char *method, *target, *host, *agent;
    struct answer_plan plan;
    struct loop_timer delay_timer;
};

/* The callbacks of both kinds of server; their context is the fake_server. */
void transaction_handle_http(void *context, struct web_request *request);
void transaction_handle_https(void *context, struct web_request *request);
void transaction_handle_tftp(void *context, struct tftp_request *request);
void transaction_sending_web(void *context, struct web_request *request);
void transaction_sending_tftp(void *context, struct tftp_request *request);
void transaction_ended_web(void *context, struct web_request *request);
void transaction_ended_tftp(void *context, struct tftp_request *request);

/* In fake_server.c. _next counts the request, and opens or closes the ports accordingly; _look is
 * for a HEAD. */
const struct behaviour *fake_server_next(struct fake_server *server, uint32_t client_address);
const struct behaviour *fake_server_look(struct fake_server *server, uint32_t client_address);
/* The client's next request is to meet a connection that is made for it. */
bool fake_server_breaks_next(const struct fake_server *server, enum fake_transport transport,
                             uint32_t client_address);
const struct published *fake_server_find_published(const struct fake_server *server,
                                                   const char *target);

#endif
