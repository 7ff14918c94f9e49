/* SPDX-License-Identifier: MIT */
/* One direction of an HTTP/1.x connection (RFC 9112): finds the heads and skips the bodies. */
#ifndef RCLAB_OBSERVE_HTTP_STREAM_H
#define RCLAB_OBSERVE_HTTP_STREAM_H

#include "harness/base/buffer.h"
#include "harness/wire/http_head.h"

enum { HTTP_CHUNK_LINE_MAX = 256, HTTP_BODY_FIRST_BYTES = 8 };

enum http_stream_mode {
    HTTP_STREAM_HEAD,
    HTTP_STREAM_BODY,        /* Content-Length */
    HTTP_STREAM_CHUNK_LINE,  /* size of the next chunk */
    HTTP_STREAM_CHUNK,       /* its bytes */
    HTTP_STREAM_CHUNK_END,   /* the line end behind them */
    HTTP_STREAM_TRAILER,     /* lines up to an empty one */
    HTTP_STREAM_UNTIL_CLOSE, /* a body without announced length */
    HTTP_STREAM_DEAD,        /* no HTTP (any more) */
};
enum http_body { HTTP_BODY_AS_ANNOUNCED, HTTP_BODY_NONE };

struct http_stream {
    enum http_stream_mode mode;
    struct buffer line; /* owned; the head or chunk line gathered so far */
    size_t tried;       /* bytes of the head when it was last read */
    bool text, blank;   /* of the head: something but line ends; the line so far is empty */
    uint64_t left;      /* bytes left of the body or chunk */
    uint64_t body_bytes;
    uint8_t first[HTTP_BODY_FIRST_BYTES]; /* of the body, as far as it has come */
};
struct http_stream_sink {
    void *context;
    /* Of a response that is too long to be read (too_long): what came of it, and nothing follows.
     * Tells whether the message has a body in spite of what it announces (answers to HEAD). */
    enum http_body (*head)(void *context, const struct http_head *head);
    /* The message is over; complete: as announced. Comes for messages without body too. */
    void (*message_end)(void *context, bool complete, uint64_t body_bytes);
};

void http_stream_init(struct http_stream *stream);
void http_stream_done(struct http_stream *stream);
void http_stream_bytes(struct http_stream *stream, const uint8_t *bytes, size_t length,
                       const struct http_stream_sink *sink);
/* The direction was closed; orderly: by FIN. */
void http_stream_close(struct http_stream *stream, bool orderly,
                       const struct http_stream_sink *sink);

#endif
