/* SPDX-License-Identifier: MIT */
/* Frames, settings and moments as the bytes say. Whatever they are: nothing vanishes uncounted,
 * order is kept, each answer is told of once, no more is held than allowed, and with time all
 * drains. */
#include "harness/base/cursor.h"
#include "harness/base/testing.h"
#include "harness/lab/link.h"
#include "harness/wire/frame.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_lab_link(const uint8_t *data, size_t size);

enum {
    PHONE = 1, /* addresses */
    SERVER = 2,
    HEADERS = 54, /* of a segment; a datagram has twelve bytes of it as payload */
    UDP_HEADERS = 42,
    NUMBER_BYTES = 4,
    PORTS = 80, /* more than conversations are remembered */
    BIG_FRAMES = 240,
    BIG_STEP_BYTES = 4000,
    ANSWERS = 64,
    FRAMES_MAX = 4000,
    TURNS_FOR_ONE = LINK_TCP_TRIES + 3, /* first try, retries, delivery */
    IP_PROTOCOL_TCP = 6,
    IP_PROTOCOL_UDP = 17,
};
struct trial {
    struct link *link;
    struct relay_out out;
    uint64_t now_us;
    bool tidy; /* nothing is asked for that brings datagrams out of order */
    uint32_t offered;
    uint32_t last[RELAY_SIDES][2][PORTS]; /* the last number handed on, by protocol and port */
    uint32_t last_datagram[RELAY_SIDES];
    uint8_t came[RELAY_SIDES][FRAMES_MAX + 1]; /* how often each datagram did, by number */
    size_t bytes_out;
    uint8_t expected[ANSWERS], told[ANSWERS];
    unsigned answers;
    uint8_t frame[HEADERS + (UINT8_MAX - BIG_FRAMES + 2) * BIG_STEP_BYTES];
};

static uint32_t number_of(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void handed_on(void *context, enum relay_side to, const struct relay_frame *frame,
                      uint64_t at_us)
{
    struct trial *trial = context;
    struct frame head;
    trial->bytes_out += frame->length;
    must(at_us <= trial->now_us);
    if (!trial->tidy || !frame_decode(frame->bytes, frame->length, &head) ||
        head.payload_length < NUMBER_BYTES)
        return;
    uint16_t port = to == RELAY_LAB ? head.source_port : head.destination_port;
    must(port < PORTS);
    uint32_t number = number_of(head.payload);
    must(number <= trial->offered);
    if (head.kind == FRAME_UDP) {
        must(trial->came[to][number] < 2);
        if (trial->came[to][number]++ > 0)
            return; /* a copy, which others may overtake */
    }
    uint32_t *last = &trial->last[to][head.kind == FRAME_TCP][port];
    must(number >= *last);
    *last = number;
    if (head.kind != FRAME_UDP || to == RELAY_PHONES)
        return;
    /* Datagrams of the phone's: whatever the conversation. (None of them asks for TFTP.) */
    must(number >= trial->last_datagram[to]);
    trial->last_datagram[to] = number;
}

static void told(void *context, void *answer, bool arrived)
{
    struct trial *trial = context;
    size_t number = (size_t)(uintptr_t)answer;
    (void)arrived;
    must(number < trial->answers && trial->expected[number] && !trial->told[number]);
    trial->told[number] = 1;
}

static void check_counters(const struct trial *trial, bool drained)
{
    for (enum network_direction way = 0; way < NETWORK_DIRECTIONS; way++) {
        const struct link_counters *counters = link_counters(trial->link, way);
        uint64_t ended = counters->passed + counters->dropped + counters->gone;
        must(drained ? counters->offered == ended : counters->offered >= ended);
        must(counters->given_up <= counters->gone);
    }
}

/* One of four is none, one is all, the others lie between. */
static uint32_t share(uint8_t byte)
{
    static const uint32_t shares[] = {0, 0, 10000, 300000};
    return byte == UINT8_MAX ? NETWORK_SHARE_ONE : shares[byte & 3];
}

static void set(struct trial *trial, struct cursor *cursor)
{
    struct scenario_network network = {0};
    uint8_t kind = cursor_u8(cursor);
    if ((kind & 7) == 1 || (kind & 7) == 2) {
        network.outage = (kind & 7) == 1 ? NETWORK_CUT : NETWORK_DOWN;
        network.outage_us = (uint64_t)(kind >> 3) * 1000000;
        if (kind >> 3 == 31)
            network.outage_us = UINT64_MAX;
    }
    for (enum network_direction way = 0; way < NETWORK_DIRECTIONS; way++) {
        struct network_path *path = &network.paths[way];
        path->delay_us = (uint64_t)cursor_u8(cursor) * 1000;
        path->jitter_us = (uint64_t)cursor_u8(cursor) * 500;
        path->loss = share(cursor_u8(cursor));
        path->burst = cursor_u8(cursor) & 7;
        path->duplicate = share(cursor_u8(cursor));
        uint8_t rate = cursor_u8(cursor);
        path->rate = rate & 1 ? 0 : NETWORK_RATE_MIN << (rate >> 1 & 15);
        path->queue = cursor_u8(cursor) & 15;
        path->reorder = trial->tidy ? 0 : share(cursor_u8(cursor));
        path->corrupt = trial->tidy ? 0 : share(cursor_u8(cursor));
    }
    link_set(trial->link, &network, trial->now_us);
}

static void put_be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A segment or a datagram between a phone's port and a server's. */
static void offer(struct trial *trial, struct cursor *cursor)
{
    uint8_t what = cursor_u8(cursor), length_byte = cursor_u8(cursor);
    bool phone = what & 1, tcp = what & 2;
    uint8_t port = cursor_u8(cursor) % PORTS, flags = cursor_u8(cursor);
    uint16_t sequence = cursor_be16(cursor);
    size_t payload = length_byte < BIG_FRAMES
                         ? (size_t)length_byte * 8
                         : (size_t)(length_byte - BIG_FRAMES + 1) * BIG_STEP_BYTES;
    uint8_t *frame = trial->frame;
    memset(frame, 0, HEADERS + NUMBER_BYTES);
    frame[12] = 8;
    frame[14] = 0x45;
    put_be16(frame + 16, HEADERS - 14 + payload);
    frame[23] = tcp ? IP_PROTOCOL_TCP : IP_PROTOCOL_UDP;
    frame[29] = phone ? PHONE : SERVER;
    frame[33] = phone ? SERVER : PHONE;
    put_be16(frame + (phone ? 34 : 36), port);
    put_be16(frame + (phone ? 36 : 34), 443);
    size_t payload_at = tcp ? HEADERS : UDP_HEADERS;
    if (tcp) { /* near where numbers wrap */
        put_be16(frame + 38, what & 4 ? 0xffff : 0);
        put_be16(frame + 40, sequence);
        frame[46] = 0x50;
        frame[47] = flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
    } else {
        put_be16(frame + 38, 8 + HEADERS - UDP_HEADERS + payload);
    }
    trial->offered++;
    if (payload_at + NUMBER_BYTES <= HEADERS + payload)
        memcpy(frame + payload_at, &trial->offered, NUMBER_BYTES);
    const struct relay_frame whole = {.bytes = frame, .length = HEADERS + payload};
    link_frame(trial->link, phone ? RELAY_PHONES : RELAY_LAB, &whole, trial->now_us, &trial->out);
}

static void offer_raw(struct trial *trial, struct cursor *cursor)
{
    size_t length = cursor_u8(cursor);
    if (length > cursor_left(cursor))
        length = cursor_left(cursor);
    const struct relay_frame frame = {.bytes = cursor_take(cursor, length), .length = length};
    if (length > 0 && !trial->tidy)
        link_frame(trial->link, RELAY_PHONES, &frame, trial->now_us, &trial->out);
}

static void expect(struct trial *trial, struct cursor *cursor)
{
    uint8_t port = cursor_u8(cursor) % PORTS;
    if (trial->answers == ANSWERS)
        return;
    unsigned number = trial->answers++;
    trial->expected[number] = link_expect(trial->link, PHONE, port, (void *)(uintptr_t)number);
}

static void pass_time(struct trial *trial, uint64_t then_us)
{
    unsigned turns = 0;
    while (link_next_us(trial->link) <= then_us) {
        uint64_t next_us = link_next_us(trial->link);
        if (next_us > trial->now_us)
            trial->now_us = next_us;
        link_due(trial->link, trial->now_us, &trial->out);
        must(++turns <= TURNS_FOR_ONE * (trial->offered + 2));
    }
    if (then_us > trial->now_us && then_us != UINT64_MAX - 1)
        trial->now_us = then_us;
}

static void drain(struct trial *trial)
{
    static const struct scenario_network plain = {0};
    trial->bytes_out = 0;
    pass_time(trial, UINT64_MAX - 1);
    must(trial->bytes_out <= 2 * (size_t)LINK_HELD_BYTES_MAX); /* with duplicates */
    check_counters(trial, true);
    link_set(trial->link, &plain, trial->now_us);
    must(link_is_plain(trial->link) && link_next_us(trial->link) == UINT64_MAX);
}

static void step(struct trial *trial, struct cursor *cursor)
{
    uint8_t what = cursor_u8(cursor);
    switch (what & 15) {
    case 0:
        set(trial, cursor);
        break;
    case 1:
        pass_time(trial, trial->now_us + ((uint64_t)what << 10));
        break;
    case 2:
        pass_time(trial, trial->now_us + ((uint64_t)what << 20));
        break;
    case 3:
        expect(trial, cursor);
        break;
    case 4:
        if (what == 4)
            link_forget_answers(trial->link);
        break;
    case 5:
        offer_raw(trial, cursor);
        break;
    default:
        offer(trial, cursor);
        break;
    }
    check_counters(trial, false);
}

int fuzz_harness_lab_link(const uint8_t *data, size_t size)
{
    static struct trial trial; /* too big for a stack */
    struct cursor cursor;
    struct error error;
    memset(&trial, 0, offsetof(struct trial, frame));
    trial.out = (struct relay_out){.send = handed_on, .context = &trial};
    cursor_init(&cursor, data, size);
    uint8_t kind = cursor_u8(&cursor);
    trial.tidy = kind & 1;
    const struct link_config config = {.seed = cursor_u8(&cursor),
                                       .real_tcp = !trial.tidy && (kind & 2),
                                       .unimpaired_address = kind & 4 ? SERVER : 0,
                                       .arrived = told,
                                       .context = &trial};
    if (link_new(&config, &trial.link, &error) < 0)
        return 0;
    while (cursor_left(&cursor) > 0 && !cursor.failed && trial.offered < FRAMES_MAX)
        step(&trial, &cursor);
    if (kind & 8) /* or else it goes with all that is under way */
        drain(&trial);
    link_free(trial.link);
    for (unsigned i = 0; i < trial.answers; i++)
        must(trial.told[i] == trial.expected[i]);
    return 0;
}
