/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/pcapng.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_pcapng(const uint8_t *data, size_t size);

static void check_frame(const struct pcapng_frame *frame, const uint8_t *data, size_t size)
{
    if (frame->length > size || frame->bytes < data || frame->bytes + frame->length > data + size)
        abort();
    if (strnlen(frame->comment, sizeof frame->comment) == sizeof frame->comment)
        abort();
}

/* What the reader gives, written anew, reads the same. */
static void check_copy(const struct pcapng_frame *frame)
{
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    pcapng_encode_header(&buffer, "fuzz", "x");
    pcapng_encode_frame(&buffer, frame->time_us, frame->bytes, frame->length, frame->wire_length,
                        frame->comment);
    struct pcapng_reader reader;
    static struct pcapng_frame again;
    pcapng_reader_init(&reader, buffer.data, buffer.length);
    if (!buffer.failed &&
        (!pcapng_reader_next(&reader, &again) || again.length != frame->length ||
         again.time_us != frame->time_us || again.wire_length != frame->wire_length ||
         strcmp(again.comment, frame->comment) != 0))
        abort();
    buffer_done(&buffer);
}

static void read_all(const uint8_t *data, size_t size)
{
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    pcapng_reader_init(&reader, data, size);
    for (uint64_t number = 1; pcapng_reader_next(&reader, &frame); number++) {
        if (frame.number != number)
            abort();
        check_frame(&frame, data, size);
        if (number == 1)
            check_copy(&frame);
    }
}

static void put_number(struct buffer *buffer, bool big_endian, uint32_t value)
{
    buffer_be32(buffer, big_endian ? value : __builtin_bswap32(value));
}

static void put_block(struct buffer *buffer, bool big_endian, uint32_t type, const void *body,
                      size_t body_length)
{
    uint32_t length = (uint32_t)body_length + PCAPNG_BLOCK_BYTES_MIN;
    put_number(buffer, big_endian, type);
    put_number(buffer, big_endian, length);
    buffer_append(buffer, body, body_length);
    put_number(buffer, big_endian, length);
}

/* The bytes as bodies of blocks whose frame is right, which chance alone hardly ever makes: each
 * starts with its type and a length in words. */
static void read_as_blocks(const uint8_t *data, size_t size)
{
    static const uint8_t little[16] = {0x4d, 0x3c, 0x2b, 0x1a, 1};
    static const uint8_t big[16] = {0x1a, 0x2b, 0x3c, 0x4d, 0, 1};
    bool big_endian = data[0] & 1;
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    put_block(&buffer, big_endian, PCAPNG_SECTION_HEADER, big_endian ? big : little, sizeof big);
    put_block(&buffer, big_endian, PCAPNG_INTERFACE_DESCRIPTION, "\0\1\0\0\0\0\0", 8);
    for (size_t i = 1; i + 2 <= size;) {
        uint32_t type = data[i] & 7;
        size_t length = (size_t)data[i + 1] * 4;
        i += 2;
        if (length > size - i)
            length = (size - i) / 4 * 4;
        put_block(&buffer, big_endian, type, data + i, length);
        i += length;
    }
    if (!buffer.failed)
        read_all(buffer.data, buffer.length);
    buffer_done(&buffer);
}

int fuzz_harness_wire_pcapng(const uint8_t *data, size_t size)
{
    read_all(data, size);
    if (size > 0)
        read_as_blocks(data, size);
    return 0;
}
