/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/tls_hello.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_tls_hello(const uint8_t *data, size_t size);

/* More bytes never turn whole or bad into something else, nor any into partial. */
int fuzz_harness_wire_tls_hello(const uint8_t *data, size_t size)
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
    return 0;
}
