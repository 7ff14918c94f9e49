/* SPDX-License-Identifier: MIT */
#include "harness/wire/tftp.h"
#include "harness/base/cursor.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_MAX_S = 255, NUMBER_TEXT_MAX = 24 };

/* The next NUL-terminated string, which is consumed; NULL (and failed) if no NUL is left. */
static const char *take_string(struct cursor *cursor)
{
    size_t left = cursor_left(cursor);
    const uint8_t *start = cursor->bytes ? cursor->bytes + cursor->position : NULL;
    const uint8_t *end = left > 0 ? memchr(start, '\0', left) : NULL;
    if (!end) {
        cursor->failed = true;
        return NULL;
    }
    return (const char *)cursor_take(cursor, (size_t)(end - start) + 1);
}

static bool copy_string(char *destination, size_t size, const char *text)
{
    if (!text || strlen(text) >= size)
        return false;
    memcpy(destination, text, strlen(text) + 1);
    return true;
}

static bool parse_number(const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return false;
    }
    *ret_number = number;
    return true;
}

/* An option whose value makes no sense is left out, as a server does (RFC 2347); of an option
 * given twice the first counts. */
static void take_option(struct tftp_packet *packet, const char *name, const char *value)
{
    uint64_t number;
    if (!parse_number(value, &number))
        return;
    if (strcasecmp(name, "blksize") == 0 && !packet->has_block_bytes &&
        number >= TFTP_BLOCK_BYTES_MIN && number <= TFTP_BLOCK_BYTES_MAX) {
        packet->has_block_bytes = true;
        packet->block_bytes = (uint32_t)number;
    } else if (strcasecmp(name, "timeout") == 0 && !packet->has_timeout && number >= 1 &&
               number <= TIMEOUT_MAX_S) {
        packet->has_timeout = true;
        packet->timeout_s = (uint32_t)number;
    } else if (strcasecmp(name, "tsize") == 0 && !packet->has_transfer_size) {
        packet->has_transfer_size = true;
        packet->transfer_size = number;
    }
}

static bool decode_options(struct cursor *cursor, struct tftp_packet *packet)
{
    while (cursor_left(cursor) > 0) {
        const char *name = take_string(cursor);
        const char *value = take_string(cursor);
        if (!name || !value)
            return false;
        take_option(packet, name, value);
    }
    return !cursor->failed;
}

static bool decode_request(struct cursor *cursor, struct tftp_packet *packet)
{
    if (!copy_string(packet->name, sizeof packet->name, take_string(cursor)) ||
        !copy_string(packet->mode, sizeof packet->mode, take_string(cursor)))
        return false;
    for (char *c = packet->mode; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return decode_options(cursor, packet);
}

/* Text without its NUL, or too long, is no reason to lose the error itself. */
static bool decode_error(struct cursor *cursor, struct tftp_packet *packet)
{
    packet->error = cursor_be16(cursor);
    size_t length = cursor_left(cursor);
    const uint8_t *text = cursor_take(cursor, length);
    if (!text)
        return false;
    if (length >= sizeof packet->message)
        length = sizeof packet->message - 1;
    memcpy(packet->message, text, strnlen((const char *)text, length));
    return true;
}

static bool decode_body(struct cursor *cursor, struct tftp_packet *packet)
{
    switch (packet->opcode) {
    case TFTP_RRQ:
    case TFTP_WRQ:
        return decode_request(cursor, packet);
    case TFTP_DATA:
        packet->block = cursor_be16(cursor);
        packet->data_length = cursor_left(cursor);
        packet->data = cursor_take(cursor, packet->data_length);
        return !cursor->failed;
    case TFTP_ACK:
        packet->block = cursor_be16(cursor);
        return !cursor->failed;
    case TFTP_ERROR:
        return decode_error(cursor, packet);
    case TFTP_OACK:
        return decode_options(cursor, packet);
    default:
        return false;
    }
}

bool tftp_decode(const uint8_t *bytes, size_t length, struct tftp_packet *ret_packet)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, length);
    struct tftp_packet packet = {.opcode = (enum tftp_opcode)cursor_be16(&cursor)};
    if (cursor.failed || !decode_body(&cursor, &packet))
        return false;
    *ret_packet = packet;
    return true;
}

static void append_string(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text) + 1);
}

static void append_option(struct buffer *buffer, const char *name, uint64_t value)
{
    char text[NUMBER_TEXT_MAX];
    snprintf(text, sizeof text, "%" PRIu64, value);
    append_string(buffer, name);
    append_string(buffer, text);
}

static void append_options(struct buffer *buffer, const struct tftp_packet *packet)
{
    if (packet->has_block_bytes)
        append_option(buffer, "blksize", packet->block_bytes);
    if (packet->has_timeout)
        append_option(buffer, "timeout", packet->timeout_s);
    if (packet->has_transfer_size)
        append_option(buffer, "tsize", packet->transfer_size);
}

void tftp_encode(struct buffer *buffer, const struct tftp_packet *packet)
{
    buffer_be16(buffer, (uint16_t)packet->opcode);
    switch (packet->opcode) {
    case TFTP_RRQ:
    case TFTP_WRQ:
        append_string(buffer, packet->name);
        append_string(buffer, packet->mode[0] ? packet->mode : "octet");
        append_options(buffer, packet);
        break;
    case TFTP_DATA:
        buffer_be16(buffer, packet->block);
        buffer_append(buffer, packet->data, packet->data_length);
        break;
    case TFTP_ACK:
        buffer_be16(buffer, packet->block);
        break;
    case TFTP_ERROR:
        buffer_be16(buffer, packet->error);
        append_string(buffer, packet->message);
        break;
    case TFTP_OACK:
        append_options(buffer, packet);
        break;
    }
}
