/* SPDX-License-Identifier: MIT */
/* The input is a series of frames, each behind two bytes of length. Bare noise seldom gets past the
 * Ethernet header, so the lower four bits of the length's first byte choose a header to put before
 * the bytes: a phone's DHCP, DNS, TFTP or TCP in either direction. */
#include "harness/base/buffer.h"
#include "harness/base/cursor.h"
#include "harness/observe/observer.h"
#include "harness/wire/frame.h"
#include <assert.h>

int fuzz_harness_observe_observer(const uint8_t *data, size_t size);

enum {
    PHONE = 0x0A4D0117,
    SERVER = 0x0A4D0002,
    PHONE_PORT = 1024,
    PART_MAX = 1500,
    TIMES = 5,
    PHONES_MAX = 4
};

static const struct mac phone_mac = {{0, 1, 2, 3, 4, 5}};
static const struct mac server_mac = {{2, 1, 2, 3, 4, 5}};

static void put_udp(struct buffer *frame, unsigned kind, const uint8_t *bytes, size_t length)
{
    static const uint16_t ports[] = {67, 53, 69, 3000};
    bool by_phone = (kind & 1) != 0;
    uint16_t port = ports[kind >> 1 & 3];
    uint16_t phone_port = port == 67 ? 68 : PHONE_PORT;
    struct frame headers = {.source_mac = by_phone ? phone_mac : server_mac,
                            .destination_mac = by_phone ? server_mac : phone_mac,
                            .source = by_phone ? PHONE : SERVER,
                            .destination = by_phone ? SERVER : PHONE,
                            .source_port = by_phone ? phone_port : port,
                            .destination_port = by_phone ? port : phone_port};
    frame_encode_udp(frame, &headers, bytes, length);
}

static void put_tcp(struct buffer *frame, bool by_phone, uint8_t flags, uint8_t offset,
                    const uint8_t *bytes, size_t length)
{
    buffer_append(frame, by_phone ? &server_mac : &phone_mac, MAC_BYTES);
    buffer_append(frame, by_phone ? &phone_mac : &server_mac, MAC_BYTES);
    buffer_be16(frame, 0x0800);
    buffer_be16(frame, 0x4500);
    buffer_be16(frame, (uint16_t)(40 + length));
    buffer_be32(frame, 0);
    buffer_be32(frame, 0x40060000);
    buffer_be32(frame, by_phone ? PHONE : SERVER);
    buffer_be32(frame, by_phone ? SERVER : PHONE);
    buffer_be16(frame, by_phone ? PHONE_PORT : 80);
    buffer_be16(frame, by_phone ? 80 : PHONE_PORT);
    buffer_be32(frame, UINT32_MAX - 8 + offset); /* wraps */
    buffer_be32(frame, UINT32_MAX - 7);
    buffer_be16(frame, (uint16_t)(0x5000 | flags));
    buffer_be16(frame, 0xFFFF);
    buffer_be32(frame, 0);
    buffer_append(frame, bytes, length);
}

static void build(struct buffer *frame, struct cursor *cursor)
{
    unsigned kind = cursor_u8(cursor);
    size_t length = cursor_u8(cursor) * TIMES;
    if (length > cursor_left(cursor))
        length = cursor_left(cursor);
    const uint8_t *bytes = cursor_take(cursor, length);
    buffer_clear(frame);
    if ((kind & 15) == 15)
        buffer_append(frame, bytes, length);
    else if (kind & 8)
        put_tcp(frame, (kind & 1) != 0, length > 0 ? TCP_ACK : (uint8_t)(kind >> 4),
                length > 0 ? (uint8_t)(kind >> 4) : 0, bytes, length);
    else
        put_udp(frame, kind & 7, bytes, length);
}

/* The event that proves it; 0 = none. */
static uint64_t cause_of(const struct event *event)
{
    switch (event->type) {
    case EVENT_BOOT:
        return event->boot.cause;
    case EVENT_ATTEMPT:
        return event->attempt.cause;
    case EVENT_FAILED:
        return event->failed.cause;
    case EVENT_STATE:
        return event->state.cause;
    default:
        return 0;
    }
}

/* Time never steps back, phones are known ones, what proves something came before it, and a state
 * follows the one before it. */
static void check_timeline(const struct timeline *timeline, const struct observer *observer)
{
    enum customization_state states[PHONES_MAX] = {STATE_UNKNOWN};
    for (size_t i = 0; i < timeline->count; i++) {
        const struct event *event = &timeline->events[i];
        assert(event->number == i + 1 && event->frame > 0);
        assert(i == 0 || event->time_us >= event[-1].time_us);
        assert(event->phone >= 0 && (size_t)event->phone < observer_phone_count(observer));
        assert(cause_of(event) < event->number);
        if (event->type != EVENT_STATE || event->phone >= PHONES_MAX)
            continue;
        assert(event->state.previous == states[event->phone]);
        states[event->phone] = event->state.state;
    }
    for (int phone = 0; phone < PHONES_MAX; phone++)
        assert(observer_phone_state(observer, phone) == states[phone]);
}

int fuzz_harness_observe_observer(const uint8_t *data, size_t size)
{
    struct observe_world world = {.phones = &phone_mac, .phone_count = 1};
    struct timeline timeline;
    struct observer *observer = NULL;
    struct buffer frame;
    struct cursor cursor;
    struct error error;
    uint64_t frames = 0;
    world.learn_phones = size > 0 && (data[0] & 16);
    timeline_init(&timeline);
    buffer_init(&frame, 2 * PART_MAX);
    cursor_init(&cursor, data, size);
    int code = observer_new(&world, &timeline, &observer, &error);
    assert(code == 0);
    while (cursor_left(&cursor) >= 2) {
        uint64_t first, past_last, before = timeline.count;
        build(&frame, &cursor);
        code =
            observer_frame(observer, frames * 1000, frames + 1, frame.data, frame.length, &error);
        assert(code == 0);
        observer_frame_events(observer, &first, &past_last);
        assert(first == before + 1 && past_last == timeline.count + 1);
        frames++;
    }
    check_timeline(&timeline, observer);
    observer_free(observer);
    timeline_done(&timeline);
    buffer_done(&frame);
    return 0;
}
