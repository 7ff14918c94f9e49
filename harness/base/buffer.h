/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with a maximum given when it is made. Sticky failure: after the maximum
 * or memory is exhausted, `failed` is set and later appends do nothing, so a caller may append
 * many times and test once. The data is always NUL-terminated (the NUL is not counted). */
#ifndef RCLAB_BASE_BUFFER_H
#define RCLAB_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    uint8_t *data;    /* NULL until the first append; owned */
    size_t length;    /* bytes used */
    size_t capacity;  /* bytes allocated */
    size_t max_bytes; /* the bound */
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t max_bytes);
void buffer_done(struct buffer *buffer);               /* safe on zeroed and on done buffers */
void buffer_clear(struct buffer *buffer);              /* length 0, failed false, memory kept */
void buffer_cut(struct buffer *buffer, size_t length); /* to so much of what it has */
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
static inline void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text)); /* inline: that of a literal is counted once */
}
/* Several, one behind the other; NULL ends them. */
void buffer_texts(struct buffer *buffer, const char *text, ...) __attribute__((sentinel));
void buffer_number(struct buffer *buffer, uint64_t number);                  /* decimal */
void buffer_hex(struct buffer *buffer, const uint8_t *bytes, size_t length); /* lower case */
void buffer_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Percent-encoded: all but RFC 3986's unreserved characters. */
void buffer_url_encoded(struct buffer *buffer, const char *text);
void buffer_u8(struct buffer *buffer, uint8_t value);
void buffer_be16(struct buffer *buffer, uint16_t value);
void buffer_be32(struct buffer *buffer, uint32_t value);
/* The text so far, "" when empty; valid until the next append. */
const char *buffer_string(const struct buffer *buffer);

#endif
