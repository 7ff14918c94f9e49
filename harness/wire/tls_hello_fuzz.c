/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include "harness/wire/tls_hello.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_tls_hello(const uint8_t *data, size_t size);

/* More bytes never turn whole or bad into something else, nor any into partial. */
static void check_pieces(const uint8_t *data, size_t size)
{
    struct tls_hello hello = {0}, part = {0};
    enum tls_hello_result whole = tls_hello_parse(data, size, &hello);
    if (strnlen(hello.server_name, TLS_SERVER_NAME_MAX) == TLS_SERVER_NAME_MAX)
        abort();
    size_t step = size / 16 + 1;
    for (size_t length = 0; length < size; length += step) {
        enum tls_hello_result result = tls_hello_parse(data, length, &part);
        if (result != TLS_HELLO_PARTIAL && result != whole)
            abort();
        if (result == TLS_HELLO_WHOLE && strcmp(part.server_name, hello.server_name) != 0)
            abort();
    }
}

/* The bytes as extensions of a hello that is right up to there. */
static void check_as_extensions(const uint8_t *data, size_t size)
{
    enum { BEFORE = 2 + 32 + 1 + 4 + 2, EXTENSIONS_MAX = 4000 };
    if (size > EXTENSIONS_MAX)
        size = EXTENSIONS_MAX;
    static const uint8_t start[BEFORE] = {3, 3, [35] = 0, 2, 0x13, 1, 1, 0};
    uint16_t body = (uint16_t)(sizeof start + 2 + size);
    struct buffer buffer;
    buffer_init(&buffer, 1 << 13);
    buffer_append(&buffer, "\x16\3\1", 3);
    buffer_be16(&buffer, (uint16_t)(body + 4));
    buffer_be32(&buffer, 1u << 24 | body);
    buffer_append(&buffer, start, sizeof start);
    buffer_be16(&buffer, (uint16_t)size);
    buffer_append(&buffer, data, size);
    check_pieces(buffer.data, buffer.length);
    buffer_done(&buffer);
}

int fuzz_harness_wire_tls_hello(const uint8_t *data, size_t size)
{
    check_pieces(data, size);
    check_as_extensions(data, size);
    return 0;
}
