/* SPDX-License-Identifier: MIT */
/* The bytes as frames, and DHCP messages of some 60 devices that are made of them. */
#include "harness/base/buffer.h"
#include "harness/base/cursor.h"
#include "harness/lab/strangers.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_lab_strangers(const uint8_t *data, size_t size);

enum { RAW_BYTES = 400, FRAME_BYTES_MAX = 1024, VENDOR_BYTES_MAX = 40, DEVICES = 64, KNOWN = 1 };

struct told {
    unsigned count;                            /* of reports */
    unsigned device[DEVICES], server[DEVICES]; /* of devices with numbers */
};

static void seen(void *context, const struct stranger *stranger)
{
    static const uint8_t ours[] = {2, 7, 0, 0, 0};
    struct told *told = context;
    for (const char *at = stranger->vendor; *at; at++)
        assert((unsigned char)*at >= ' ' && (unsigned char)*at <= '~');
    told->count++;
    if (memcmp(stranger->mac.bytes, ours, sizeof ours) == 0 && stranger->mac.bytes[5] < DEVICES)
        ++(stranger->kind == STRANGER_DHCP_SERVER ? told->server
                                                  : told->device)[stranger->mac.bytes[5]];
}

/* Twice the same tells nothing new. */
static void frame_comes(struct strangers *strangers, const struct told *told, const uint8_t *bytes,
                        size_t length)
{
    strangers_frame(strangers, bytes, length);
    unsigned before = told->count;
    strangers_frame(strangers, bytes, length);
    assert(told->count == before);
}

static void message_comes(struct strangers *strangers, const struct told *told,
                          struct cursor *cursor)
{
    struct buffer payload, bytes;
    const uint8_t number = cursor_u8(cursor) % DEVICES;
    const bool reply = cursor_u8(cursor) % 4 == 0;
    size_t vendor_length = cursor_u8(cursor) % VENDOR_BYTES_MAX;
    if (vendor_length > cursor_left(cursor))
        vendor_length = cursor_left(cursor);
    struct frame headers = {.source_mac = {{2, 7, 0, 0, 0, number}},
                            .source = 0x0a000001u + number,
                            .destination = 0xffffffffu,
                            .source_port = reply ? DHCP_SERVER_PORT : DHCP_CLIENT_PORT,
                            .destination_port = reply ? DHCP_CLIENT_PORT : DHCP_SERVER_PORT};
    const struct dhcp_message message = {.op = reply ? 2 : 1, .chaddr = headers.source_mac};
    memset(headers.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&payload, FRAME_BYTES_MAX);
    buffer_init(&bytes, FRAME_BYTES_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, reply ? DHCP_OFFER : DHCP_DISCOVER);
    if (vendor_length > 0)
        dhcp_encode_option(&payload, DHCP_OPTION_CLASS_IDENTIFIER,
                           cursor_take(cursor, vendor_length), vendor_length);
    dhcp_encode_end(&payload);
    frame_encode_udp(&bytes, &headers, payload.data, payload.length);
    assert(!payload.failed && !bytes.failed);
    frame_comes(strangers, told, bytes.data, bytes.length);
    if (number != KNOWN)
        assert(reply ? told->server[number] == 1
                     : told->device[number] + told->server[number] >= 1);
    buffer_done(&payload);
    buffer_done(&bytes);
}

int fuzz_harness_lab_strangers(const uint8_t *data, size_t size)
{
    static const struct mac known[] = {{{2, 7, 0, 0, 0, KNOWN}}};
    struct strangers *strangers;
    struct told told = {0};
    struct cursor cursor;
    if (strangers_new(known, 1, seen, &told, &strangers, NULL) < 0)
        return 0;
    cursor_init(&cursor, data, size);
    while (cursor_left(&cursor) > 3)
        message_comes(strangers, &told, &cursor);
    for (size_t at = 0; at < size; at += RAW_BYTES)
        frame_comes(strangers, &told, data + at, size - at < RAW_BYTES ? size - at : RAW_BYTES);
    for (size_t i = 0; i < DEVICES; i++)
        assert(told.device[i] <= 1 && told.server[i] <= 1);
    assert(told.device[KNOWN] + told.server[KNOWN] == 0);
    strangers_free(strangers);
    return 0;
}
