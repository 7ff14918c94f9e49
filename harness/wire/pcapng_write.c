/* SPDX-License-Identifier: MIT */
#include "harness/wire/pcapng.h"
#include "harness/wire/pcapng_format.h"
#include <string.h>

/* Files are written little-endian on every machine: the same run gives the same bytes. */
static void put_le16(struct buffer *buffer, uint16_t value)
{
    buffer_u8(buffer, (uint8_t)value);
    buffer_u8(buffer, (uint8_t)(value >> 8));
}

static void put_le32(struct buffer *buffer, uint32_t value)
{
    put_le16(buffer, (uint16_t)value);
    put_le16(buffer, (uint16_t)(value >> 16));
}

static void put_padded(struct buffer *buffer, const void *bytes, size_t length)
{
    static const uint8_t zeros[3];
    buffer_append(buffer, bytes, length);
    buffer_append(buffer, zeros, pcapng_padding(length));
}

static void put_option(struct buffer *buffer, uint16_t code, const void *value, size_t length)
{
    put_le16(buffer, code);
    put_le16(buffer, (uint16_t)length);
    put_padded(buffer, value, length);
}

/* Cut at PCAPNG_COMMENT_MAX, between two characters of UTF-8. */
static void put_text_option(struct buffer *buffer, uint16_t code, const char *text)
{
    size_t length = strnlen(text, PCAPNG_COMMENT_MAX);
    if (length == PCAPNG_COMMENT_MAX) {
        length--;
        while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
            length--;
    }
    if (length > 0)
        put_option(buffer, code, text, length);
}

/* Both lengths of a block are filled in by block_end. */
static size_t block_start(struct buffer *buffer, uint32_t type)
{
    size_t start = buffer->length;
    put_le32(buffer, type);
    put_le32(buffer, 0);
    return start;
}

static void block_end(struct buffer *buffer, size_t start)
{
    uint32_t length = (uint32_t)(buffer->length + 4 - start);
    put_le32(buffer, length);
    if (buffer->failed)
        return;
    for (size_t i = 0; i < 4; i++)
        buffer->data[start + 4 + i] = (uint8_t)(length >> 8 * i);
}

void pcapng_encode_header(struct buffer *buffer, const char *application, const char *interface)
{
    size_t start = block_start(buffer, PCAPNG_SECTION_HEADER);
    put_le32(buffer, PCAPNG_BYTE_ORDER_MAGIC);
    put_le16(buffer, PCAPNG_MAJOR_VERSION);
    put_le16(buffer, 0);
    put_le32(buffer, UINT32_MAX); /* section length of 64 bits: not told */
    put_le32(buffer, UINT32_MAX);
    put_text_option(buffer, PCAPNG_OPTION_APPLICATION, application ? application : "");
    put_option(buffer, PCAPNG_OPTION_END, NULL, 0);
    block_end(buffer, start);

    start = block_start(buffer, PCAPNG_INTERFACE_DESCRIPTION);
    put_le16(buffer, PCAPNG_LINK_ETHERNET);
    put_le16(buffer, 0);
    put_le32(buffer, PCAPNG_FRAME_MAX);
    put_text_option(buffer, PCAPNG_OPTION_INTERFACE_NAME, interface ? interface : "");
    const uint8_t resolution = PCAPNG_MICROSECONDS;
    put_option(buffer, PCAPNG_OPTION_TIME_RESOLUTION, &resolution, 1);
    put_option(buffer, PCAPNG_OPTION_END, NULL, 0);
    block_end(buffer, start);
}

void pcapng_encode_frame(struct buffer *buffer, uint64_t time_us, const uint8_t *bytes,
                         size_t length, size_t wire_length, const char *comment)
{
    if (length > PCAPNG_FRAME_MAX)
        length = PCAPNG_FRAME_MAX;
    size_t start = block_start(buffer, PCAPNG_ENHANCED_PACKET);
    put_le32(buffer, 0); /* the one interface */
    put_le32(buffer, (uint32_t)(time_us >> 32));
    put_le32(buffer, (uint32_t)time_us);
    put_le32(buffer, (uint32_t)length);
    put_le32(buffer, wire_length < UINT32_MAX ? (uint32_t)wire_length : UINT32_MAX);
    put_padded(buffer, bytes, length);
    if (comment && *comment) {
        put_text_option(buffer, PCAPNG_OPTION_COMMENT, comment);
        put_option(buffer, PCAPNG_OPTION_END, NULL, 0);
    }
    block_end(buffer, start);
}

void pcapng_encode_tls_secrets(struct buffer *buffer, const char *lines, size_t length)
{
    if (length > UINT32_MAX / 2) {
        buffer->failed = true;
        return;
    }
    size_t start = block_start(buffer, PCAPNG_DECRYPTION_SECRETS);
    put_le32(buffer, PCAPNG_SECRETS_TLS_KEY_LOG);
    put_le32(buffer, (uint32_t)length);
    put_padded(buffer, lines, length);
    block_end(buffer, start);
}
