/* SPDX-License-Identifier: MIT */
/* For the tests of codecs: bytes in heap memory of exactly their size, so that the sanitizers and
 * valgrind see a read one byte too far. */
#ifndef RCLAB_WIRE_BYTES_TESTING_H
#define RCLAB_WIRE_BYTES_TESTING_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

uint8_t *bytes_exact_copy(const void *bytes, size_t length); /* malloc'd; never NULL */

#endif
