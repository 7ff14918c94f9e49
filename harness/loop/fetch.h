/* SPDX-License-Identifier: MIT */
/* HTTP, HTTPS (libcurl's multi_socket interface) and TFTP downloads (tftp_download) on the loop.
 *
 * A fetcher belongs to one party (a phone, or the harness) and makes its sockets in that party's
 * network namespace. Names are never resolved here: a request says which address its host has.
 * There are no time-outs either: the owner cancels by its own clock. While a transfer is in flight
 * that no server holds on purpose, the fetcher is a debtor of the loop. */
#ifndef RCLAB_LOOP_FETCH_H
#define RCLAB_LOOP_FETCH_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FETCH_TRANSFERS_MAX = 4096, FETCH_HEADERS_MAX = 32, FETCH_ERROR_TEXT_MAX = 256 };

struct fetcher; /* all that one party has in flight */
struct fetch;   /* one transfer; valid until its callback has returned or it was cancelled */

/* netns_fd: where sockets are made, borrowed; -1 = here. */
int fetcher_new(struct loop *loop, int netns_fd, struct fetcher **ret_fetcher, struct error *error);
/* Cancels what is in flight. Not from inside a callback of this fetcher. */
void fetcher_free(struct fetcher *fetcher);

struct fetch_header {
    const char *name, *value;
};
enum fetch_leniency { /* bits: what a server's certificate may lack (needs GnuTLS in libcurl) */
                      FETCH_ANY_DATE = 1,
                      FETCH_ANY_HOST = 2,
                      FETCH_ANY_AUTHORITY = 4,
};
struct fetch_request {  /* everything is copied before fetch_start returns */
    const char *url;    /* http, https or tftp; any other scheme is ERROR_INVALID */
    const char *method; /* NULL = GET; for TFTP ignored */
    const uint8_t *body;
    size_t body_length;
    const char *content_type; /* of the body; NULL = none */
    const char *user_agent;   /* NULL = no such header */
    const struct fetch_header *headers;
    size_t header_count;
    uint32_t address;             /* of the URL's host; 0 = the host is an address itself */
    uint32_t local_address;       /* the party's own; needed for TFTP's holds, else 0 will do */
    const char *user, *password;  /* NULL = none; Digest or Basic, whichever the server asks for */
    bool login_basic_only;        /* it knows no Digest */
    const char *ca_file;          /* PEM; NULL = no certificate authority is trusted */
    bool any_certificate;         /* whatever the server shows will do, whoever it says it is */
    unsigned leniency;            /* enum fetch_leniency; 0 = none */
    const char *certificate_file; /* PEM with the key; shown to a server that asks; NULL = none */
    bool tls_1_2;                 /* no newer version */
    size_t body_bytes_max;        /* of the answer; longer ones end as FETCH_TOO_LARGE */
    bool http_1_0;                /* false: HTTP/1.1 */
    bool reuse_connection;        /* false: a new connection that is closed afterwards */
    bool tftp_plain;              /* without options (RFC 2347) */
    unsigned tftp_block_bytes;    /* option blksize (RFC 2348), 8 … 65464; 0 = 512 */
    uint64_t tftp_repeat_us; /* without an answer it says so again what it said last; 0 = not */
    unsigned tftp_flaws;     /* enum tftp_flaw; 0 = a sound client */
    size_t head_bytes_max;   /* of the answer; longer ones end as FETCH_TOO_LARGE; 0 = libcurl's
                                own bound */
    /* May be NULL. Something of the answer has come; gets the context of `done`. No fetch may be
     * started or cancelled in it. */
    void (*progress)(void *context);
};

enum fetch_outcome {
    FETCH_OK,            /* an answer with its whole body, whatever the status */
    FETCH_NOT_CONNECTED, /* no route, no answer to the connection attempt */
    FETCH_REFUSED,       /* RST, or port unreachable */
    FETCH_TLS_FAILED,    /* handshake or certificate */
    FETCH_RESET,         /* connection lost before any answer, or reset */
    FETCH_TRUNCATED,     /* the body ended early */
    FETCH_BAD_CHUNKS,    /* what came in the place of a chunk is none */
    FETCH_TOO_LARGE,
    FETCH_TFTP_ERROR, /* an error packet */
    FETCH_OTHER,      /* bad protocol, out of memory … */
};
struct fetch_result { /* valid during the callback; nothing is NULL */
    enum fetch_outcome outcome;
    const char *text;         /* for people; "" when FETCH_OK */
    unsigned status;          /* of HTTP, 0 = none; FETCH_TFTP_ERROR: its code */
    const char *location;     /* header Location as sent, "" if none; redirects are not followed */
    const char *content_type; /* "" if none */
    const uint8_t *body;      /* what came of it, NUL-terminated (not counted) */
    size_t body_length;
    bool complete;     /* outcome is FETCH_OK */
    bool request_sent; /* HTTP: a request went out; it may have been obeyed whatever came after */
    bool login_asked_for; /* HTTP: the server answered a request without login by a challenge, so
                             that the last request carried the login */
};
/* Called from the loop, never from inside fetch_start or fetch_cancel. May start and cancel others.
 */
typedef void fetch_done_fn(void *context, const struct fetch_result *result);

/* ERROR_INVALID: URL or headers; ERROR_LIMIT: FETCH_TRANSFERS_MAX; ERROR_MEMORY. */
int fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_done_fn *done,
                void *context, struct fetch **ret_fetch, struct error *error);
/* Closes the connection; the callback is not called. NULL is allowed. */
void fetch_cancel(struct fetch *fetch);
/* The same as a cut of power does it: nothing more goes out, neither FIN nor RST. Falls back to
 * fetch_cancel where the process may not do that. */
void fetch_cut(struct fetch *fetch);
/* Closes the connections that are kept for further transfers; cut: as fetch_cut does it. Only while
 * nothing is in flight; ERROR_MEMORY leaves them open. */
int fetcher_disconnect(struct fetcher *fetcher, bool cut, struct error *error);
bool fetcher_is_idle(const struct fetcher *fetcher); /* nothing is in flight */

#endif
