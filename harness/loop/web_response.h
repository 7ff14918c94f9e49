/* SPDX-License-Identifier: MIT */
/* What a web server is to answer: plain data, for those who decide and those who send. */
#ifndef RCLAB_LOOP_WEB_RESPONSE_H
#define RCLAB_LOOP_WEB_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEB_RATE_PIECE_US = 50000 /* a slow body goes out in pieces of at most this much time */ };
#define WEB_NOT_CUT UINT64_MAX

struct web_header {
    const char *name, *value;
};

/* What is wrong with an answer on purpose; zeroed = nothing. One of lies, broken_chunks, endless,
 * endless_head, and the connection is closed after it. Over HTTP/1.0 too. */
struct web_fault {
    bool lies;             /* announces length_bytes, and sends what the body has */
    uint64_t length_bytes; /* Content-Length */
    bool broken_chunks;    /* chunked: the size of the one after the body is none */
    bool endless;          /* without a length: blank lines follow the body for ever */
    bool endless_head;     /* lines of the head follow each other for ever */
    uint64_t line_us;      /* of the run's clock, between the lines of the head; 0 = all at once */
};

struct web_response {
    unsigned status;
    const struct web_header *headers; /* besides Content-Length; copied */
    size_t header_count;
    const void *body;
    size_t body_length;
    bool body_borrowed;        /* the body lives until `ended`; otherwise it is copied */
    bool close;                /* Connection: close */
    uint64_t rate_bytes_per_s; /* of the run's clock; 0 = as fast as it goes */
    /* WEB_NOT_CUT, or: announces body_length, closes after this many bytes of it. 0 cuts too, so
     * set it always. */
    uint64_t cut_bytes;
    struct web_fault fault; /* with one, cut_bytes means nothing */
};

#endif
