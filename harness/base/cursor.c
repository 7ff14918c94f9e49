/* SPDX-License-Identifier: MIT */
#include "harness/base/cursor.h"

void cursor_init(struct cursor *cursor, const void *bytes, size_t length)
{
    *cursor = (struct cursor){.bytes = bytes, .length = length};
}

size_t cursor_left(const struct cursor *cursor)
{
    return cursor->failed ? 0 : cursor->length - cursor->position;
}

const uint8_t *cursor_take(struct cursor *cursor, size_t length)
{
    if (length > cursor_left(cursor) || cursor->failed) {
        cursor->failed = true;
        return NULL;
    }
    /* Never NULL on success, even for nothing out of nothing. */
    static const uint8_t nothing[1];
    const uint8_t *taken = cursor->bytes ? cursor->bytes + cursor->position : nothing;
    cursor->position += length;
    return taken;
}

void cursor_skip(struct cursor *cursor, size_t length)
{
    (void)cursor_take(cursor, length);
}

struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
    const uint8_t *bytes = cursor_take(cursor, length);
    struct cursor sub;
    cursor_init(&sub, bytes, bytes ? length : 0);
    sub.failed = bytes == NULL;
    return sub;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 1);
    return b ? b[0] : 0;
}

uint16_t cursor_be16(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 2);
    if (!b)
        return 0;
    return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t cursor_be24(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 3);
    return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

uint32_t cursor_be32(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

uint16_t cursor_le16(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 2);
    if (!b)
        return 0;
    return (uint16_t)(b[1] << 8 | b[0]);
}

uint32_t cursor_le32(struct cursor *cursor)
{
    const uint8_t *b = cursor_take(cursor, 4);
    return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}
