/* SPDX-License-Identifier: MIT */
#include "harness/wire/frame.h"
#include "harness/base/cursor.h"
#include <string.h>

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ARP_HARDWARE_ETHERNET = 1,
    FRAME_BYTES_MIN = 60, /* IEEE 802.3, without the check sequence */
    IP_PROTOCOL_TCP = 6,
    IP_PROTOCOL_UDP = 17,
    IP_HEADER_BYTES = 20,
    IP_DONT_FRAGMENT = 0x4000,
    IP_FRAGMENT_OFFSET = 0x1fff,
    IP_TTL = 64,
    UDP_HEADER_BYTES = 8,
    UDP_PAYLOAD_MAX = 65535 - IP_HEADER_BYTES - UDP_HEADER_BYTES,
    TCP_HEADER_BYTES = 20,
    TCP_FLAGS = 0x3f,
};

static void read_mac(struct cursor *cursor, struct mac *mac)
{
    const uint8_t *bytes = cursor_take(cursor, MAC_BYTES);
    if (bytes)
        memcpy(mac->bytes, bytes, MAC_BYTES);
}

/* RFC 826; other hardware or protocols than Ethernet and IPv4 are none of ours. */
static bool decode_arp(struct cursor *cursor, struct frame *frame)
{
    uint16_t hardware = cursor_be16(cursor);
    uint16_t protocol = cursor_be16(cursor);
    uint16_t lengths = cursor_be16(cursor);
    uint16_t operation = cursor_be16(cursor);
    if (cursor->failed)
        return false;
    if (hardware != ARP_HARDWARE_ETHERNET || protocol != ETHERTYPE_IPV4 ||
        lengths != (MAC_BYTES << 8 | 4))
        return true;
    frame->arp_operation = operation;
    read_mac(cursor, &frame->arp_source_mac);
    frame->source = cursor_be32(cursor);
    read_mac(cursor, &frame->arp_destination_mac);
    frame->destination = cursor_be32(cursor);
    frame->kind = FRAME_ARP;
    return !cursor->failed;
}

static void set_payload(struct cursor *cursor, size_t announced, struct frame *frame)
{
    size_t left = cursor_left(cursor);
    frame->payload_length = announced < left ? announced : left;
    frame->payload = cursor_take(cursor, frame->payload_length);
}

/* `announced`: bytes behind the IP header by its total length. */
static bool decode_udp(struct cursor *cursor, size_t announced, struct frame *frame)
{
    frame->source_port = cursor_be16(cursor);
    frame->destination_port = cursor_be16(cursor);
    size_t length = cursor_be16(cursor);
    cursor_skip(cursor, 2); /* checksum: often left to the network card, so not checked */
    if (cursor->failed || announced < UDP_HEADER_BYTES || length < UDP_HEADER_BYTES)
        return false;
    /* The first of several fragments announces more than its own packet carries. */
    size_t end = length < announced ? length : announced;
    set_payload(cursor, end - UDP_HEADER_BYTES, frame);
    frame->kind = FRAME_UDP;
    return true;
}

static bool decode_tcp(struct cursor *cursor, size_t announced, struct frame *frame)
{
    frame->source_port = cursor_be16(cursor);
    frame->destination_port = cursor_be16(cursor);
    frame->sequence = cursor_be32(cursor);
    frame->acknowledgement = cursor_be32(cursor);
    size_t header_bytes = (size_t)(cursor_u8(cursor) >> 4) * 4;
    frame->tcp_flags = cursor_u8(cursor) & TCP_FLAGS;
    cursor_skip(cursor, 6); /* window, checksum, urgent pointer */
    if (cursor->failed || header_bytes < TCP_HEADER_BYTES || header_bytes > announced)
        return false;
    cursor_skip(cursor, header_bytes - TCP_HEADER_BYTES);
    if (cursor->failed)
        return false;
    set_payload(cursor, announced - header_bytes, frame);
    frame->kind = FRAME_TCP;
    return true;
}

static bool decode_ipv4(struct cursor *cursor, struct frame *frame)
{
    size_t captured = cursor_left(cursor);
    uint8_t version_ihl = cursor_u8(cursor);
    size_t header_bytes = (size_t)(version_ihl & 15) * 4;
    cursor_skip(cursor, 1);
    size_t total = cursor_be16(cursor);
    cursor_skip(cursor, 2);
    uint16_t fragment = cursor_be16(cursor);
    cursor_skip(cursor, 1);
    uint8_t protocol = cursor_u8(cursor);
    cursor_skip(cursor, 2);
    frame->source = cursor_be32(cursor);
    frame->destination = cursor_be32(cursor);
    if (cursor->failed || version_ihl >> 4 != 4 || header_bytes < IP_HEADER_BYTES)
        return false;
    /* Zero is what a capture of segments larger than 64 KiB shows, before the card cuts them. */
    if (total == 0)
        total = captured;
    if (total < header_bytes)
        return false;
    cursor_skip(cursor, header_bytes - IP_HEADER_BYTES);
    if (cursor->failed)
        return false;
    frame->cut = total > captured;
    /* What lies behind the total length pads the Ethernet frame. */
    size_t available = (frame->cut ? captured : total) - header_bytes;
    struct cursor packet = cursor_sub(cursor, available);
    if (fragment & IP_FRAGMENT_OFFSET)
        return true;
    if (protocol == IP_PROTOCOL_UDP)
        return decode_udp(&packet, total - header_bytes, frame);
    if (protocol == IP_PROTOCOL_TCP)
        return decode_tcp(&packet, total - header_bytes, frame);
    return true;
}

bool frame_decode(const uint8_t *bytes, size_t length, struct frame *ret_frame)
{
    struct frame frame = {.kind = FRAME_OTHER};
    struct cursor cursor;
    cursor_init(&cursor, bytes, length);
    read_mac(&cursor, &frame.destination_mac);
    read_mac(&cursor, &frame.source_mac);
    frame.ethertype = cursor_be16(&cursor);
    if (frame.ethertype == ETHERTYPE_VLAN) {
        cursor_skip(&cursor, 2);
        frame.ethertype = cursor_be16(&cursor);
    }
    if (cursor.failed)
        return false;
    bool whole = true;
    if (frame.ethertype == ETHERTYPE_ARP)
        whole = decode_arp(&cursor, &frame);
    else if (frame.ethertype == ETHERTYPE_IPV4)
        whole = decode_ipv4(&cursor, &frame);
    if (whole)
        *ret_frame = frame;
    return whole;
}

/* The Internet checksum's sum (RFC 1071), not yet folded; an odd last byte is padded with zero. */
static uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (length % 2)
        sum += (uint32_t)bytes[length - 1] << 8;
    return sum;
}

static uint16_t checksum_finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void store_be16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static uint16_t udp_checksum(const struct frame *headers, uint16_t udp_length,
                             const uint8_t *payload, size_t payload_length)
{
    /* Addresses, protocol and length of the pseudo header, then ports and length. */
    uint32_t sum = (headers->source >> 16) + (headers->source & 0xffff) +
                   (headers->destination >> 16) + (headers->destination & 0xffff) +
                   IP_PROTOCOL_UDP + udp_length;
    sum += (uint32_t)headers->source_port + headers->destination_port + udp_length;
    uint16_t checksum = checksum_finish(checksum_add(sum, payload, payload_length));
    return checksum ? checksum : 0xffff; /* 0 on the wire means "none" */
}

void frame_encode_udp(struct buffer *buffer, const struct frame *headers, const uint8_t *payload,
                      size_t payload_length)
{
    if (payload_length > UDP_PAYLOAD_MAX) {
        buffer->failed = true;
        return;
    }
    uint16_t udp_length = (uint16_t)(UDP_HEADER_BYTES + payload_length);
    buffer_append(buffer, headers->destination_mac.bytes, MAC_BYTES);
    buffer_append(buffer, headers->source_mac.bytes, MAC_BYTES);
    buffer_be16(buffer, ETHERTYPE_IPV4);

    size_t ip_start = buffer->length;
    buffer_be16(buffer, 0x4500); /* version 4, five words, no type of service */
    buffer_be16(buffer, (uint16_t)(IP_HEADER_BYTES + udp_length));
    buffer_be16(buffer, 0); /* identification: meaningless where nothing is fragmented */
    buffer_be16(buffer, IP_DONT_FRAGMENT);
    buffer_be16(buffer, IP_TTL << 8 | IP_PROTOCOL_UDP);
    buffer_be16(buffer, 0);
    buffer_be32(buffer, headers->source);
    buffer_be32(buffer, headers->destination);
    if (buffer->failed)
        return;
    uint8_t *ip = buffer->data + ip_start;
    store_be16(ip + 10, checksum_finish(checksum_add(0, ip, IP_HEADER_BYTES)));

    buffer_be16(buffer, headers->source_port);
    buffer_be16(buffer, headers->destination_port);
    buffer_be16(buffer, udp_length);
    buffer_be16(buffer, udp_checksum(headers, udp_length, payload, payload_length));
    buffer_append(buffer, payload, payload_length);
}

void frame_encode_arp(struct buffer *buffer, const struct frame *headers)
{
    size_t start = buffer->length;
    buffer_append(buffer, headers->destination_mac.bytes, MAC_BYTES);
    buffer_append(buffer, headers->source_mac.bytes, MAC_BYTES);
    buffer_be16(buffer, ETHERTYPE_ARP);
    buffer_be16(buffer, ARP_HARDWARE_ETHERNET);
    buffer_be16(buffer, ETHERTYPE_IPV4);
    buffer_be16(buffer, MAC_BYTES << 8 | 4);
    buffer_be16(buffer, headers->arp_operation);
    buffer_append(buffer, headers->arp_source_mac.bytes, MAC_BYTES);
    buffer_be32(buffer, headers->source);
    buffer_append(buffer, headers->arp_destination_mac.bytes, MAC_BYTES);
    buffer_be32(buffer, headers->destination);
    while (!buffer->failed && buffer->length < start + FRAME_BYTES_MIN)
        buffer_u8(buffer, 0);
}
