/* SPDX-License-Identifier: MIT */
#include "harness/wire/pcapng.h"
#include "harness/base/cursor.h"
#include <string.h>

/* Bytes to the next multiple of four. */
static size_t pcapng_padding(size_t length)
{
    return (4 - length % 4) % 4;
}

/* --- writing --- */

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

/* --- reading --- */

static const uint64_t us_per_second = 1000000;

static uint16_t read_u16(const struct pcapng_reader *reader, struct cursor *cursor)
{
    return reader->big_endian ? cursor_be16(cursor) : cursor_le16(cursor);
}

static uint32_t read_u32(const struct pcapng_reader *reader, struct cursor *cursor)
{
    return reader->big_endian ? cursor_be32(cursor) : cursor_le32(cursor);
}

static uint64_t read_u64(const struct pcapng_reader *reader, struct cursor *cursor)
{
    uint64_t first = read_u32(reader, cursor);
    uint64_t second = read_u32(reader, cursor);
    return reader->big_endian ? first << 32 | second : second << 32 | first;
}

struct option {
    uint16_t code;
    struct cursor value;
};

/* The next option of a block's end; false at the last one, or (failed) where it is malformed.
 * The end mark may be missing (section 3.5). */
static bool next_option(const struct pcapng_reader *reader, struct cursor *options,
                        struct option *ret_option)
{
    if (cursor_left(options) == 0)
        return false;
    ret_option->code = read_u16(reader, options);
    size_t length = read_u16(reader, options);
    if (ret_option->code == PCAPNG_OPTION_END)
        return false;
    ret_option->value = cursor_sub(options, length);
    cursor_skip(options, pcapng_padding(length));
    return !options->failed;
}

/* A zero denominator: finer than can be told apart from no time at all. */
static unsigned __int128 ticks_per_second(uint8_t resolution)
{
    unsigned power = resolution & ~(unsigned)PCAPNG_RESOLUTION_BINARY;
    if (resolution & PCAPNG_RESOLUTION_BINARY)
        return (unsigned __int128)1 << power;
    unsigned __int128 ticks = 1;
    for (unsigned i = 0; i < power; i++) {
        if (__builtin_mul_overflow(ticks, (unsigned __int128)10, &ticks))
            return 0;
    }
    return ticks;
}

/* Times before the epoch, or beyond what fits, end at the limit. */
static uint64_t ticks_to_us(const struct pcapng_interface *interface, uint64_t ticks)
{
    unsigned __int128 per_second = ticks_per_second(interface->resolution);
    if (per_second == 0)
        return 0;
    __int128 us = (__int128)((unsigned __int128)ticks * us_per_second / per_second);
    us += (__int128)interface->offset_s * (__int128)us_per_second;
    if (us < 0)
        return 0;
    return us > (__int128)UINT64_MAX ? UINT64_MAX : (uint64_t)us;
}

static bool read_interface(struct pcapng_reader *reader, struct cursor *body)
{
    struct pcapng_interface interface = {.resolution = PCAPNG_MICROSECONDS};
    cursor_skip(body, 4); /* link type, reserved */
    interface.snap_length = read_u32(reader, body);
    struct option option;
    while (next_option(reader, body, &option)) {
        if (option.code == PCAPNG_OPTION_TIME_RESOLUTION && cursor_left(&option.value) == 1)
            interface.resolution = cursor_u8(&option.value);
        else if (option.code == PCAPNG_OPTION_TIME_OFFSET && cursor_left(&option.value) == 8)
            interface.offset_s = (int64_t)read_u64(reader, &option.value);
    }
    if (reader->interface_count < PCAPNG_INTERFACES_MAX)
        reader->interfaces[reader->interface_count++] = interface;
    return !body->failed;
}

/* Several comments of one frame become one text, a line each; what does not fit is cut. */
static void append_comment(char text[PCAPNG_COMMENT_MAX], struct cursor *value)
{
    size_t used = strlen(text);
    if (used > 0 && used < PCAPNG_COMMENT_MAX - 1)
        text[used++] = '\n';
    size_t length = cursor_left(value);
    const char *bytes = (const char *)cursor_take(value, length);
    if (length > PCAPNG_COMMENT_MAX - 1 - used)
        length = PCAPNG_COMMENT_MAX - 1 - used;
    length = strnlen(bytes, length);
    memcpy(text + used, bytes, length);
    text[used + length] = '\0';
}

/* Enhanced and obsolete packet blocks differ in how they name their interface only. */
static bool read_packet(struct pcapng_reader *reader, uint32_t type, struct cursor *body,
                        struct pcapng_frame *frame)
{
    uint32_t interface;
    if (type == PCAPNG_PACKET) {
        interface = read_u16(reader, body);
        cursor_skip(body, 2); /* drops */
    } else {
        interface = read_u32(reader, body);
    }
    uint64_t high = read_u32(reader, body);
    uint64_t ticks = high << 32 | read_u32(reader, body);
    frame->length = read_u32(reader, body);
    frame->wire_length = read_u32(reader, body);
    frame->bytes = cursor_take(body, frame->length);
    cursor_skip(body, pcapng_padding(frame->length));
    if (body->failed || interface >= reader->interface_count)
        return false;
    frame->time_us = ticks_to_us(&reader->interfaces[interface], ticks);
    struct option option;
    while (next_option(reader, body, &option)) {
        if (option.code == PCAPNG_OPTION_COMMENT)
            append_comment(frame->comment, &option.value);
    }
    return !body->failed;
}

/* Without a time and an interface: it belongs to the first one. */
static bool read_simple_packet(struct pcapng_reader *reader, struct cursor *body,
                               struct pcapng_frame *frame)
{
    frame->wire_length = read_u32(reader, body);
    if (body->failed || reader->interface_count == 0)
        return false;
    frame->length = frame->wire_length;
    uint32_t snap_length = reader->interfaces[0].snap_length;
    if (snap_length && frame->length > snap_length)
        frame->length = snap_length;
    frame->bytes = cursor_take(body, frame->length);
    return !body->failed;
}

struct block {
    uint32_t type;
    struct cursor body;
};

/* A section header tells the byte order of what follows, its own length included. */
static bool begin_section(struct pcapng_reader *reader, struct cursor cursor)
{
    cursor_skip(&cursor, 4); /* the length */
    uint32_t magic = cursor_le32(&cursor);
    reader->big_endian = magic == __builtin_bswap32(PCAPNG_BYTE_ORDER_MAGIC);
    reader->interface_count = 0;
    return magic == PCAPNG_BYTE_ORDER_MAGIC || reader->big_endian;
}

static bool next_block(struct pcapng_reader *reader, struct block *ret_block)
{
    struct cursor cursor;
    cursor_init(&cursor, reader->bytes, reader->length);
    cursor.position = reader->position;
    bool first = reader->position == 0;
    ret_block->type = read_u32(reader, &cursor);
    bool section = ret_block->type == PCAPNG_SECTION_HEADER; /* reads the same both ways */
    if ((first && !section) || (section && !begin_section(reader, cursor)))
        return false;
    size_t length = read_u32(reader, &cursor);
    if (cursor.failed || length < PCAPNG_BLOCK_BYTES_MIN || length % 4)
        return false;
    ret_block->body = cursor_sub(&cursor, length - PCAPNG_BLOCK_BYTES_MIN);
    size_t again = read_u32(reader, &cursor);
    if (cursor.failed || again != length)
        return false;
    reader->position = cursor.position;
    return true;
}

static bool check_section(const struct pcapng_reader *reader, struct cursor *body)
{
    cursor_skip(body, 4); /* byte-order magic */
    uint16_t major = read_u16(reader, body);
    cursor_skip(body, 2 + 8); /* minor version, section length */
    return !body->failed && major == PCAPNG_MAJOR_VERSION;
}

/* Handles one block; *ret_is_frame tells whether it held a frame. False if it is malformed. */
static bool read_block(struct pcapng_reader *reader, struct block *block,
                       struct pcapng_frame *frame, bool *ret_is_frame)
{
    *ret_is_frame = true;
    switch (block->type) {
    case PCAPNG_ENHANCED_PACKET:
    case PCAPNG_PACKET:
        return read_packet(reader, block->type, &block->body, frame);
    case PCAPNG_SIMPLE_PACKET:
        return read_simple_packet(reader, &block->body, frame);
    default:
        *ret_is_frame = false;
    }
    if (block->type == PCAPNG_SECTION_HEADER)
        return check_section(reader, &block->body);
    if (block->type == PCAPNG_INTERFACE_DESCRIPTION)
        return read_interface(reader, &block->body);
    return true;
}

void pcapng_reader_init(struct pcapng_reader *reader, const uint8_t *bytes, size_t length)
{
    *reader = (struct pcapng_reader){.bytes = bytes, .length = length};
}

bool pcapng_reader_next(struct pcapng_reader *reader, struct pcapng_frame *ret_frame)
{
    /* Every block is twelve bytes at least, so the file's length bounds the turns. */
    while (!reader->bad && reader->position < reader->length) {
        struct block block;
        struct pcapng_frame frame = {0};
        bool is_frame;
        if (!next_block(reader, &block) || !read_block(reader, &block, &frame, &is_frame)) {
            reader->bad = true;
            return false;
        }
        if (is_frame) {
            frame.number = ++reader->frames;
            *ret_frame = frame;
            return true;
        }
    }
    return false;
}
