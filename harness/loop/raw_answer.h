/* SPDX-License-Identifier: MIT */
/* The bytes of an HTTP answer that no library sends, because something is wrong with it: a length
 * that is not the body's, chunks that break, a body or a head without end, a head that comes line
 * by line. Pure: which bytes are next, and when they are due; whoever owns the socket sends them.
 */
#ifndef RCLAB_LOOP_RAW_ANSWER_H
#define RCLAB_LOOP_RAW_ANSWER_H

#include "harness/base/buffer.h"
#include "harness/loop/web_response.h"

enum { RAW_HEAD_BYTES_MAX = 256 * 1024, RAW_PIECES_A_SECOND = 1000000 / WEB_RATE_PIECE_US };

struct raw_answer { /* private but for reading */
    struct web_fault fault;
    bool head_only;
    uint64_t rate_bytes_per_s;
    struct buffer head;
    struct buffer before, after; /* what stands around the body */
    const uint8_t *body;         /* borrowed */
    size_t body_length;
    size_t head_sent;
    uint64_t lines_sent; /* of the head */
    uint64_t body_sent;  /* with what stands around it */
};

/* The response's body must live as long as the answer. `reason`: the phrase of the status;
 * head_only: for a HEAD. False: a bound or no memory; needs its _done all the same. */
bool raw_answer_init(struct raw_answer *raw, const struct web_response *response,
                     const char *reason, bool head_only);
void raw_answer_done(struct raw_answer *raw);
/* The bytes that come next, and when, counted from the beginning of the answer. False: it is over.
 */
bool raw_answer_next(const struct raw_answer *raw, const uint8_t **ret_bytes, size_t *ret_length,
                     uint64_t *ret_due_us);
/* So many bytes of them have gone out. */
void raw_answer_sent(struct raw_answer *raw, size_t length);
/* Nothing comes after the next `length` bytes. */
bool raw_answer_ends_with(const struct raw_answer *raw, size_t length);

#endif
