/* SPDX-License-Identifier: MIT */
/* What the fake EDOS, the fake provisioning server and the push server have in common: scripted
 * answers over HTTP, HTTPS (libmicrohttpd, GnuTLS) and TFTP (RFC 1350, 2347, 2348, 2349), on the
 * run's loop and clock. Each client walks through the behaviours on its own: successive requests
 * get successive answers. What is wrong at the TLS handshake is a request's business, too, if the
 * client does not get further than that. A HEAD is told what the GET after it will get. */
#ifndef RCLAB_FAKES_SERVER_FAKE_SERVER_H
#define RCLAB_FAKES_SERVER_FAKE_SERVER_H

#include "fakes/server/answer_plan.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/loop/web.h"
#include "harness/scenario/behaviour.h"

struct fake_exchange { /* a request and what it got; valid during the call */
    enum transport transport;
    uint32_t client_address;
    uint16_t client_port, server_port;
    const char *method, *target; /* target with its query; TFTP: "RRQ" and the file name */
    const char *host, *agent;    /* "" if not sent */
    const char *certificate;     /* the subject of the client's; NULL = none was asked */
    const char *behaviour;       /* what it gets, in words: "profile", "503", "hang", … */
    /* what the answer's head is to show on a wire that can be read; NULL, 0 = nothing special */
    const char *framing;    /* "chunked", "until close", "long head" */
    const char *encoding;   /* Content-Encoding */
    const char *challenge;  /* the scheme of WWW-Authenticate, as in the language */
    const char *announces;  /* the length that is not the body's, in digits */
    uint64_t head_takes_us; /* at least, until its last line */
    /* over TFTP: the number of a block that the next one overtakes, that of one that comes from
     * another port, too; 0 = none; the client's options are passed over */
    uint64_t reorders, strays;
    bool no_options;
    /* its answer */
    unsigned status; /* of HTTP; TFTP: 0 or the error code; 0, complete false: a reset */
    enum answer_content content;
    uint64_t bytes;          /* of the body, handed over */
    bool complete;           /* all that was announced (false: truncated, reset, TFTP error) */
    const char *redirect;    /* Location, or NULL */
    const char *retry_delay; /* Resync_Error_Retry_Delay in the profile sent, or NULL */
    const char *rule_key;    /* the key in the Profile_Rule of the profile sent, or NULL */
    const char *key;         /* by which the body is encrypted, or NULL */
};
struct fake_handshake { /* a connection over TLS on which something is wrong; valid in the call */
    uint32_t client_address;
    uint16_t client_port, server_port;
    const char *fault; /* in words: "an expired certificate" */
};
/* Called BEFORE the last bytes of an answer are handed to the kernel, so that whatever the client
 * does next is later than the log entry. A hang has a request and no answer. A refused connection
 * has neither (it is seen on the wire). */
struct fake_log {
    void (*request)(void *context, const struct fake_exchange *request);
    void (*answer)(void *context, const struct fake_exchange *answer);
    /* Before the handshake begins. May be NULL. */
    void (*handshake)(void *context, const struct fake_handshake *handshake);
    /* Index of the phone that has this address (the key under which successive requests are
     * counted), or -1: then all unknown clients share one count. */
    int (*client)(void *context, uint32_t client_address);
    void *context;
};

struct fake_server_config {
    struct loop *loop;
    int netns_fd; /* where to listen; -1 = here */
    enum fake_role role;
    uint32_t address;
    uint16_t http_port, https_port, tftp_port; /* 0 = not served */
    bool free_ports; /* take any free port for each that is not 0 (see fake_server_port) */
    /* HTTPS: BEHAVIOUR_TLS_IDENTITIES of them, by enum behaviour_tls; must outlive the server. */
    const struct web_identity *identities;
    struct fake_log log;
    uint64_t seed;                    /* for garbage */
    const char *const *substitutions; /* SUBSTITUTE_COUNT values of ${…}; must outlive the server */
    unsigned client_max;              /* number of phones */
};
enum { FAKE_CONNECTIONS_MAX = 16384, FAKE_TFTP_TRANSFERS_MAX = 8192 };

/* Of the run's clock: how long an idle connection is kept (what nginx does by default). */
#define FAKE_KEEP_ALIVE_US UINT64_C(75000000)

struct fake_server;
int fake_server_new(const struct fake_server_config *config, struct fake_server **ret_server,
                    struct error *error);
void fake_server_free(struct fake_server *server);
/* From now on, for one client (its index) or FAKE_ALL_CLIENTS: each starts at the list's beginning.
 * The list must outlive its use. Kept connections are closed, as by a server that is started anew.
 */
enum { FAKE_ALL_CLIENTS = -1 };
int fake_server_set(struct fake_server *server, int client, const struct behaviour_list *behaviours,
                    struct error *error);
/* FAKE_PUSH: serves the config XML with these parameters at `target` (whatever the method and the
 * query), besides behaviours and without counting as a request for one; replaces an earlier one of
 * the same target. A push server without behaviours answers 404 to all else. */
int fake_server_publish(struct fake_server *server, const char *target,
                        const struct parameter *parameters, size_t count, struct error *error);
/* The wire showed that a connection of this client to `port` was refused (SYN answered by RST;
 * TFTP: ICMP port unreachable): counts as one request for a behaviour `refuse`. */
void fake_server_refused(struct fake_server *server, uint32_t client_address, uint16_t port);
/* Its ports are open; false while it refuses everybody. */
bool fake_server_is_open(const struct fake_server *server);
uint16_t fake_server_port(const struct fake_server *server, enum transport transport);

#endif
