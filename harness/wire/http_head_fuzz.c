/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/http_head.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_http_head(const uint8_t *data, size_t size);

/* A head reads the same however many bytes follow it, and is partial until its last byte. */
static void check_pieces(const uint8_t *data, size_t size, enum http_head_result whole,
                         const struct http_head *head)
{
    bool is_head = whole == HTTP_HEAD_REQUEST || whole == HTTP_HEAD_RESPONSE;
    if (is_head && (head->head_bytes > size || head->head_bytes > HTTP_HEAD_MAX))
        abort();
    size_t step = size / 16 + 1;
    for (size_t length = 0; length < size; length += step) {
        struct http_head part = {0};
        enum http_head_result result = http_head_parse(data, length, &part);
        bool early = is_head ? length < head->head_bytes : whole == HTTP_HEAD_PARTIAL;
        if (early && result != HTTP_HEAD_PARTIAL)
            abort();
        if (is_head && !early && (result != whole || part.head_bytes != head->head_bytes))
            abort();
        if (whole == HTTP_HEAD_BAD && result != HTTP_HEAD_BAD && result != HTTP_HEAD_PARTIAL)
            abort();
    }
}

int fuzz_harness_wire_http_head(const uint8_t *data, size_t size)
{
    static struct http_head head;
    memset(&head, 0, sizeof head);
    enum http_head_result result = http_head_parse(data, size, &head);
    check_pieces(data, size, result, &head);
    return 0;
}
