/* SPDX-License-Identifier: MIT */
/* Ethernet II (one optional 802.1Q tag) / IPv4 (RFC 791) / UDP (RFC 768) / TCP (RFC 9293) headers,
 * and ARP (RFC 826).
 * Decoding borrows: payload points into the bytes given. IPv4 fragments other than the first, and
 * everything above IPv4 that is neither UDP nor TCP, are FRAME_OTHER. */
#ifndef RCLAB_WIRE_FRAME_H
#define RCLAB_WIRE_FRAME_H

#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include <stddef.h>

enum frame_kind { FRAME_OTHER, FRAME_ARP, FRAME_UDP, FRAME_TCP };
enum { ARP_REQUEST = 1, ARP_REPLY = 2 };
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct frame {
    enum frame_kind kind;
    struct mac source_mac, destination_mac;
    uint16_t ethertype;
    uint32_t source, destination; /* IPv4, host order; for ARP sender and target address */
    uint16_t arp_operation;
    struct mac arp_source_mac, arp_destination_mac; /* of the ARP message; of its sender, target */
    uint16_t source_port, destination_port;
    uint32_t sequence, acknowledgement; /* TCP */
    uint8_t tcp_flags;
    const uint8_t *payload; /* of UDP or TCP; borrowed */
    size_t payload_length;  /* by the IP length, never past what was captured */
    bool cut;               /* the capture holds less than the IP header announces */
};

/* False: the bytes are not a whole Ethernet + IPv4 + UDP/TCP header (or ARP); ret untouched. */
bool frame_decode(const uint8_t *bytes, size_t length, struct frame *ret_frame);
/* Appends Ethernet + IPv4 + UDP + payload with valid checksums. */
void frame_encode_udp(struct buffer *buffer, const struct frame *headers, const uint8_t *payload,
                      size_t payload_length);
/* Appends Ethernet + ARP (RFC 826), padded to the least length of a frame. */
void frame_encode_arp(struct buffer *buffer, const struct frame *headers);

#endif
