/* SPDX-License-Identifier: MIT */
/* For the tests of codecs: bytes in heap memory of exactly their size, so that the sanitizers and
 * valgrind see a read one byte too far. */
#ifndef RCLAB_WIRE_TEST_BYTES_H
#define RCLAB_WIRE_TEST_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* malloc'd; never NULL. */
static inline uint8_t *test_exact_copy(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (!copy)
        abort();
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

#endif
