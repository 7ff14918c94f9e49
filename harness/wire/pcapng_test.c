/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/pcapng.h"
#include <pcap/pcap.h>
#include <stdio.h>

void tests_harness_wire_pcapng(void);

enum { FILE_MAX = 1 << 20 };
static const uint64_t time_us = UINT64_C(1700000000123456);
static const uint8_t frame_bytes[] = "an Ethernet frame of 31 bytes..";

static void make(struct buffer *file)
{
    buffer_init(file, FILE_MAX);
    pcapng_encode_header(file, "rclab 0.1", "br0");
    pcapng_encode_tls_secrets(file, "CLIENT_RANDOM 00 11\n", 20);
    pcapng_encode_frame(file, time_us, frame_bytes, 31, 31, "Open \xe2\x86\x92 Pending");
    pcapng_encode_frame(file, time_us + 1, frame_bytes, 20, 60, NULL);
    pcapng_encode_frame(file, time_us + 2, NULL, 0, 0, "");
    CU_ASSERT_FALSE_FATAL(file->failed);
}

static void comments_are_read_back(void)
{
    struct buffer file;
    make(&file);
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    pcapng_reader_init(&reader, file.data, file.length);
    CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_EQUAL(frame.number, 1);
    CU_ASSERT_EQUAL(frame.time_us, time_us);
    CU_ASSERT_EQUAL_FATAL(frame.length, 31);
    CU_ASSERT_EQUAL(memcmp(frame.bytes, frame_bytes, 31), 0);
    CU_ASSERT_STRING_EQUAL(frame.comment, "Open \xe2\x86\x92 Pending");
    CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_EQUAL(frame.number, 2);
    CU_ASSERT_EQUAL(frame.length, 20);
    CU_ASSERT_EQUAL(frame.wire_length, 60);
    CU_ASSERT_STRING_EQUAL(frame.comment, "");
    CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_EQUAL(frame.length, 0);
    CU_ASSERT_FALSE(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_FALSE(reader.bad);
    CU_ASSERT_EQUAL(reader.frames, 3);
    CU_ASSERT_EQUAL(reader.interface_count, 1);
    buffer_done(&file);
}

static void libpcap_reads_it(void)
{
    struct buffer file;
    make(&file);
    char path[512], reason[PCAP_ERRBUF_SIZE] = "";
    snprintf(path, sizeof path, "%s/a.pcapng", testing_folder());
    FILE *out = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(fwrite(file.data, 1, file.length, out), file.length);
    CU_ASSERT_EQUAL(fclose(out), 0);
    buffer_done(&file);

    pcap_t *pcap = pcap_open_offline(path, reason);
    CU_ASSERT_STRING_EQUAL(reason, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
    CU_ASSERT_EQUAL(pcap_datalink(pcap), DLT_EN10MB);
    CU_ASSERT_EQUAL(pcap_snapshot(pcap), PCAPNG_FRAME_MAX);
    static const unsigned lengths[][2] = {{31, 31}, {20, 60}, {0, 0}};
    for (unsigned i = 0; i < 3; i++) {
        struct pcap_pkthdr *header;
        const u_char *bytes;
        CU_ASSERT_EQUAL_FATAL(pcap_next_ex(pcap, &header, &bytes), 1);
        CU_ASSERT_EQUAL(header->caplen, lengths[i][0]);
        CU_ASSERT_EQUAL(header->len, lengths[i][1]);
        CU_ASSERT_EQUAL(header->ts.tv_sec, 1700000000);
        CU_ASSERT_EQUAL(header->ts.tv_usec, 123456 + (int)i);
        CU_ASSERT_EQUAL(memcmp(bytes, frame_bytes, header->caplen), 0);
    }
    struct pcap_pkthdr *header;
    const u_char *bytes;
    CU_ASSERT_EQUAL(pcap_next_ex(pcap, &header, &bytes), PCAP_ERROR_BREAK);
    pcap_close(pcap);
}

/* A file cut between blocks is shorter; cut inside a block it is malformed. */
static void truncated_at_every_length(void)
{
    struct buffer file;
    make(&file);
    size_t bad_cuts = 0;
    for (size_t length = 0; length <= file.length; length++) {
        uint8_t *copy = bytes_exact_copy(file.data, length);
        struct pcapng_reader reader;
        static struct pcapng_frame frame;
        pcapng_reader_init(&reader, copy, length);
        while (pcapng_reader_next(&reader, &frame))
            ;
        CU_ASSERT_TRUE(reader.frames <= 3);
        bad_cuts += reader.bad;
        CU_ASSERT_FALSE(pcapng_reader_next(&reader, &frame)); /* stays at its end */
        free(copy);
    }
    CU_ASSERT_EQUAL(bad_cuts, file.length + 1 - 7); /* nothing at all, and behind six blocks */
    buffer_done(&file);
}

static void long_comments_and_frames_are_cut(void)
{
    static char comment[2 * PCAPNG_COMMENT_MAX];
    static struct pcapng_frame frame;
    static const uint8_t big[PCAPNG_FRAME_MAX + 1];
    for (size_t i = 0; i + 1 < sizeof comment; i++)
        comment[i] = "\xe2\x82\xac"[i % 3]; /* euro signs: 4095 is a whole number of them */
    for (size_t shift = 0; shift < 3; shift++) {
        struct buffer file;
        struct pcapng_reader reader;
        buffer_init(&file, FILE_MAX);
        pcapng_encode_header(&file, NULL, NULL);
        comment[0] = 'x';
        pcapng_encode_frame(&file, 0, big, sizeof big, sizeof big, comment + 3 - shift);
        CU_ASSERT_FALSE_FATAL(file.failed);
        pcapng_reader_init(&reader, file.data, file.length);
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(frame.length, PCAPNG_FRAME_MAX);
        CU_ASSERT_EQUAL(frame.wire_length, PCAPNG_FRAME_MAX + 1);
        size_t left_over = (PCAPNG_COMMENT_MAX - 1 - shift) % 3;
        CU_ASSERT_EQUAL(strlen(frame.comment), PCAPNG_COMMENT_MAX - 1 - left_over);
        buffer_done(&file);
    }
}

/* --- files of other makers, in either byte order --- */

static bool big_endian;

static void put16(struct buffer *buffer, uint16_t value)
{
    buffer_be16(buffer, big_endian ? value : __builtin_bswap16(value));
}

static void put32(struct buffer *buffer, uint32_t value)
{
    buffer_be32(buffer, big_endian ? value : __builtin_bswap32(value));
}

static void put_block(struct buffer *file, uint32_t type, struct buffer *body)
{
    put32(file, type);
    put32(file, (uint32_t)body->length + PCAPNG_BLOCK_BYTES_MIN);
    buffer_append(file, body->data, body->length);
    put32(file, (uint32_t)body->length + PCAPNG_BLOCK_BYTES_MIN);
    buffer_done(body);
}

static void put_section(struct buffer *file, uint16_t major)
{
    struct buffer body;
    buffer_init(&body, FILE_MAX);
    put32(&body, PCAPNG_BYTE_ORDER_MAGIC);
    put16(&body, major);
    put16(&body, 2);
    put32(&body, UINT32_MAX);
    put32(&body, UINT32_MAX);
    put_block(file, PCAPNG_SECTION_HEADER, &body);
}

/* offset 0: option left out */
static void put_interface(struct buffer *file, uint8_t resolution, int64_t offset_s)
{
    struct buffer body;
    buffer_init(&body, FILE_MAX);
    put16(&body, PCAPNG_LINK_ETHERNET);
    put16(&body, 0);
    put32(&body, 8); /* snap length */
    put16(&body, PCAPNG_OPTION_TIME_RESOLUTION);
    put16(&body, 1);
    buffer_u8(&body, resolution);
    buffer_append(&body, "\0\0", 3);
    if (offset_s) {
        uint64_t offset = (uint64_t)offset_s;
        put16(&body, PCAPNG_OPTION_TIME_OFFSET);
        put16(&body, 8);
        put32(&body, (uint32_t)(big_endian ? offset >> 32 : offset));
        put32(&body, (uint32_t)(big_endian ? offset : offset >> 32));
    }
    put_block(file, PCAPNG_INTERFACE_DESCRIPTION, &body); /* no end-of-options mark: allowed */
}

static void put_frame(struct buffer *file, uint32_t interface, uint64_t ticks)
{
    struct buffer body;
    buffer_init(&body, FILE_MAX);
    put32(&body, interface);
    put32(&body, (uint32_t)(ticks >> 32));
    put32(&body, (uint32_t)ticks);
    put32(&body, 3);
    put32(&body, 3);
    buffer_append(&body, "abc", 4);
    for (char c = '1'; c <= '2'; c++) {
        put16(&body, PCAPNG_OPTION_COMMENT);
        put16(&body, 1);
        buffer_u8(&body, (uint8_t)c);
        buffer_append(&body, "\0\0", 3);
    }
    put32(&body, 0);
    put16(&body, PCAPNG_OPTION_COMMENT); /* behind the end mark: none of the options */
    put16(&body, 1);
    buffer_append(&body, "3\0\0", 4);
    put_block(file, PCAPNG_ENHANCED_PACKET, &body);
}

static void put_other_packets(struct buffer *file, uint64_t ticks)
{
    struct buffer body;
    buffer_init(&body, FILE_MAX);
    buffer_append(&body, "whatever", 8);
    put_block(file, 0x0bad, &body); /* unknown: passed over */
    buffer_init(&body, FILE_MAX);
    put32(&body, 20); /* on the wire, of which 8 were kept */
    buffer_append(&body, "abcdefgh", 8);
    put_block(file, PCAPNG_SIMPLE_PACKET, &body);
    buffer_init(&body, FILE_MAX);
    put16(&body, 0); /* interface, drops */
    put16(&body, 7);
    put32(&body, (uint32_t)(ticks >> 32));
    put32(&body, (uint32_t)ticks);
    put32(&body, 2);
    put32(&body, 2);
    buffer_append(&body, "xy\0", 4);
    put_block(file, PCAPNG_PACKET, &body);
}

static void sections_of_either_byte_order(void)
{
    struct buffer file;
    buffer_init(&file, FILE_MAX);
    for (unsigned i = 0; i < 4; i++) {
        big_endian = i % 2;
        put_section(&file, 1);
        put_interface(&file, 6, 0);
        put_frame(&file, 0, time_us);
        put_other_packets(&file, time_us);
    }
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    pcapng_reader_init(&reader, file.data, file.length);
    for (unsigned i = 0; i < 4; i++) {
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(frame.number, 3 * i + 1);
        CU_ASSERT_EQUAL(frame.time_us, time_us);
        CU_ASSERT_EQUAL(frame.length, 3);
        CU_ASSERT_STRING_EQUAL(frame.comment, "1\n2");
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(frame.length, 8);
        CU_ASSERT_EQUAL(frame.wire_length, 20);
        CU_ASSERT_EQUAL(memcmp(frame.bytes, "abcdefgh", 8), 0);
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(frame.time_us, time_us);
        CU_ASSERT_EQUAL(memcmp(frame.bytes, "xy", 2), 0);
        CU_ASSERT_EQUAL(reader.interface_count, 1); /* each section has its own */
    }
    CU_ASSERT_FALSE(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_FALSE(reader.bad);
    buffer_done(&file);
}

/* Comments that together just fill, or just pass, what is kept. */
static void several_long_comments(void)
{
    static struct pcapng_frame frame;
    for (size_t first = PCAPNG_COMMENT_MAX - 4; first < PCAPNG_COMMENT_MAX + 2; first++) {
        struct buffer file, body;
        big_endian = false;
        buffer_init(&file, FILE_MAX);
        buffer_init(&body, FILE_MAX);
        put_section(&file, 1);
        put_interface(&file, 6, 0);
        buffer_append(&body, (const uint8_t[20]){0}, 20); /* an empty frame at time 0 */
        put16(&body, PCAPNG_OPTION_COMMENT);
        put16(&body, (uint16_t)first);
        for (size_t i = 0; i < first + (4 - first % 4) % 4; i++)
            buffer_u8(&body, i < first ? 'x' : 0);
        put16(&body, PCAPNG_OPTION_COMMENT);
        put16(&body, 4);
        buffer_append(&body, "tail", 4);
        put_block(&file, PCAPNG_ENHANCED_PACKET, &body);
        struct pcapng_reader reader;
        pcapng_reader_init(&reader, file.data, file.length);
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(strnlen(frame.comment, sizeof frame.comment), PCAPNG_COMMENT_MAX - 1);
        if (first < PCAPNG_COMMENT_MAX - 1)
            CU_ASSERT_EQUAL(frame.comment[first], '\n');
        buffer_done(&file);
    }
}

static void time_resolutions(void)
{
    static const struct {
        uint8_t resolution;
        int64_t offset_s;
        uint64_t ticks, us;
    } cases[] = {
        {6, 0, 1234567, 1234567},
        {9, 0, 1234567890, 1234567},
        {3, 0, 1234, 1234000},
        {0, 0, 5, 5000000},
        {0x80 | 10, 0, 1024 + 512, 1500000},
        {0x80, 0, 2, 2000000},
        {6, 10, 5, 10000005},
        {6, -1, 1500000, 500000},
        {6, -2, 1500000, 0},            /* before the epoch */
        {0, 0, UINT64_MAX, UINT64_MAX}, /* beyond what fits */
        {6, INT64_MAX, 0, UINT64_MAX},
        {6, INT64_MIN, 0, 0},
        {127, 0, UINT64_MAX, 0},
        {0x80 | 127, 0, UINT64_MAX, 0},
    };
    for (unsigned order = 0; order < 2; order++) {
        big_endian = order;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct buffer file;
            buffer_init(&file, FILE_MAX);
            put_section(&file, 1);
            put_interface(&file, 6, 0);
            put_interface(&file, cases[i].resolution, cases[i].offset_s);
            put_frame(&file, 1, cases[i].ticks);
            struct pcapng_reader reader;
            static struct pcapng_frame frame;
            pcapng_reader_init(&reader, file.data, file.length);
            CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
            CU_ASSERT_EQUAL(frame.time_us, cases[i].us);
            buffer_done(&file);
        }
    }
}

static void is_bad(struct buffer *file)
{
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    pcapng_reader_init(&reader, file->data, file->length);
    CU_ASSERT_FALSE(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_TRUE(reader.bad);
    buffer_done(file);
}

/* A good little-endian file of three blocks with one byte changed. */
static void is_bad_changed(size_t index, uint8_t value)
{
    struct buffer file;
    big_endian = false;
    buffer_init(&file, FILE_MAX);
    put_section(&file, 1);
    put_interface(&file, 6, 0);
    put_frame(&file, 0, 0);
    file.data[index] = value;
    is_bad(&file);
}

static void malformed(void)
{
    enum { SECTION = 28, INTERFACE = 28, FRAME = SECTION + INTERFACE };
    is_bad_changed(0, 1);  /* no section header first */
    is_bad_changed(8, 0);  /* no byte-order magic */
    is_bad_changed(12, 2); /* a major version of its own */
    is_bad_changed(4, 27); /* length no multiple of four */
    is_bad_changed(4, 8);  /* length below the minimum */
    is_bad_changed(4, 32); /* lengths that differ */
    is_bad_changed(SECTION - 4, 32);
    is_bad_changed(7, 0x7f);         /* length beyond the file */
    is_bad_changed(SECTION + 18, 9); /* option beyond its block */
    is_bad_changed(FRAME + 8, 1);    /* an interface that is not described */
    is_bad_changed(FRAME + 20, 200); /* more captured than the block holds */
    is_bad_changed(FRAME + 34, 200); /* comment beyond its block */
    struct buffer file;
    buffer_init(&file, FILE_MAX);
    put_section(&file, 1);
    struct buffer body;
    buffer_init(&body, FILE_MAX);
    put32(&body, 0);
    put_block(&file, PCAPNG_SIMPLE_PACKET, &body); /* before any interface */
    is_bad(&file);
}

static void more_interfaces_than_are_kept(void)
{
    big_endian = false;
    for (uint32_t interface = PCAPNG_INTERFACES_MAX - 1; interface <= PCAPNG_INTERFACES_MAX;
         interface++) {
        struct buffer file;
        buffer_init(&file, FILE_MAX);
        put_section(&file, 1);
        for (unsigned i = 0; i < PCAPNG_INTERFACES_MAX + 2; i++)
            put_interface(&file, 6, 0);
        put_frame(&file, interface, 0);
        struct pcapng_reader reader;
        static struct pcapng_frame frame;
        pcapng_reader_init(&reader, file.data, file.length);
        CU_ASSERT_EQUAL(pcapng_reader_next(&reader, &frame), interface < PCAPNG_INTERFACES_MAX);
        CU_ASSERT_EQUAL(reader.bad, interface == PCAPNG_INTERFACES_MAX);
        buffer_done(&file);
    }
}

void tests_harness_wire_pcapng(void)
{
    TEST_SUITE("wire/pcapng", {"comments are read back", comments_are_read_back},
               {"libpcap reads it", libpcap_reads_it},
               {"truncated at every length", truncated_at_every_length},
               {"long comments and frames are cut", long_comments_and_frames_are_cut},
               {"sections of either byte order", sections_of_either_byte_order},
               {"several long comments", several_long_comments},
               {"time resolutions", time_resolutions}, {"malformed", malformed},
               {"more interfaces than are kept", more_interfaces_than_are_kept});
}
