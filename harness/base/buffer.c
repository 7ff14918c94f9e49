/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, NUMBER_DIGITS_MAX = 20 };

void buffer_init(struct buffer *buffer, size_t max_bytes)
{
    *buffer = (struct buffer){.max_bytes = max_bytes};
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.max_bytes = buffer->max_bytes};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void buffer_cut(struct buffer *buffer, size_t length)
{
    if (length >= buffer->length)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

/* Room for `more` bytes and the NUL behind them. */
static bool reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more > buffer->max_bytes - buffer->length || buffer->max_bytes >= SIZE_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : FIRST_CAPACITY;
    if (capacity > buffer->max_bytes + 1)
        capacity = buffer->max_bytes + 1;
    if (capacity < needed)
        capacity = needed;
    uint8_t *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0 || !reserve(buffer, length))
        return;
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_texts(struct buffer *buffer, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    for (; text; text = va_arg(arguments, const char *))
        buffer_text(buffer, text);
    va_end(arguments);
}

void buffer_number(struct buffer *buffer, uint64_t number)
{
    char digits[NUMBER_DIGITS_MAX];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    buffer_append(buffer, digits + at, sizeof digits - at);
}

void buffer_hex(struct buffer *buffer, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    if (length > SIZE_MAX / 2) {
        buffer->failed = true;
        return;
    }
    if (length == 0 || !reserve(buffer, 2 * length))
        return;
    uint8_t *to = buffer->data + buffer->length;
    for (size_t i = 0; i < length; i++) {
        *to++ = (uint8_t)digits[bytes[i] >> 4];
        *to++ = (uint8_t)digits[bytes[i] & 15];
    }
    *to = '\0';
    buffer->length += 2 * length;
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    if (buffer->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    /* Mostly there is room already; what was written without enough of it is taken back. */
    size_t room = buffer->data ? buffer->capacity - buffer->length : 0;
    char *end = room ? (char *)buffer->data + buffer->length : NULL;
    int length = vsnprintf(end, room, format, arguments);
    va_end(arguments);
    bool fits = length >= 0 && (size_t)length < room;
    if (!fits && end)
        *end = '\0';
    if (length < 0)
        buffer->failed = true;
    else if (fits)
        buffer->length += (size_t)length;
    else if (length > 0 && reserve(buffer, (size_t)length)) {
        vsnprintf((char *)buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void buffer_url_encoded(struct buffer *buffer, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-_.~", c))
            buffer_u8(buffer, c);
        else
            buffer_format(buffer, "%%%02X", c);
    }
}

void buffer_u8(struct buffer *buffer, uint8_t value)
{
    buffer_append(buffer, &value, 1);
}

void buffer_be16(struct buffer *buffer, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    buffer_append(buffer, bytes, sizeof bytes);
}

void buffer_be32(struct buffer *buffer, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    buffer_append(buffer, bytes, sizeof bytes);
}

const char *buffer_string(const struct buffer *buffer)
{
    return buffer->data ? (const char *)buffer->data : "";
}
