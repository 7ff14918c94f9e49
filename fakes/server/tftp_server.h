/* SPDX-License-Identifier: MIT */
/* A TFTP server on the loop, read requests only: sockets and timers around tftp_session. Its
 * calls mirror harness/loop/web.h. */
#ifndef RCLAB_FAKES_SERVER_TFTP_SERVER_H
#define RCLAB_FAKES_SERVER_TFTP_SERVER_H

#include "fakes/server/tftp_session.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"

/* A request of the same client and file within this time is taken for a repetition of the first,
 * as long as nothing of the answer was acknowledged. */
#define TFTP_REPEAT_US UINT64_C(30000000)
/* A transfer that will never go on is forgotten after this time, or when its client asks for the
 * file anew. */
#define TFTP_SILENCE_MAX_US UINT64_C(3600000000)

enum tftp_error_code { /* RFC 1350, appendix */
                       TFTP_ERROR_UNDEFINED = 0,
                       TFTP_ERROR_NOT_FOUND = 1,
                       TFTP_ERROR_ACCESS = 2,
                       TFTP_ERROR_UNKNOWN_ID = 5,
};

struct tftp_request { /* from `handle` to `ended`; read-only but for `context` */
    uint32_t client_address;
    uint16_t client_port, server_port;
    const char *name, *mode;
    uint64_t sent_bytes; /* of the body, in `sending`: with the packet about to go out */
    void *context;       /* the handler's own; NULL at first */
};

struct tftp_server_config {
    struct loop *loop;
    int netns_fd; /* where to listen; -1 = here */
    uint32_t address;
    uint16_t port;          /* 0 = any free one */
    unsigned transfers_max; /* more is a lab error */
    /* Answer here by tftp_respond or tftp_fail, or keep the pointer and do so before `ended`. */
    void (*handle)(void *context, struct tftp_request *request);
    /* The last of an answer is about to be handed to the kernel. Not for tftp_fail. */
    void (*sending)(void *context, struct tftp_request *request);
    /* The request is over; exactly once for each `handle`. */
    void (*ended)(void *context, struct tftp_request *request);
    void *context;
};

struct tftp_server;
int tftp_server_new(const struct tftp_server_config *config, struct tftp_server **ret_server,
                    struct error *error);
void tftp_server_free(struct tftp_server *server); /* not from inside its callbacks */
/* off: the kernel answers requests with ICMP port unreachable; transfers go on. */
int tftp_server_listen(struct tftp_server *server, bool on, struct error *error);
uint16_t tftp_server_port(const struct tftp_server *server);

/* The body must live until `ended`. */
void tftp_respond(struct tftp_request *request, const struct tftp_answer *answer);
/* What of an answer's faults its client would meet (tftp_answer_faults). */
void tftp_foretell(const struct tftp_request *request, struct tftp_answer *answer);
/* Sends an ERROR packet; the request ends soon after. */
void tftp_fail(struct tftp_request *request, enum tftp_error_code code, const char *text);
/* The client is kept waiting on purpose (loop_hold) until it is answered, or, with for_ever, until
 * it has gone. */
void tftp_hold(struct tftp_request *request, bool for_ever);

#endif
