/* SPDX-License-Identifier: MIT */
#include "harness/loop/raw_answer.h"
#include <inttypes.h>
#include <string.h>

enum { AROUND_BYTES_MAX = 64, FILLING_BYTES = 4096 };

static bool needs_body(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void make_head(struct raw_answer *raw, const struct web_response *response,
                      const char *reason)
{
    struct buffer *head = &raw->head;
    buffer_format(head, "HTTP/1.1 %u %s\r\n", response->status, reason);
    for (size_t i = 0; i < response->header_count; i++)
        buffer_format(head, "%s: %s\r\n", response->headers[i].name, response->headers[i].value);
    if (raw->fault.broken_chunks)
        buffer_text(head, "Transfer-Encoding: chunked\r\n");
    else if (!raw->fault.endless && !raw->fault.endless_head && needs_body(response->status))
        buffer_format(head, "Content-Length: %" PRIu64 "\r\n",
                      raw->fault.lies ? raw->fault.length_bytes : (uint64_t)raw->body_length);
    buffer_text(head, "Connection: close\r\n");
    if (!raw->fault.endless_head)
        buffer_text(head, "\r\n");
}

bool raw_answer_init(struct raw_answer *raw, const struct web_response *response,
                     const char *reason, bool head_only)
{
    *raw = (struct raw_answer){.fault = response->fault,
                               .head_only = head_only || !needs_body(response->status),
                               .rate_bytes_per_s = response->rate_bytes_per_s,
                               .body = response->body,
                               .body_length = response->body_length};
    buffer_init(&raw->head, RAW_HEAD_BYTES_MAX);
    buffer_init(&raw->before, AROUND_BYTES_MAX);
    buffer_init(&raw->after, AROUND_BYTES_MAX);
    make_head(raw, response, reason);
    if (raw->fault.broken_chunks) { /* RFC 9112 section 7.1, until a size that is none */
        if (raw->body_length > 0)
            buffer_format(&raw->before, "%zx\r\n", raw->body_length);
        buffer_text(&raw->after, raw->body_length > 0 ? "\r\nthe end\r\n" : "the end\r\n");
    }
    return !raw->head.failed && !raw->before.failed && !raw->after.failed;
}

void raw_answer_done(struct raw_answer *raw)
{
    buffer_done(&raw->head);
    buffer_done(&raw->before);
    buffer_done(&raw->after);
}

/* --- the head, all at once or line by line --- */

static uint64_t head_us(const struct raw_answer *raw)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < raw->head.length; i++)
        lines += raw->head.data[i] == '\n';
    return (lines - 1) * raw->fault.line_us;
}

static void next_of_head(const struct raw_answer *raw, const uint8_t **ret_bytes,
                         size_t *ret_length, uint64_t *ret_due_us)
{
    const uint8_t *bytes = raw->head.data + raw->head_sent;
    size_t length = raw->head.length - raw->head_sent;
    if (raw->fault.line_us > 0)
        length = (size_t)((const uint8_t *)memchr(bytes, '\n', length) - bytes) + 1;
    *ret_bytes = bytes;
    *ret_length = length;
    *ret_due_us = raw->lines_sent * raw->fault.line_us;
}

/* --- the body --- */

/* What follows a body that has no end: blank lines. */
static const uint8_t *filling(void)
{
    static uint8_t bytes[FILLING_BYTES];
    if (bytes[0] == 0)
        memset(bytes, '\n', sizeof bytes);
    return bytes;
}

/* What follows a head that has no end: lines that mean nothing, each of LINE_BYTES. */
static const uint8_t *more_lines(void)
{
    enum { LINE_BYTES = 64 };
    static const char name[] = "X-Padding: ";
    static uint8_t bytes[FILLING_BYTES];
    if (bytes[0] == 0) {
        memset(bytes, 'x', sizeof bytes);
        for (size_t line = 0; line < sizeof bytes; line += LINE_BYTES) {
            memcpy(bytes + line, name, sizeof name - 1);
            memcpy(bytes + line + LINE_BYTES - 2, "\r\n", 2);
        }
    }
    return bytes;
}

/* False: nothing stands there. */
static bool at(const struct raw_answer *raw, uint64_t position, const uint8_t **ret_bytes,
               size_t *ret_length)
{
    if (raw->fault.endless_head) {
        *ret_bytes = more_lines() + position % FILLING_BYTES;
        *ret_length = FILLING_BYTES - (size_t)(position % FILLING_BYTES);
        return true;
    }
    const struct {
        const uint8_t *bytes;
        size_t length;
    } parts[] = {{raw->before.data, raw->before.length},
                 {raw->body, raw->body_length},
                 {raw->after.data, raw->after.length}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (position < parts[i].length) {
            *ret_bytes = parts[i].bytes + position;
            *ret_length = parts[i].length - (size_t)position;
            return true;
        }
        position -= parts[i].length;
    }
    *ret_bytes = filling();
    *ret_length = FILLING_BYTES;
    return raw->fault.endless;
}

bool raw_answer_next(const struct raw_answer *raw, const uint8_t **ret_bytes, size_t *ret_length,
                     uint64_t *ret_due_us)
{
    if (raw->head_sent < raw->head.length) {
        next_of_head(raw, ret_bytes, ret_length, ret_due_us);
        return true;
    }
    if ((raw->head_only && !raw->fault.endless_head) ||
        !at(raw, raw->body_sent, ret_bytes, ret_length))
        return false;
    *ret_due_us = head_us(raw);
    if (raw->rate_bytes_per_s == 0)
        return true;
    uint64_t piece = raw->rate_bytes_per_s / RAW_PIECES_A_SECOND;
    if (piece == 0)
        piece = 1;
    if (*ret_length > piece)
        *ret_length = (size_t)piece;
    *ret_due_us += (raw->body_sent + *ret_length) * UINT64_C(1000000) / raw->rate_bytes_per_s;
    return true;
}

void raw_answer_sent(struct raw_answer *raw, size_t length)
{
    if (raw->head_sent < raw->head.length) {
        raw->head_sent += length;
        raw->lines_sent += raw->head.data[raw->head_sent - 1] == '\n';
    } else {
        raw->body_sent += length;
    }
}

bool raw_answer_ends_with(const struct raw_answer *raw, size_t length)
{
    size_t head_left = raw->head.length - raw->head_sent;
    if (raw->fault.endless_head || (raw->fault.endless && !raw->head_only))
        return false;
    if (head_left > 0)
        return length >= head_left &&
               (raw->head_only || raw->before.length + raw->body_length + raw->after.length == 0);
    return raw->body_sent + length == raw->before.length + raw->body_length + raw->after.length;
}
