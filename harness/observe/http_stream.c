/* SPDX-License-Identifier: MIT */
#include "harness/observe/http_stream.h"
#include <stdlib.h>
#include <string.h>

void http_stream_init(struct http_stream *stream)
{
    memset(stream, 0, sizeof *stream);
    buffer_init(&stream->line, HTTP_HEAD_MAX);
}

void http_stream_done(struct http_stream *stream)
{
    buffer_done(&stream->line);
}

static void die(struct http_stream *stream)
{
    stream->mode = HTTP_STREAM_DEAD;
    buffer_done(&stream->line);
    buffer_init(&stream->line, HTTP_HEAD_MAX);
}

static void end_message(struct http_stream *stream, bool complete,
                        const struct http_stream_sink *sink)
{
    stream->mode = HTTP_STREAM_HEAD;
    buffer_clear(&stream->line);
    sink->message_end(sink->context, complete, stream->body_bytes);
}

/* RFC 9112 section 6.3. */
static void begin_body(struct http_stream *stream, enum http_head_result kind,
                       const struct http_head *head, enum http_body body,
                       const struct http_stream_sink *sink)
{
    bool response = kind == HTTP_HEAD_RESPONSE;
    bool informational = response && head->status < 200;
    stream->tried = 0;
    stream->text = stream->blank = false;
    bool bodyless = body == HTTP_BODY_NONE || informational ||
                    (response && (head->status == 204 || head->status == 304));
    buffer_clear(&stream->line);
    stream->body_bytes = 0;
    memset(stream->first, 0, sizeof stream->first);
    stream->left = 0;
    if (informational) {
        stream->mode = HTTP_STREAM_HEAD; /* the answer proper is still to come */
    } else if (!bodyless && head->chunked) {
        stream->mode = HTTP_STREAM_CHUNK_LINE;
    } else if (!bodyless && head->has_content_length && head->content_length > 0) {
        stream->mode = HTTP_STREAM_BODY;
        stream->left = head->content_length;
    } else if (!bodyless && response && !head->has_content_length) {
        stream->mode = HTTP_STREAM_UNTIL_CLOSE;
    } else {
        end_message(stream, true, sink);
    }
}

static bool is_all_returns(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && bytes[at] == '\r')
        at++;
    return at == length;
}

/* Whether a blank line ends in these bytes, behind a line that is none: there a head ends. */
static bool may_end_head(struct http_stream *stream, const uint8_t *bytes, size_t length)
{
    bool ends = false;
    while (length > 0) {
        const uint8_t *newline = memchr(bytes, '\n', length);
        size_t line = newline ? (size_t)(newline - bytes) : length;
        if (!is_all_returns(bytes, line)) {
            stream->blank = false;
            stream->text = true;
        }
        if (!newline)
            break;
        ends = ends || (stream->blank && stream->text);
        stream->blank = true;
        bytes += line + 1;
        length -= line + 1;
    }
    return ends;
}

static bool is_head(enum http_head_result kind)
{
    return kind == HTTP_HEAD_REQUEST || kind == HTTP_HEAD_RESPONSE;
}

/* What is gathered, and these bytes, which are the last of it: whether to read the head now is
 * where it may end, and, to tell early what is no HTTP, each time that it has doubled. So its cost
 * is linear however small the pieces are that it comes in. */
static enum http_head_result read_head(struct http_stream *stream, const uint8_t *bytes,
                                       size_t length, struct http_head *head)
{
    bool ends = may_end_head(stream, bytes, length);
    enum http_head_result kind;
    if (ends && stream->line.length == 0) { /* mostly it is in one piece: it need not be gathered */
        kind = http_head_parse(bytes, length, head);
        if (is_head(kind))
            return kind;
    }
    buffer_append(&stream->line, bytes, length);
    if (stream->line.failed)
        return HTTP_HEAD_BAD;
    if (!ends && stream->line.length < 2 * stream->tried && stream->line.length < HTTP_HEAD_MAX)
        return HTTP_HEAD_PARTIAL;
    stream->tried = stream->line.length;
    kind = http_head_parse(stream->line.data, stream->line.length, head);
    bool too_long = stream->line.length >= HTTP_HEAD_MAX;
    return kind == HTTP_HEAD_PARTIAL && too_long ? HTTP_HEAD_BAD : kind;
}

/* A response whose head has no end where heads must have one: its whole lines are told, once. */
static void tell_too_long(struct http_stream *stream, const struct http_stream_sink *sink)
{
    static const char end[] = "\r\n";
    struct http_head head;
    size_t length = stream->line.length;
    if (length < HTTP_HEAD_MAX)
        return;
    length -= sizeof end - 1; /* room for it */
    while (length > 0 && stream->line.data[length - 1] != '\n')
        length--;
    memcpy(stream->line.data + length, end, sizeof end - 1);
    if (http_head_parse(stream->line.data, length + sizeof end - 1, &head) != HTTP_HEAD_RESPONSE)
        return;
    head.too_long = true;
    (void)sink->head(sink->context, &head);
}

static size_t take_head(struct http_stream *stream, const uint8_t *bytes, size_t length,
                        const struct http_stream_sink *sink)
{
    struct http_head head;
    size_t before = stream->line.length;
    size_t taken = length < HTTP_HEAD_MAX - before ? length : HTTP_HEAD_MAX - before;
    enum http_head_result kind = read_head(stream, bytes, taken, &head);
    if (kind == HTTP_HEAD_PARTIAL)
        return taken;
    if (!is_head(kind) || head.head_bytes <= before) {
        tell_too_long(stream, sink);
        die(stream);
        return length;
    }
    begin_body(stream, kind, &head, sink->head(sink->context, &head), sink);
    return head.head_bytes - before;
}

static void keep_first(struct http_stream *stream, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length && stream->body_bytes + i < sizeof stream->first; i++)
        stream->first[stream->body_bytes + i] = bytes[i];
}

static size_t take_counted(struct http_stream *stream, const uint8_t *bytes, size_t length,
                           const struct http_stream_sink *sink)
{
    size_t taken = stream->left < length ? (size_t)stream->left : length;
    keep_first(stream, bytes, taken);
    stream->left -= taken;
    stream->body_bytes += taken;
    if (stream->left == 0) {
        if (stream->mode == HTTP_STREAM_BODY)
            end_message(stream, true, sink);
        else
            stream->mode = HTTP_STREAM_CHUNK_END;
    }
    return taken;
}

/* A whole line of the chunked framing (RFC 9112 section 7.1). */
static void chunk_line(struct http_stream *stream, const struct http_stream_sink *sink)
{
    const char *line = buffer_string(&stream->line);
    char *end;
    switch (stream->mode) {
    case HTTP_STREAM_CHUNK_LINE:
        stream->left = strtoull(line, &end, 16);
        if (end == line || *line == '-' || *line == '+')
            die(stream);
        else
            stream->mode = stream->left ? HTTP_STREAM_CHUNK : HTTP_STREAM_TRAILER;
        break;
    case HTTP_STREAM_CHUNK_END:
        if (*line)
            die(stream);
        else
            stream->mode = HTTP_STREAM_CHUNK_LINE;
        break;
    default:
        if (*line == '\0')
            end_message(stream, true, sink);
    }
    buffer_clear(&stream->line);
}

static size_t take_line(struct http_stream *stream, const uint8_t *bytes, size_t length,
                        const struct http_stream_sink *sink)
{
    const uint8_t *newline = memchr(bytes, '\n', length);
    size_t taken = newline ? (size_t)(newline - bytes) : length;
    if (stream->line.length + taken > HTTP_CHUNK_LINE_MAX) {
        die(stream);
        return length;
    }
    buffer_append(&stream->line, bytes, taken);
    if (!newline)
        return taken;
    if (stream->line.length > 0 && stream->line.data[stream->line.length - 1] == '\r')
        stream->line.data[--stream->line.length] = '\0';
    chunk_line(stream, sink);
    return taken + 1;
}

void http_stream_bytes(struct http_stream *stream, const uint8_t *bytes, size_t length,
                       const struct http_stream_sink *sink)
{
    for (size_t at = 0; at < length;) {
        const uint8_t *here = bytes + at;
        size_t left = length - at;
        switch (stream->mode) {
        case HTTP_STREAM_HEAD:
            at += take_head(stream, here, left, sink);
            break;
        case HTTP_STREAM_BODY:
        case HTTP_STREAM_CHUNK:
            at += take_counted(stream, here, left, sink);
            break;
        case HTTP_STREAM_CHUNK_LINE:
        case HTTP_STREAM_CHUNK_END:
        case HTTP_STREAM_TRAILER:
            at += take_line(stream, here, left, sink);
            break;
        case HTTP_STREAM_UNTIL_CLOSE:
            keep_first(stream, here, left);
            stream->body_bytes += left;
            return;
        case HTTP_STREAM_DEAD:
            return;
        }
    }
}

void http_stream_close(struct http_stream *stream, bool orderly,
                       const struct http_stream_sink *sink)
{
    bool within = stream->mode != HTTP_STREAM_HEAD && stream->mode != HTTP_STREAM_DEAD;
    bool complete = stream->mode == HTTP_STREAM_UNTIL_CLOSE && orderly;
    if (within)
        end_message(stream, complete, sink);
    die(stream);
}
