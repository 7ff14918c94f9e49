/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/loop/raw_answer.h"
#include <string.h>

void tests_harness_loop_raw_answer(void);

static const struct web_header header = {"Content-Type", "text/xml"};

static struct web_response response_with(const struct web_fault *fault, uint64_t rate)
{
    return (struct web_response){.status = 200,
                                 .headers = &header,
                                 .header_count = 1,
                                 .body = "<x/>",
                                 .body_length = 4,
                                 .rate_bytes_per_s = rate,
                                 .cut_bytes = WEB_NOT_CUT,
                                 .fault = *fault};
}

/* All of it, or what comes up to `max` bytes; when the last of it was due. */
static uint64_t collect(struct raw_answer *raw, size_t max, struct buffer *text)
{
    const uint8_t *bytes;
    size_t length;
    uint64_t due_us = 0;
    buffer_init(text, 1 << 16);
    while (text->length < max && raw_answer_next(raw, &bytes, &length, &due_us)) {
        length = length > max - text->length ? max - text->length : length;
        buffer_append(text, bytes, length);
        raw_answer_sent(raw, length);
    }
    return due_us;
}

static void check(const struct web_fault *fault, bool head_only, const char *expected)
{
    struct raw_answer raw;
    struct buffer text;
    const struct web_response response = response_with(fault, 0);
    CU_ASSERT_TRUE(raw_answer_init(&raw, &response, "OK", head_only));
    collect(&raw, strlen(expected) + (fault->endless && !head_only ? 0 : 1), &text);
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), expected);
    buffer_done(&text);
    raw_answer_done(&raw);
}

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
#define END "Connection: close\r\n\r\n"

static void each_fault(void)
{
    check(&(struct web_fault){.lies = true, .length_bytes = 9}, false,
          HEAD "Content-Length: 9\r\n" END "<x/>");
    check(&(struct web_fault){.lies = true, .length_bytes = 0}, false,
          HEAD "Content-Length: 0\r\n" END "<x/>");
    check(&(struct web_fault){.broken_chunks = true}, false,
          HEAD "Transfer-Encoding: chunked\r\n" END "4\r\n<x/>\r\nthe end\r\n");
    check(&(struct web_fault){.endless = true}, false, HEAD END "<x/>\n\n\n\n\n");
    check(&(struct web_fault){.endless_head = true, .endless = true}, false,
          HEAD
          "Connection: close\r\nX-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
          "X-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nX-Pad");
    check(&(struct web_fault){.line_us = 5}, false, HEAD "Content-Length: 4\r\n" END "<x/>");
}

/* However far it has come, no line breaks off, and it is never told to end. */
static void a_head_without_end(void)
{
    enum { MUCH = 100000, PIECE = 1000 };
    struct raw_answer raw;
    const struct web_response response =
        response_with(&(struct web_fault){.endless_head = true}, 0);
    const uint8_t *bytes;
    size_t length, came = 0, line = 0;
    uint64_t due_us;
    CU_ASSERT_TRUE(raw_answer_init(&raw, &response, "OK", true)); /* to a HEAD, too */
    while (came < MUCH && raw_answer_next(&raw, &bytes, &length, &due_us)) {
        length = length > PIECE ? PIECE : length;
        CU_ASSERT_FALSE(raw_answer_ends_with(&raw, length));
        for (size_t i = 0; i < length; i++) {
            line = bytes[i] == '\n' ? 0 : line + 1;
            CU_ASSERT_TRUE(line < 80 && (line != 0 || i == 0 || bytes[i - 1] == '\r'));
        }
        raw_answer_sent(&raw, length);
        came += length;
    }
    CU_ASSERT_TRUE(came >= MUCH);
    raw_answer_done(&raw);
}

static void a_head_alone(void)
{
    check(&(struct web_fault){.endless = true}, true, HEAD END);
    check(&(struct web_fault){.broken_chunks = true}, true,
          HEAD "Transfer-Encoding: chunked\r\n" END);
}

/* Status, two headers of its own, Connection and the empty line: four gaps. */
static void line_by_line(void)
{
    struct raw_answer raw;
    struct buffer text;
    const struct web_response response = response_with(&(struct web_fault){.line_us = 1000000}, 2);
    CU_ASSERT_TRUE(raw_answer_init(&raw, &response, "OK", false));
    const uint8_t *bytes;
    size_t length;
    uint64_t due_us;
    CU_ASSERT_TRUE(raw_answer_next(&raw, &bytes, &length, &due_us));
    CU_ASSERT_EQUAL(length, strlen("HTTP/1.1 200 OK\r\n"));
    CU_ASSERT_EQUAL(due_us, 0);
    raw_answer_sent(&raw, length);
    CU_ASSERT_TRUE(raw_answer_next(&raw, &bytes, &length, &due_us));
    CU_ASSERT_EQUAL(due_us, 1000000);
    CU_ASSERT_EQUAL(collect(&raw, 1 << 10, &text),
                    4000000 + 2000000); /* four bytes, two a second */
    buffer_done(&text);
    raw_answer_done(&raw);
}

/* What is sent piece by piece is what is sent at once, and the end is told once, at the end. */
static void in_pieces(void)
{
    const struct web_fault faults[] = {
        {.lies = true, .length_bytes = 2}, {.broken_chunks = true}, {.line_us = 1}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct raw_answer whole, pieces;
        struct buffer text;
        const struct web_response response = response_with(&faults[i], 0);
        CU_ASSERT_TRUE(raw_answer_init(&whole, &response, "OK", false));
        CU_ASSERT_TRUE(raw_answer_init(&pieces, &response, "OK", false));
        collect(&whole, 1 << 10, &text);
        const uint8_t *bytes;
        size_t length, at = 0;
        uint64_t due_us;
        while (raw_answer_next(&pieces, &bytes, &length, &due_us)) {
            CU_ASSERT_EQUAL_FATAL(bytes[0], text.data[at]);
            CU_ASSERT_EQUAL(raw_answer_ends_with(&pieces, 1), at + 1 == text.length);
            raw_answer_sent(&pieces, 1);
            at++;
        }
        CU_ASSERT_EQUAL(at, text.length);
        buffer_done(&text);
        raw_answer_done(&whole);
        raw_answer_done(&pieces);
    }
}

static void bounds(void)
{
    static char long_value[RAW_HEAD_BYTES_MAX];
    struct raw_answer raw;
    memset(long_value, 'x', sizeof long_value - 1);
    const struct web_header too_long = {"X", long_value};
    struct web_response response = response_with(&(struct web_fault){.endless = true}, 0);
    response.headers = &too_long;
    CU_ASSERT_FALSE(raw_answer_init(&raw, &response, "OK", false));
    raw_answer_done(&raw);
}

void tests_harness_loop_raw_answer(void)
{
    TEST_SUITE("loop/raw_answer", {"each fault", each_fault}, {"a head alone", a_head_alone},
               {"a head without end", a_head_without_end}, {"line by line", line_by_line},
               {"in pieces", in_pieces}, {"bounds", bounds});
}
