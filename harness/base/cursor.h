/* SPDX-License-Identifier: MIT */
/* A bounds-checked reader over bytes from outside, with a sticky error: reads past the end give
 * zeros / NULL and set `failed`; test once at the end. Inline, because every byte of every frame
 * is read through it. */
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

static inline void cursor_init(struct cursor *cursor, const void *bytes, size_t length)
{
    *cursor = (struct cursor){.bytes = (const uint8_t *)bytes, .length = length};
}

/* 0 once failed. */
static inline size_t cursor_left(const struct cursor *cursor)
{
    return cursor->failed ? 0 : cursor->length - cursor->position;
}

/* Pointer to the next `length` bytes, which are consumed; NULL (and failed) if there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *cursor, size_t length)
{
    /* Never NULL on success, even for nothing out of nothing. */
    static const uint8_t nothing[1];
    if (cursor->failed || length > cursor->length - cursor->position) {
        cursor->failed = true;
        return NULL;
    }
    const uint8_t *taken = cursor->bytes ? cursor->bytes + cursor->position : nothing;
    cursor->position += length;
    return taken;
}

static inline void cursor_skip(struct cursor *cursor, size_t length)
{
    (void)cursor_take(cursor, length);
}

/* A cursor over the next `length` bytes, which are consumed here. */
static inline struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
    const uint8_t *bytes = cursor_take(cursor, length);
    return (struct cursor){.bytes = bytes, .length = bytes ? length : 0, .failed = bytes == NULL};
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 1);
    return b ? b[0] : 0;
}

static inline uint16_t cursor_be16(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 2);
    return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t cursor_be24(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 3);
    return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

static inline uint32_t cursor_be32(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint16_t cursor_le16(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 2);
    return b ? (uint16_t)(b[1] << 8 | b[0]) : 0;
}

static inline uint32_t cursor_le32(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 4);
    return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}

#endif
