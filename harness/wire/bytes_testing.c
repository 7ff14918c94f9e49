/* SPDX-License-Identifier: MIT */
#include "harness/wire/bytes_testing.h"

uint8_t *bytes_exact_copy(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        abort();
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}
