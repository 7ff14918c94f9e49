/* SPDX-License-Identifier: MIT */
/* What a scripted server does with a request: the data of the scenario language's "behaviour".
 * Plain data, no functions: the loader fills it, the fakes act on it. All pointers live in the
 * scenario's arena. */
#ifndef RCLAB_SCENARIO_BEHAVIOUR_H
#define RCLAB_SCENARIO_BEHAVIOUR_H

#include "harness/yaml/diagnostics.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parameter { /* a phone parameter, "Profile_Rule" = "…"; the value may hold ${name} */
    const char *name, *value;
    struct place place;
};

enum behaviour_kind {
    BEHAVIOUR_PROFILE,    /* EDOS: 200 with a profile that redirects to the provisioning server */
    BEHAVIOUR_CONFIG,     /* provisioning: 200 with a configuration */
    BEHAVIOUR_EMPTY,      /* 200 without a body */
    BEHAVIOUR_STATUS,     /* `status` with `body` (may be empty) and `headers` */
    BEHAVIOUR_HANG,       /* takes the request and never answers */
    BEHAVIOUR_RESET,      /* takes the request and resets the connection */
    BEHAVIOUR_REFUSE,     /* refuses the connection (TFTP: port unreachable) */
    BEHAVIOUR_GARBAGE,    /* 200 with seeded random bytes that are no profile */
    BEHAVIOUR_TFTP_ERROR, /* over TFTP an error packet with `tftp_error`, otherwise `status` */
};
enum { BEHAVIOUR_KINDS = BEHAVIOUR_TFTP_ERROR + 1 };

/* What is wrong at the TLS handshake. Over HTTP and TFTP there is none, and all else holds. */
enum behaviour_tls {
    BEHAVIOUR_TLS_GOOD,
    BEHAVIOUR_TLS_EXPIRED,                 /* the certificate is out of date */
    BEHAVIOUR_TLS_WRONG_HOST,              /* it is another host's */
    BEHAVIOUR_TLS_UNTRUSTED,               /* of an authority that phones don't know */
    BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE, /* nothing; but the client must show one of its own */
    BEHAVIOUR_TLS_ABORT,                   /* a fatal alert ends it */
    BEHAVIOUR_TLS_KINDS,
    BEHAVIOUR_TLS_IDENTITIES = BEHAVIOUR_TLS_ABORT, /* those that show a certificate */
};
enum { TFTP_ERROR_CODE_MAX = 8, TFTP_FAULT_BLOCK_MAX = 65535 };

#define BEHAVIOUR_TRUNCATE_NONE UINT64_MAX

enum behaviour_encoding { /* of the body, whatever the transport */
                          BEHAVIOUR_ENCODING_NONE,
                          BEHAVIOUR_ENCODING_GZIP,        /* RFC 1952 */
                          BEHAVIOUR_ENCODING_AES_256_CBC, /* as `openssl enc -md md5` has it */
                          BEHAVIOUR_ENCODING_AES128GCM,   /* RFC 8188 */
                          BEHAVIOUR_ENCODINGS
};
enum behaviour_authentication { /* over HTTP: who does not log in gets a 401 */
                                BEHAVIOUR_AUTHENTICATION_NONE,
                                BEHAVIOUR_AUTHENTICATION_BASIC,
                                BEHAVIOUR_AUTHENTICATION_DIGEST,
                                BEHAVIOUR_AUTHENTICATIONS
};
enum { BEHAVIOUR_KEY_MAX = 128 }; /* bytes of a key, a user, a password */

/* How a body's end is told, where it is not by a true length. Over TFTP it makes no difference. */
enum behaviour_framing {
    BEHAVIOUR_FRAMING_TRUE,
    BEHAVIOUR_FRAMING_LENGTH,       /* announces `length_bytes`, and sends what it has */
    BEHAVIOUR_FRAMING_CHUNKED,      /* in chunks, of which the last is none */
    BEHAVIOUR_FRAMING_ENDLESS,      /* without a length: it never ends */
    BEHAVIOUR_FRAMING_ENDLESS_HEAD, /* it never begins: line follows line of the head */
};

struct behaviour {
    enum behaviour_kind kind;
    unsigned status; /* 100…599; what goes out (200 for profile, config, empty) */
    const struct parameter *parameters; /* profile, config: set in addition to / instead of the
                                           defaults; an explicit map replaces a default of the same
                                           name */
    size_t parameter_count;
    const struct parameter *headers; /* additional response headers */
    size_t header_count;
    const uint8_t *body; /* status with a body: its bytes (a `file:` has been read already) */
    size_t body_length;
    bool body_has_names; /* an inline body that holds ${name}, to be replaced before it goes out (it
                            is text without NUL inside, with one behind); a file's bytes go out
                            untouched */
    const char *redirect;      /* Location for a 3xx; NULL = none; may hold ${name} */
    uint64_t delay_us;         /* waits this long before the first byte of the answer */
    uint64_t rate_bytes_per_s; /* 0 = as fast as it goes */
    uint64_t truncate_bytes;   /* announces the whole length, closes after this many body bytes */
    enum behaviour_framing framing;
    uint64_t length_bytes;
    uint64_t head_line_us; /* between the lines of the head; 0 = all at once */
    enum behaviour_encoding encoding;
    const char *key; /* of the encoding; NULL = it needs none */
    enum behaviour_authentication authentication;
    const char *user, *password; /* NULL = no authentication */
    enum behaviour_tls tls;
    unsigned tftp_error;      /* 0 … TFTP_ERROR_CODE_MAX (RFC 1350, RFC 2347) */
    unsigned drop_block;      /* TFTP: lost when it is sent first; 0 = none */
    unsigned duplicate_block; /* TFTP: sent twice; 0 = none */
    unsigned reorder_block;   /* TFTP: the one behind it is sent first; 0 = none */
    unsigned stray_block;     /* TFTP: comes from another port, too, with other bytes; 0 = none */
    bool no_options;          /* TFTP: the client's are passed over */
    unsigned times;           /* how many successive requests get it, >= 1; the last of a list
                                 repeats for ever */
    struct place place;
};

struct behaviour_list {
    const struct behaviour *items; /* at least one */
    size_t count;
};

/* How a server is spoken to. */
enum transport { TRANSPORT_NONE, TRANSPORT_HTTP, TRANSPORT_HTTPS, TRANSPORT_TFTP, TRANSPORT_DNS };

/* What an answer's body was. */
enum answer_content {
    CONTENT_NONE,
    CONTENT_PROFILE,
    CONTENT_CONFIG,
    CONTENT_EMPTY,
    CONTENT_GARBAGE,
    CONTENT_OTHER
};

#endif
