/* SPDX-License-Identifier: MIT */
/* A stream says the same whole, byte by byte and in pieces that the input's last byte chooses. */
#include "harness/base/testing.h"
#include "harness/observe/http_stream.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_observe_http_stream(const uint8_t *data, size_t size);

enum { SAID_MAX = 1 << 20 };

static enum http_body on_head(void *context, const struct http_head *head)
{
    buffer_format(context, "%s %s %u %s %llu\n", head->method, head->target, head->status,
                  head->host, (unsigned long long)head->content_length);
    return strcmp(head->method, "HEAD") == 0 ? HTTP_BODY_NONE : HTTP_BODY_AS_ANNOUNCED;
}

static void on_end(void *context, bool complete, uint64_t body_bytes)
{
    buffer_format(context, "%d %llu\n", complete, (unsigned long long)body_bytes);
}

static void listen(const uint8_t *data, size_t size, size_t piece, struct buffer *said)
{
    struct http_stream stream;
    struct http_stream_sink sink = {said, on_head, on_end};
    buffer_init(said, SAID_MAX);
    http_stream_init(&stream);
    for (size_t at = 0; at < size; at += piece)
        http_stream_bytes(&stream, data + at, size - at < piece ? size - at : piece, &sink);
    assert(stream.line.length <= HTTP_HEAD_MAX);
    http_stream_close(&stream, true, &sink);
    http_stream_done(&stream);
}

int fuzz_harness_observe_http_stream(const uint8_t *data, size_t size)
{
    struct buffer whole, other;
    if (size == 0)
        return 0;
    const size_t pieces[] = {1, 1 + (size_t)data[size - 1]};
    listen(data, size, size, &whole);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        listen(data, size, pieces[i], &other);
        assert(other.length == whole.length &&
               (whole.length == 0 || memcmp(other.data, whole.data, whole.length) == 0));
        buffer_done(&other);
    }
    buffer_done(&whole);
    return 0;
}
