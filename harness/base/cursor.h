/* SPDX-License-Identifier: MIT */
/* A bounds-checked reader over bytes from outside, with a sticky error: reads past the end give
 * zeros / NULL and set `failed`; test once at the end. */
#ifndef RCLAB_BASE_CURSOR_H
#define RCLAB_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *bytes; /* borrowed */
    size_t length;        /* of bytes */
    size_t position;      /* next byte to read, <= length */
    bool failed;
};

void cursor_init(struct cursor *cursor, const void *bytes, size_t length);
size_t cursor_left(const struct cursor *cursor); /* 0 once failed */
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_be16(struct cursor *cursor);
uint32_t cursor_be24(struct cursor *cursor);
uint32_t cursor_be32(struct cursor *cursor);
uint16_t cursor_le16(struct cursor *cursor);
uint32_t cursor_le32(struct cursor *cursor);
/* Pointer to the next `length` bytes, which are consumed; NULL (and failed) if there are fewer. */
const uint8_t *cursor_take(struct cursor *cursor, size_t length);
void cursor_skip(struct cursor *cursor, size_t length);
/* A cursor over the next `length` bytes, which are consumed here. */
struct cursor cursor_sub(struct cursor *cursor, size_t length);

#endif
