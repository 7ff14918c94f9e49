/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/frame.h"

void tests_harness_wire_frame(void);

static const char *const payload = "hello";
enum { PAYLOAD = 5, ETHERNET = 14, IP = 20, UDP = 8, TCP = 20 };

static const struct frame headers = {
    .source_mac = {{0x02, 0, 0, 0, 0, 1}},
    .destination_mac = {{0x02, 0, 0, 0, 0, 2}},
    .source = 0x0a000001,
    .destination = 0x0a000002,
    .source_port = 68,
    .destination_port = 67,
};

/* 10.0.0.1:1025 to 10.0.0.2:443, ACK and PSH, four bytes of options, payload "hi". */
static const uint8_t tcp_bytes[] = {
    2,    0,    0,    0,    0,    2,    2,    0,    0,    0,    0,    1,    0x08, 0x00, 0x45,
    0x00, 0x00, 0x2e, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00, 10,   0,    0,    1,
    10,   0,    0,    2,    0x04, 0x01, 0x01, 0xbb, 0x01, 0x02, 0x03, 0x04, 0x11, 0x12, 0x13,
    0x14, 0x60, 0x18, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 'h',  'i'};

static const uint8_t arp_bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0, 0, 0,    0,
                                    1,    0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01,
                                    2,    0,    0,    0,    0,    1,    10,   0, 0, 1,    0,
                                    0,    0,    0,    0,    0,    10,   0,    0, 9};

static void encode(struct buffer *buffer)
{
    buffer_init(buffer, 2000);
    frame_encode_udp(buffer, &headers, (const uint8_t *)payload, PAYLOAD);
    CU_ASSERT_FALSE_FATAL(buffer->failed);
}

/* RFC 1071: the sum over a good packet, its checksum included, is all ones. */
static uint16_t sum_of(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void udp_there_and_back(void)
{
    struct buffer buffer;
    encode(&buffer);
    CU_ASSERT_EQUAL(buffer.length, ETHERNET + IP + UDP + PAYLOAD);
    struct frame frame;
    CU_ASSERT_TRUE_FATAL(frame_decode(buffer.data, buffer.length, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_UDP);
    CU_ASSERT_TRUE(mac_equal(&frame.source_mac, &headers.source_mac));
    CU_ASSERT_TRUE(mac_equal(&frame.destination_mac, &headers.destination_mac));
    CU_ASSERT_EQUAL(frame.source, headers.source);
    CU_ASSERT_EQUAL(frame.destination, headers.destination);
    CU_ASSERT_EQUAL(frame.source_port, 68);
    CU_ASSERT_EQUAL(frame.destination_port, 67);
    CU_ASSERT_EQUAL(frame.ethertype, 0x0800);
    CU_ASSERT_EQUAL_FATAL(frame.payload_length, PAYLOAD);
    CU_ASSERT_EQUAL(memcmp(frame.payload, payload, PAYLOAD), 0);
    CU_ASSERT_FALSE(frame.cut);
    buffer_done(&buffer);
}

static void checksums_are_valid(void)
{
    struct buffer buffer;
    encode(&buffer);
    const uint8_t *ip = buffer.data + ETHERNET;
    CU_ASSERT_EQUAL(sum_of(ip, IP, 0), 0xffff);
    CU_ASSERT_EQUAL(sum_of(ip + 12, 8 + UDP + PAYLOAD, 17 + UDP + PAYLOAD), 0xffff);
    buffer_done(&buffer);
}

/* A payload that makes the sum all ones: its complement, 0, would mean "no checksum". */
static void a_zero_checksum_is_sent_as_ones(void)
{
    struct frame zero = {.source_port = 0};
    uint8_t filler[2];
    uint16_t fill = (uint16_t)(0xffff - (17 + 10 + 10));
    filler[0] = (uint8_t)(fill >> 8);
    filler[1] = (uint8_t)fill;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    frame_encode_udp(&buffer, &zero, filler, 2);
    CU_ASSERT_EQUAL(memcmp(buffer.data + ETHERNET + IP + 6, "\xff\xff", 2), 0);
    buffer_done(&buffer);
}

static void too_much_to_encode(void)
{
    static const uint8_t big[65536];
    struct buffer buffer;
    buffer_init(&buffer, 100000);
    frame_encode_udp(&buffer, &headers, big, 65508);
    CU_ASSERT_TRUE(buffer.failed);
    buffer_clear(&buffer);
    frame_encode_udp(&buffer, &headers, big, 65507);
    CU_ASSERT_FALSE(buffer.failed);
    buffer_done(&buffer);
    buffer_init(&buffer, ETHERNET + IP + UDP);
    frame_encode_udp(&buffer, &headers, big, 1);
    CU_ASSERT_TRUE(buffer.failed);
    buffer_done(&buffer);
}

static void tcp_with_options(void)
{
    struct frame frame;
    CU_ASSERT_TRUE_FATAL(frame_decode(tcp_bytes, sizeof tcp_bytes, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_TCP);
    CU_ASSERT_EQUAL(frame.source_port, 1025);
    CU_ASSERT_EQUAL(frame.destination_port, 443);
    CU_ASSERT_EQUAL(frame.sequence, 0x01020304);
    CU_ASSERT_EQUAL(frame.acknowledgement, 0x11121314);
    CU_ASSERT_EQUAL(frame.tcp_flags, TCP_ACK | TCP_PSH);
    CU_ASSERT_EQUAL_FATAL(frame.payload_length, 2);
    CU_ASSERT_EQUAL(memcmp(frame.payload, "hi", 2), 0);
}

static void arp_addresses(void)
{
    struct frame frame;
    CU_ASSERT_TRUE_FATAL(frame_decode(arp_bytes, sizeof arp_bytes, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_ARP);
    CU_ASSERT_EQUAL(frame.source, 0x0a000001);
    CU_ASSERT_EQUAL(frame.destination, 0x0a000009);
    CU_ASSERT_EQUAL(frame.arp_operation, ARP_REQUEST);
    CU_ASSERT_EQUAL(frame.arp_source_mac.bytes[5], 1);
    CU_ASSERT_EQUAL(frame.arp_destination_mac.bytes[5], 0);
}

static void arp_is_encoded(void)
{
    struct frame frame;
    struct buffer buffer;
    CU_ASSERT_TRUE_FATAL(frame_decode(arp_bytes, sizeof arp_bytes, &frame));
    buffer_init(&buffer, 100);
    frame_encode_arp(&buffer, &frame);
    CU_ASSERT_FALSE_FATAL(buffer.failed);
    CU_ASSERT_EQUAL(buffer.length, 60);
    CU_ASSERT_EQUAL(memcmp(buffer.data, arp_bytes, sizeof arp_bytes), 0);
    for (size_t i = sizeof arp_bytes; i < buffer.length; i++)
        CU_ASSERT_EQUAL(buffer.data[i], 0);
    buffer_done(&buffer);
    buffer_init(&buffer, 59);
    frame_encode_arp(&buffer, &frame);
    CU_ASSERT_TRUE(buffer.failed);
    buffer_done(&buffer);
}

/* Decodes a copy of the TCP fixture with one byte changed. */
static bool decode_changed(size_t index, uint8_t value, struct frame *frame)
{
    uint8_t bytes[sizeof tcp_bytes];
    memcpy(bytes, tcp_bytes, sizeof bytes);
    bytes[index] = value;
    memset(frame, 0, sizeof *frame);
    return frame_decode(bytes, sizeof bytes, frame);
}

static void lying_headers(void)
{
    struct frame frame;
    CU_ASSERT_FALSE(decode_changed(14, 0x65, &frame)); /* version 6 */
    CU_ASSERT_FALSE(decode_changed(14, 0x44, &frame)); /* header of 16 bytes */
    CU_ASSERT_FALSE(decode_changed(14, 0x4f, &frame)); /* header longer than the total */
    CU_ASSERT_FALSE(decode_changed(17, 19, &frame));   /* total below the header */
    CU_ASSERT_FALSE(decode_changed(46, 0x40, &frame)); /* TCP header of 16 bytes */
    CU_ASSERT_FALSE(decode_changed(46, 0xf0, &frame)); /* TCP header beyond the packet */
}

static void what_is_not_looked_into(void)
{
    struct frame frame;
    CU_ASSERT_TRUE(decode_changed(23, 1, &frame)); /* ICMP */
    CU_ASSERT_EQUAL(frame.kind, FRAME_OTHER);
    CU_ASSERT_EQUAL(frame.destination, 0x0a000002);
    CU_ASSERT_TRUE(decode_changed(21, 1, &frame)); /* a later fragment */
    CU_ASSERT_EQUAL(frame.kind, FRAME_OTHER);
    CU_ASSERT_TRUE(decode_changed(20, 0x20, &frame)); /* a first fragment */
    CU_ASSERT_EQUAL(frame.kind, FRAME_TCP);
    CU_ASSERT_TRUE(decode_changed(12, 0x86, &frame)); /* another ethertype */
    CU_ASSERT_EQUAL(frame.kind, FRAME_OTHER);
    CU_ASSERT_EQUAL(frame.ethertype, 0x8600);
}

static void padding_is_no_payload(void)
{
    uint8_t padded[64] = {0};
    memcpy(padded, tcp_bytes, sizeof tcp_bytes);
    struct frame frame;
    CU_ASSERT_TRUE(frame_decode(padded, sizeof padded, &frame));
    CU_ASSERT_EQUAL(frame.payload_length, 2);
    CU_ASSERT_FALSE(frame.cut);
    padded[16] = padded[17] = 0; /* total length 0: all there is */
    CU_ASSERT_TRUE(frame_decode(padded, sizeof padded, &frame));
    CU_ASSERT_EQUAL(frame.payload_length, 2 + 64 - sizeof tcp_bytes);
}

static void one_vlan_tag(void)
{
    uint8_t tagged[sizeof tcp_bytes + 4];
    memcpy(tagged, tcp_bytes, 12);
    memcpy(tagged + 12, "\x81\x00\x00\x07", 4);
    memcpy(tagged + 16, tcp_bytes + 12, sizeof tcp_bytes - 12);
    struct frame frame;
    CU_ASSERT_TRUE(frame_decode(tagged, sizeof tagged, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_TCP);
    CU_ASSERT_EQUAL(frame.payload_length, 2);
}

static void udp_lengths(void)
{
    struct buffer buffer;
    encode(&buffer);
    uint8_t *udp = buffer.data + ETHERNET + IP;
    struct frame frame;
    udp[5] = UDP + 2; /* shorter than the packet: the rest is no payload */
    CU_ASSERT_TRUE(frame_decode(buffer.data, buffer.length, &frame));
    CU_ASSERT_EQUAL(frame.payload_length, 2);
    udp[5] = 200; /* longer: a first fragment */
    CU_ASSERT_TRUE(frame_decode(buffer.data, buffer.length, &frame));
    CU_ASSERT_EQUAL(frame.payload_length, PAYLOAD);
    udp[5] = UDP - 1;
    CU_ASSERT_FALSE(frame_decode(buffer.data, buffer.length, &frame));
    buffer_done(&buffer);
}

static void headers_alone(void)
{
    struct buffer buffer;
    struct frame frame;
    buffer_init(&buffer, 100);
    frame_encode_udp(&buffer, &headers, NULL, 0);
    CU_ASSERT_TRUE(frame_decode(buffer.data, buffer.length, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_UDP);
    CU_ASSERT_EQUAL(frame.payload_length, 0);
    buffer_done(&buffer);
    CU_ASSERT_TRUE(decode_changed(17, 0x2c, &frame)); /* TCP with its options and no more */
    CU_ASSERT_EQUAL(frame.kind, FRAME_TCP);
    CU_ASSERT_EQUAL(frame.payload_length, 0);
    uint8_t other[sizeof arp_bytes];
    memcpy(other, arp_bytes, sizeof other);
    other[15] = 6; /* ARP over another kind of network */
    CU_ASSERT_TRUE(frame_decode(other, sizeof other, &frame));
    CU_ASSERT_EQUAL(frame.kind, FRAME_OTHER);
}

/* Whole headers with a cut payload are a frame; cut headers are not. */
static void truncated_at_every_length(void)
{
    size_t headers_end = ETHERNET + IP + TCP + 4;
    for (size_t length = 0; length <= sizeof tcp_bytes; length++) {
        uint8_t *copy = bytes_exact_copy(tcp_bytes, length);
        struct frame frame = {.kind = FRAME_ARP};
        bool whole = frame_decode(copy, length, &frame);
        CU_ASSERT_EQUAL(whole, length >= headers_end);
        CU_ASSERT_EQUAL(frame.kind, whole ? FRAME_TCP : FRAME_ARP);
        if (whole) {
            CU_ASSERT_EQUAL(frame.payload_length, length - headers_end);
            CU_ASSERT_EQUAL(frame.cut, length < sizeof tcp_bytes);
        }
        free(copy);
    }
    for (size_t length = 0; length < sizeof arp_bytes; length++) {
        uint8_t *copy = bytes_exact_copy(arp_bytes, length);
        struct frame frame;
        CU_ASSERT_FALSE(frame_decode(copy, length, &frame));
        free(copy);
    }
}

void tests_harness_wire_frame(void)
{
    TEST_SUITE("wire/frame", {"UDP there and back", udp_there_and_back},
               {"checksums are valid", checksums_are_valid},
               {"a zero checksum is sent as ones", a_zero_checksum_is_sent_as_ones},
               {"too much to encode", too_much_to_encode}, {"TCP with options", tcp_with_options},
               {"ARP addresses", arp_addresses}, {"ARP is encoded", arp_is_encoded},
               {"lying headers", lying_headers},
               {"what is not looked into", what_is_not_looked_into},
               {"padding is no payload", padding_is_no_payload}, {"one VLAN tag", one_vlan_tag},
               {"UDP lengths", udp_lengths}, {"headers alone", headers_alone},
               {"truncated at every length", truncated_at_every_length});
}
