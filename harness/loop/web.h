/* SPDX-License-Identifier: MIT */
/* A web server (HTTP/1.1, or HTTPS) on the loop: libmicrohttpd without threads of its own. The
 * handler sees requests that were read whole and answers at once, later, slowly, or by breaking the
 * connection. Connections are kept as RFC 9112 section 9.3 has it. Requests being worked on are no
 * debtors of the loop: their clients are. */
#ifndef RCLAB_LOOP_WEB_H
#define RCLAB_LOOP_WEB_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/loop/web_response.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEB_METHOD_MAX = 24,
    WEB_CONNECTIONS_MAX_DEFAULT = 64,
    WEB_BODY_BYTES_MAX_DEFAULT = 64 * 1024,
    WEB_IDENTITIES_MAX = 8,
};

/* Who the server says it is, over TLS, and whether its clients must say it too. */
struct web_identity {
    const char *certificate_pem, *key_pem;
    const char *client_ca_pem;   /* a client needs a certificate of this CA; NULL = it needs none */
    bool any_client_certificate; /* it needs one, of whomever; then client_ca_pem is NULL */
};

/* One connection, from `admit` to `left`. Read-only but for `context`. */
struct web_client {
    uint32_t address;
    uint16_t port;
    void *context; /* the handler's own; NULL at first */
};
enum web_admission {
    WEB_ADMIT,
    WEB_REFUSE, /* reset before anything is read */
    WEB_ABORT,  /* TLS: what the client says first is answered by a fatal alert */
};

/* One request, from `handle` to `ended`. Read-only but for `context`. */
struct web_request {
    char method[WEB_METHOD_MAX];
    const char *target;  /* as sent, with its query */
    const char *version; /* "HTTP/1.1" */
    uint32_t client_address;
    uint16_t client_port, server_port;
    const uint8_t *body; /* of the request; NULL when empty */
    size_t body_length;
    const char *certificate;   /* the subject of the client's (RFC 4514); NULL = none was asked */
    struct web_client *client; /* its connection */
    void *context;             /* the handler's own; NULL at first */
};

struct web_server_config {
    struct loop *loop;
    int netns_fd; /* where to listen; -1 = here */
    uint32_t address;
    uint16_t port; /* 0 = any free one, see web_server_port */
    /* HTTPS; they and their texts must outlive the server. The first serves whoever `admit` names
     * no other for; the others are looked at when they are first needed. */
    const struct web_identity *identities;
    size_t identity_count;    /* 0: plain HTTP */
    unsigned connections_max; /* of each identity; 0 = the default */
    bool excess_refused;      /* one connection too many: is reset; false: it is a lab error */
    unsigned idle_seconds;    /* of real time, after which a silent connection is closed; 0 = never:
                                 the only choice under a warp clock */
    size_t body_bytes_max;    /* 0 = the default; longer requests get a 413 */
    uint64_t idle_us;         /* a kept connection is closed after this time; 0 = never */
    /* A request was read whole. Answer here by web_respond or web_reset, or keep the pointer and do
     * so later, before `ended`. */
    void (*handle)(void *context, struct web_request *request);
    /* May be NULL. The last (or only) bytes of the answer are about to be handed to the kernel. Not
     * called for web_reset, nor if the client is gone before. */
    void (*sending)(void *context, struct web_request *request);
    /* May be NULL. The request is over, answered or given up by the client: the pointer is invalid
     * afterwards. Called exactly once for each `handle`, by web_server_free at the latest. */
    void (*ended)(void *context, struct web_request *request);
    /* May be NULL. A fresh connection; *identity is 0 and may be changed. */
    enum web_admission (*admit)(void *context, struct web_client *client, unsigned *identity);
    /* May be NULL. A connection that was not refused is over. */
    void (*left)(void *context, struct web_client *client);
    void *context;
};

struct web_server;
/* Listens from the start. ERROR_SYSTEM (port taken, …), ERROR_FAILED (certificate), ERROR_MEMORY.
 */
int web_server_new(const struct web_server_config *config, struct web_server **ret_server,
                   struct error *error);
/* Ends every request and connection. Not from inside the server's own callbacks. */
void web_server_free(struct web_server *server);
/* off: the kernel refuses new connections (RST); those made stay. on: the same port again. */
int web_server_listen(struct web_server *server, bool on, struct error *error);
/* Closes the connections that are kept for further requests. Not from inside the callbacks. */
void web_server_close_idle(struct web_server *server);
bool web_server_is_listening(const struct web_server *server);
uint16_t web_server_port(const struct web_server *server);

/* A request header by its name in any case, NULL if absent; valid until `ended`. */
const char *web_request_header(const struct web_request *request, const char *name);
/* Answers; once a request. A failure is reported to the loop (loop_fail). */
void web_respond(struct web_request *request, const struct web_response *response);
/* Breaks the connection with a RST at once. */
void web_reset(struct web_request *request);
/* The request is kept waiting on purpose: tells the loop (loop_hold) until it is answered or over.
 * Between the pieces of a slow answer the server does so itself. */
void web_hold(struct web_request *request);

/* The keys of TLS connections to this process's own servers go to this file from now on, in the
 * form that captures take (NSS key log: a line of label, client random, secret); it is made with
 * the first of them, for its owner alone. Of the servers alone: the same library would write down
 * those of our connections to a device's page, too, and with them the password that goes there. */
void web_keys_record(const char *path);

#endif
