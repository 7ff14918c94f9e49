/* SPDX-License-Identifier: MIT */
/* Heads of HTTP/1.x messages (RFC 9112 sections 2-5), as an observer reads them off a wire. */
#ifndef RCLAB_WIRE_HTTP_HEAD_H
#define RCLAB_WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_HEAD_MAX = 16384, HTTP_METHOD_MAX = 24, HTTP_TARGET_MAX = 2048, HTTP_VALUE_MAX = 512 };
enum http_head_result { HTTP_HEAD_PARTIAL, HTTP_HEAD_REQUEST, HTTP_HEAD_RESPONSE, HTTP_HEAD_BAD };

struct http_head {
    char method[HTTP_METHOD_MAX]; /* request */
    char target[HTTP_TARGET_MAX]; /* request; cut if longer */
    unsigned status;              /* response */
    unsigned minor_version;       /* HTTP/1.x */
    char host[HTTP_VALUE_MAX];    /* header Host, "" if none */
    char user_agent[HTTP_VALUE_MAX];
    char location[HTTP_VALUE_MAX];  /* response */
    char encoding[HTTP_VALUE_MAX];  /* Content-Encoding */
    char challenge[HTTP_VALUE_MAX]; /* response: WWW-Authenticate */
    bool has_content_length, chunked;
    uint64_t content_length;
    size_t head_bytes; /* up to and with the blank line */
    bool too_long;     /* whoever read it went no further; never set here */
};

/* "Partial is not bad": PARTIAL while what is there could still become a head and is shorter than
 * HTTP_HEAD_MAX. ret_head is written only for REQUEST and RESPONSE. */
enum http_head_result http_head_parse(const uint8_t *bytes, size_t length,
                                      struct http_head *ret_head);

#endif
