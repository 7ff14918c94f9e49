/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/frame.h"
#include <stdlib.h>

int fuzz_harness_wire_frame(const uint8_t *data, size_t size);

static void check_arp(const struct frame *frame)
{
    struct frame again;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    frame_encode_arp(&buffer, frame);
    if (buffer.failed || !frame_decode(buffer.data, buffer.length, &again) ||
        again.kind != FRAME_ARP || again.arp_operation != frame->arp_operation ||
        again.source != frame->source || again.destination != frame->destination ||
        !mac_equal(&again.arp_source_mac, &frame->arp_source_mac))
        abort();
    buffer_done(&buffer);
}

int fuzz_harness_wire_frame(const uint8_t *data, size_t size)
{
    struct frame frame;
    if (!frame_decode(data, size, &frame))
        return 0;
    if (frame.kind == FRAME_ARP)
        check_arp(&frame);
    if (frame.kind != FRAME_UDP && frame.kind != FRAME_TCP)
        return 0;
    if (frame.payload < data || frame.payload_length > size ||
        frame.payload + frame.payload_length > data + size)
        abort();
    if (frame.kind == FRAME_TCP)
        return 0;
    struct buffer buffer;
    buffer_init(&buffer, 1 << 17);
    frame_encode_udp(&buffer, &frame, frame.payload, frame.payload_length);
    struct frame again;
    if (!buffer.failed && (!frame_decode(buffer.data, buffer.length, &again) || again.cut ||
                           again.kind != FRAME_UDP || again.source != frame.source ||
                           again.payload_length != frame.payload_length))
        abort();
    buffer_done(&buffer);
    return 0;
}
