/* SPDX-License-Identifier: MIT */
#include "fakes/phone/chatter.h"
#include "harness/base/buffer.h"
#include "harness/wire/frame.h"
#include <stdio.h>
#include <string.h>

enum {
    FRAME_BYTES_MAX = 512,
    TYPE_ARP = 0x0806,
    TYPE_LLDP = 0x88cc,
    PORT_NTP = 123,
    PORT_MDNS = 5353,
    PORT_SIP = 5060,
};
static const struct mac everybody = {{255, 255, 255, 255, 255, 255}};

static void send_frame(struct phone_actions *actions, struct buffer *frame)
{
    const struct phone_action action = {
        .kind = PHONE_SEND_FRAME, .bytes = frame->data, .length = frame->length};
    if (!frame->failed)
        phone_actions_put(actions, &action);
    buffer_done(frame);
}

static void begin_frame(const struct chatter *self, struct buffer *frame, const uint8_t *to,
                        uint16_t type)
{
    buffer_init(frame, FRAME_BYTES_MAX);
    buffer_append(frame, to, MAC_BYTES);
    buffer_append(frame, self->mac.bytes, MAC_BYTES);
    buffer_be16(frame, type);
}

/* RFC 5227: a probe (sender 0) or an announcement. */
static void send_arp(struct phone_actions *actions, const struct chatter *self, uint32_t sender,
                     uint32_t target)
{
    static const uint8_t kind[] = {0, 1, 8, 0, MAC_BYTES, 4, 0, ARP_REQUEST};
    static const uint8_t unknown[MAC_BYTES];
    struct buffer frame;
    begin_frame(self, &frame, everybody.bytes, TYPE_ARP);
    buffer_append(&frame, kind, sizeof kind);
    buffer_append(&frame, self->mac.bytes, MAC_BYTES);
    buffer_be32(&frame, sender);
    buffer_append(&frame, unknown, MAC_BYTES);
    buffer_be32(&frame, target);
    send_frame(actions, &frame);
}

/* Chassis, port, time to live, end (IEEE 802.1AB). */
static void send_lldp(struct phone_actions *actions, const struct chatter *self)
{
    static const uint8_t group[] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
    static const uint8_t chassis[] = {0x02, 0x07, 4}, port[] = {0x04, 0x07, 3},
                         rest[] = {0x06, 0x02, 0x00, 0xb4, 0x00, 0x00};
    struct buffer frame;
    begin_frame(self, &frame, group, TYPE_LLDP);
    buffer_append(&frame, chassis, sizeof chassis);
    buffer_append(&frame, self->mac.bytes, MAC_BYTES);
    buffer_append(&frame, port, sizeof port);
    buffer_append(&frame, self->mac.bytes, MAC_BYTES);
    buffer_append(&frame, rest, sizeof rest);
    send_frame(actions, &frame);
}

/* CDP is IEEE 802.3 with SNAP: where Ethernet II has a type, this has a length. */
static void send_cdp(struct phone_actions *actions, const struct chatter *self)
{
    static const uint8_t group[] = {0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc};
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00};
    static const uint8_t version[] = {0x02, 0xb4, 0x00, 0x00}, device[] = {0x00, 0x01};
    size_t name = strlen(self->host_name);
    struct buffer frame;
    begin_frame(self, &frame, group,
                (uint16_t)(sizeof snap + sizeof version + sizeof device + 2 + name));
    buffer_append(&frame, snap, sizeof snap);
    buffer_append(&frame, version, sizeof version);
    buffer_append(&frame, device, sizeof device);
    buffer_be16(&frame, (uint16_t)(4 + name));
    buffer_append(&frame, self->host_name, name);
    send_frame(actions, &frame);
}

static void send_udp(struct phone_actions *actions, const struct chatter *self, uint32_t source,
                     uint32_t to, uint16_t port, const void *payload, size_t length)
{
    struct frame headers = {.source_mac = self->mac,
                            .destination_mac = everybody,
                            .source = source,
                            .destination = to,
                            .source_port = port,
                            .destination_port = port};
    struct buffer frame;
    if (to != UINT32_MAX) /* RFC 1112 section 6.4 */
        headers.destination_mac = (struct mac){
            {0x01, 0x00, 0x5e, (uint8_t)(to >> 16 & 0x7f), (uint8_t)(to >> 8), (uint8_t)to}};
    buffer_init(&frame, FRAME_BYTES_MAX);
    frame_encode_udp(&frame, &headers, payload, length);
    send_frame(actions, &frame);
}

/* A question for _sip._udp.local; an NTP client's packet; a SIP OPTIONS to the SIP group. */
static void send_datagrams(struct phone_actions *actions, const struct chatter *self,
                           uint32_t source)
{
    static const uint8_t mdns[] = "\0\0\0\0\0\1\0\0\0\0\0\0\4_sip\4_udp\5local\0\0\14\0\1";
    static const uint8_t ntp[48] = {0x23};
    unsigned chatter = self->variation->chatter;
    char sip[FRAME_BYTES_MAX / 2];
    if (chatter & CHATTER_MDNS)
        send_udp(actions, self, source, UINT32_C(0xe00000fb), PORT_MDNS, mdns, sizeof mdns - 1);
    if (chatter & CHATTER_NTP)
        send_udp(actions, self, source, UINT32_MAX, PORT_NTP, ntp, sizeof ntp);
    if (chatter & CHATTER_SIP) {
        int length = snprintf(sip, sizeof sip,
                              "OPTIONS sip:224.0.1.75 SIP/2.0\r\nCall-ID: %s\r\n"
                              "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                              self->host_name);
        send_udp(actions, self, source, UINT32_C(0xe000014b), PORT_SIP, sip, (size_t)length);
    }
}

void chatter_at_link(struct phone_actions *actions, const struct chatter *self)
{
    if (self->variation->chatter & CHATTER_LLDP)
        send_lldp(actions, self);
    if (self->variation->chatter & CHATTER_CDP)
        send_cdp(actions, self);
}

void chatter_probe(struct phone_actions *actions, const struct chatter *self, uint32_t address)
{
    send_arp(actions, self, 0, address);
}

void chatter_at_address(struct phone_actions *actions, const struct chatter *self, uint32_t address)
{
    for (unsigned i = 0; i < self->variation->announcements; i++)
        send_arp(actions, self, address, address);
    send_datagrams(actions, self, address);
    chatter_at_link(actions, self);
}
