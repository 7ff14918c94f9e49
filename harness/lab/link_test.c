/* SPDX-License-Identifier: MIT */
/* What the line is asked for against what it does. Bounds are those of the distribution asked for,
 * at six standard deviations: a sound line passes one such comparison but for two in a thousand
 * million, and the seeds are fixed. */
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/link.h"
#include "harness/wire/frame.h"
#include "harness/wire/tftp.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PHONE = 0x0a4d0102,
    SERVER = 0x0a4d0001,
    SYSLOG_PORT = 514,
    WEB_PORT = 443,
    HEADERS_TCP = 54,
    HEADERS_UDP = 42,
    SIGMAS = 6,
    SEEDS = 3,
    STEPS_MAX = 2000000,
    NOT_TOLD = -1,
};

/* --- the line, and what came out of it --- */

struct seen {
    enum relay_side to;
    uint64_t at_us;
    size_t length;
    uint32_t number; /* datagrams: which; segments: where in the sequence their data ends */
    uint8_t flags;
};
struct bench {
    struct link *link;
    struct relay_out out;
    uint64_t now_us;
    struct seen *seen;
    size_t count, capacity;
    uint8_t last[2048]; /* the last frame, as it came */
    int told[16];       /* by the answer's number: has it arrived */
    size_t told_after[16], told_times[16];
};

static uint32_t be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void caught(void *context, enum relay_side to, const struct relay_frame *frame,
                   uint64_t at_us)
{
    struct bench *bench = context;
    struct frame head = {0};
    if (bench->count == bench->capacity) {
        bench->capacity = bench->capacity ? 2 * bench->capacity : 256;
        bench->seen = realloc(bench->seen, bench->capacity * sizeof *bench->seen);
    }
    struct seen *seen = &bench->seen[bench->count++];
    *seen = (struct seen){.to = to, .at_us = bench->now_us, .length = frame->length};
    if (at_us > bench->now_us || !frame_decode(frame->bytes, frame->length, &head))
        return;
    seen->flags = head.tcp_flags;
    if (head.kind == FRAME_TCP)
        seen->number = head.sequence + (uint32_t)head.payload_length + !!(head.tcp_flags & TCP_SYN);
    else if (head.payload_length >= 4)
        seen->number = be32(head.payload);
    memcpy(bench->last, frame->bytes,
           frame->length < sizeof bench->last ? frame->length : sizeof bench->last);
}

static void answered(void *context, void *answer, bool arrived)
{
    struct bench *bench = context;
    size_t number = (size_t)(uintptr_t)answer;
    bench->told[number] = arrived;
    bench->told_after[number] = bench->count;
    bench->told_times[number]++;
}

static void begin_as(struct bench *bench, uint64_t seed, bool real_tcp)
{
    struct error error;
    *bench = (struct bench){.out = {.send = caught, .context = bench}, .now_us = DURATION_S};
    for (size_t i = 0; i < sizeof bench->told / sizeof bench->told[0]; i++)
        bench->told[i] = NOT_TOLD;
    const struct link_config config = {
        .seed = seed, .real_tcp = real_tcp, .arrived = answered, .context = bench};
    CU_ASSERT_EQUAL_FATAL(link_new(&config, &bench->link, &error), 0);
}

static void begin(struct bench *bench, uint64_t seed)
{
    begin_as(bench, seed, false);
}

static void end(struct bench *bench)
{
    link_free(bench->link);
    free(bench->seen);
}

/* Until nothing is under way. */
#define EVER (UINT64_MAX - 1)

/* Time goes on to then, with all that the line does meanwhile. */
static void wait_until(struct bench *bench, uint64_t then_us)
{
    for (unsigned i = 0; link_next_us(bench->link) <= then_us; i++) {
        CU_ASSERT_TRUE_FATAL(i < STEPS_MAX); /* it moves on */
        if (link_next_us(bench->link) > bench->now_us)
            bench->now_us = link_next_us(bench->link);
        link_due(bench->link, bench->now_us, &bench->out);
    }
    if (then_us != EVER && then_us > bench->now_us)
        bench->now_us = then_us;
}

static void drain(struct bench *bench)
{
    wait_until(bench, EVER);
}

static void set(struct bench *bench, const struct network_path *from_phone,
                const struct network_path *to_phone)
{
    const struct scenario_network network = {.paths = {*from_phone, *to_phone}};
    link_set(bench->link, &network, bench->now_us);
}

static void set_both(struct bench *bench, struct network_path path)
{
    set(bench, &path, &path);
}

static void interrupt(struct bench *bench, enum network_outage outage, uint64_t how_long_us)
{
    const struct scenario_network network = {.outage = outage, .outage_us = how_long_us};
    link_set(bench->link, &network, bench->now_us);
}

static const struct link_counters *counted(const struct bench *bench, enum network_direction way)
{
    return link_counters(bench->link, way);
}

static bool adds_up(const struct bench *bench)
{
    for (enum network_direction way = 0; way < NETWORK_DIRECTIONS; way++) {
        const struct link_counters *counters = counted(bench, way);
        if (counters->offered != counters->passed + counters->dropped + counters->gone)
            return false;
    }
    return true;
}

/* Within what chance allows of `count` trials with `share` each. */
static bool is_binomial(uint64_t seen, uint64_t count, double share)
{
    double bound = (double)SIGMAS * sqrt((double)count * share * (1 - share));
    return fabs((double)seen - (double)count * share) <= bound;
}

/* --- datagrams --- */

static void offer_sized(struct bench *bench, enum relay_side from, uint16_t port, uint32_t number,
                        size_t payload_bytes, bool unfinished)
{
    uint8_t payload[1500] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
    struct buffer buffer;
    bool phone = from == RELAY_PHONES;
    const struct frame headers = {.source = phone ? PHONE : SERVER,
                                  .destination = phone ? SERVER : PHONE,
                                  .source_port = phone ? 5000 : port,
                                  .destination_port = phone ? port : 5000};
    buffer_init(&buffer, 2048);
    frame_encode_udp(&buffer, &headers, payload, payload_bytes);
    struct relay_frame frame = {.bytes = buffer.data, .length = buffer.length};
    if (unfinished)
        frame.offload.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    link_frame(bench->link, from, &frame, bench->now_us, &bench->out);
    buffer_done(&buffer);
}

static void offer(struct bench *bench, uint32_t number)
{
    offer_sized(bench, RELAY_PHONES, SYSLOG_PORT, number, 100, false);
}

static void offer_many(struct bench *bench, uint32_t count, uint64_t apart_us)
{
    for (uint32_t i = 0; i < count; i++) {
        offer(bench, i);
        wait_until(bench, bench->now_us + apart_us);
    }
    drain(bench);
    CU_ASSERT_TRUE(adds_up(bench));
}

static void a_plain_line(void)
{
    struct bench bench;
    begin(&bench, 1);
    CU_ASSERT_TRUE(link_is_plain(bench.link));
    CU_ASSERT_EQUAL(link_next_us(bench.link), UINT64_MAX);
    for (uint32_t i = 0; i < 10; i++) {
        offer(&bench, i);
        CU_ASSERT_EQUAL(bench.count, i + 1);
        CU_ASSERT_EQUAL(bench.seen[i].number, i);
        CU_ASSERT_EQUAL(bench.seen[i].to, RELAY_LAB);
    }
    CU_ASSERT_TRUE(link_is_plain(bench.link));
    set_both(&bench, (struct network_path){.delay_us = 5});
    CU_ASSERT_FALSE(link_is_plain(bench.link));
    offer(&bench, 10);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, false, PHONE, 5000));
    set_both(&bench, (struct network_path){0});
    CU_ASSERT_FALSE(link_is_plain(bench.link)); /* something is under way still */
    offer(&bench, 11);                          /* and is not overtaken */
    CU_ASSERT_EQUAL(bench.count, 10);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 12);
    CU_ASSERT_EQUAL(bench.seen[10].number, 10);
    CU_ASSERT_EQUAL(bench.seen[11].number, 11);
    CU_ASSERT_TRUE(link_is_plain(bench.link));
    CU_ASSERT_FALSE(link_keeps_waiting(bench.link, false, PHONE, 5000));
    end(&bench);
}

static void loss_as_asked(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.loss = 50000});
        offer_many(&bench, 20000, 0);
        const struct link_counters *counters = counted(&bench, NETWORK_FROM_PHONE);
        CU_ASSERT_TRUE(is_binomial(counters->lost, 20000, 0.05));
        CU_ASSERT_EQUAL(counters->passed + counters->lost, 20000);
        CU_ASSERT_EQUAL(bench.count, counters->passed);
        end(&bench);
    }
}

/* Losses in bursts of geometric length (mean b, variance b² - b). Their number of losses is that of
 * a chain of two states whose neighbours correlate by r = 1 - begins - ends: the binomial's
 * variance times (1 + r) / (1 - r). */
static void check_bursts(uint64_t seed, uint32_t count, double loss, double burst)
{
    struct bench bench;
    begin(&bench, seed);
    set_both(&bench,
             (struct network_path){.loss = (uint32_t)(loss * (double)NETWORK_SHARE_ONE + 0.5),
                                   .burst = (uint32_t)burst});
    offer_many(&bench, count, 0);
    double ends = 1 / burst, begins = ends * loss / (1 - loss);
    if (begins > 1) {
        begins = 1;
        ends = (1 - loss) / loss;
    }
    double mean = 1 / ends, related = 1 - begins - ends;
    double lost = (double)counted(&bench, NETWORK_FROM_PHONE)->lost;
    double bound = (double)SIGMAS * sqrt(count * loss * (1 - loss) * (1 + related) / (1 - related));
    CU_ASSERT_TRUE(fabs(lost - count * loss) <= bound);
    size_t bursts = 0;
    uint32_t next = 0;
    for (size_t i = 0; i <= bench.count; i++) {
        uint32_t number = i < bench.count ? bench.seen[i].number : count;
        bursts += number != next;
        next = number + 1;
    }
    CU_ASSERT_TRUE(fabs(lost / (double)bursts - mean) <=
                   (double)SIGMAS * sqrt((mean * mean - mean) / (double)bursts));
    end(&bench);
}

static void loss_in_bursts(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        check_bursts(seed, 20000, 0.05, 4);
        check_bursts(seed, 20000, 0.3, 2);
        /* Bursts of two with single frames between them lose two thirds: longer ones are needed. */
        check_bursts(seed, 20000, 0.9, 2);
    }
}

static void duplicates_as_asked(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        size_t twice = 0, wrong = 0;
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.duplicate = 20000, .delay_us = 10});
        offer_many(&bench, 10000, 2); /* the second one comes a microsecond later */
        for (size_t i = 0; i < bench.count; i++) {
            bool again = i > 0 && bench.seen[i].number == bench.seen[i - 1].number;
            twice += again;
            wrong += bench.seen[i].number != i - twice;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(is_binomial(twice, 10000, 0.02));
        CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->duplicated, twice);
        CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->passed, 10000);
        end(&bench);
    }
}

/* With no jitter all come after the delay, in order, but those that are drawn: these come another
 * delay later, when others have overtaken them. */
static void out_of_order_as_asked(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        size_t late = 0, wrong = 0;
        uint32_t next = 0;
        bool came_late[10000] = {false};
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.reorder = 20000, .delay_us = 20000});
        offer_many(&bench, 10000, 1000);
        for (size_t i = 0; i < bench.count; i++) {
            uint64_t took_us =
                bench.seen[i].at_us - DURATION_S - bench.seen[i].number * UINT64_C(1000);
            if (took_us == 40000) {
                late++;
                came_late[bench.seen[i].number] = true;
            } else if (took_us != 20000) {
                wrong++;
            }
        }
        for (size_t i = 0; i < bench.count; i++) {
            if (came_late[bench.seen[i].number])
                continue;
            while (next < 10000 && came_late[next])
                next++;
            wrong += bench.seen[i].number != next++;
        }
        CU_ASSERT_EQUAL(bench.count, 10000);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(is_binomial(late, 10000, 0.02));
        CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->reordered, late);
        end(&bench);
    }
}

static unsigned bits_that_differ(const uint8_t *a, const uint8_t *b, size_t length)
{
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++)
        bits += (unsigned)__builtin_popcount(a[i] ^ b[i]);
    return bits;
}

static void corruption_as_asked(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench clean, bench;
        unsigned spoiled = 0, wrong = 0;
        begin(&clean, seed);
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.corrupt = 50000});
        for (uint32_t i = 0; i < 4000; i++) {
            offer(&clean, i);
            offer(&bench, i);
            drain(&bench);
            unsigned bits = bits_that_differ(clean.last, bench.last, HEADERS_UDP + 100);
            spoiled += bits == 1;
            wrong += bits > 1 || memcmp(clean.last, bench.last, HEADERS_UDP) != 0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(is_binomial(spoiled, 4000, 0.05));
        CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->corrupted, spoiled);
        CU_ASSERT_EQUAL(bench.count, 4000);
        /* Where the checksum is still to be computed, it would make good of the damage. */
        set_both(&bench, (struct network_path){.corrupt = NETWORK_SHARE_ONE});
        offer_sized(&bench, RELAY_PHONES, SYSLOG_PORT, 1, 100, true);
        drain(&bench);
        CU_ASSERT_EQUAL(bench.count, 4000);
        CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->lost, 1);
        CU_ASSERT_TRUE(adds_up(&bench));
        end(&clean);
        end(&bench);
    }
}

/* Even between 30 and 70 ms: a share q of n lies below 30 + 40 q, give or take 40 sqrt(q (1 - q) /
 * n), and the histogram's precision of 0.8 %. Frames are a second apart, so none waits for the one
 * before it. */
static void delays_as_asked(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.delay_us = 50000, .jitter_us = 20000});
        offer_many(&bench, 4000, DURATION_S);
        struct link_delays delays = link_delays(bench.link, NETWORK_FROM_PHONE);
        CU_ASSERT_EQUAL(delays.count, 4000);
        /* That none of 4000 lies in the outer 1 % has a chance of 4e-18. */
        CU_ASSERT_TRUE(delays.least_us >= 30000 && delays.least_us < 30400);
        CU_ASSERT_TRUE(delays.greatest_us <= 70000 && delays.greatest_us > 69600);
        CU_ASSERT_TRUE(fabs((double)delays.median_us - 50000) <=
                       SIGMAS * 40000 * sqrt(0.5 * 0.5 / 4000) + 0.008 * 50000);
        CU_ASSERT_TRUE(fabs((double)delays.p95_us - 68000) <=
                       SIGMAS * 40000 * sqrt(0.95 * 0.05 / 4000) + 0.008 * 68000);
        end(&bench);
    }
}

static void jitter_keeps_the_order(void)
{
    struct bench bench;
    size_t wrong = 0;
    begin(&bench, 1);
    set_both(&bench, (struct network_path){.delay_us = 50000, .jitter_us = 50000});
    offer_many(&bench, 10000, 100);
    for (size_t i = 0; i < bench.count; i++)
        wrong += bench.seen[i].number != i;
    CU_ASSERT_EQUAL(bench.count, 10000);
    CU_ASSERT_EQUAL(wrong, 0);
    end(&bench);
}

static void a_rate_is_kept(void)
{
    static const uint64_t rates[] = {64000, 999983, 100000000, UINT64_C(1000000000)};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        struct bench bench;
        size_t wrong = 0;
        begin(&bench, 1);
        set_both(&bench, (struct network_path){.rate = rates[r], .queue = 2000, .delay_us = 3});
        for (uint32_t i = 0; i < 1000; i++)
            offer_sized(&bench, RELAY_PHONES, SYSLOG_PORT, i, 1000, false);
        drain(&bench);
        for (size_t i = 0; i < bench.count; i++) {
            uint64_t bits = (i + 1) * (1000 + HEADERS_UDP) * 8;
            wrong += bench.seen[i].at_us != DURATION_S + 3 + bits * 1000000 / rates[r];
        }
        CU_ASSERT_EQUAL(bench.count, 1000);
        CU_ASSERT_EQUAL(wrong, 0);
        end(&bench);
    }
}

static void a_full_queue_drops_the_newest(void)
{
    struct bench bench;
    begin(&bench, 1);
    set_both(&bench, (struct network_path){.rate = 8000, .queue = 5});
    for (uint32_t i = 0; i < 10; i++)
        offer(&bench, i); /* the first is being sent, five wait */
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->dropped, 4);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, false, PHONE, 5000));
    wait_until(&bench, bench.now_us + (100 + HEADERS_UDP) * 1000);
    offer(&bench, 10); /* there is one place again */
    offer(&bench, 11);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 7);
    for (uint32_t i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(bench.seen[i].number, i < 6 ? i : 10);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->dropped, 5);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void a_cut(void)
{
    struct bench bench;
    enum network_outage outage;
    begin(&bench, 1);
    set_both(&bench, (struct network_path){.delay_us = 2 * DURATION_S});
    offer(&bench, 0);
    wait_until(&bench, bench.now_us + DURATION_S);
    interrupt(&bench, NETWORK_CUT, 10 * DURATION_S);
    uint64_t ends_us = bench.now_us + 10 * DURATION_S;
    CU_ASSERT_TRUE(link_has_outage(bench.link, &outage));
    CU_ASSERT_EQUAL(outage, NETWORK_CUT);
    offer(&bench, 1);
    wait_until(&bench, ends_us - 1);
    CU_ASSERT_EQUAL(bench.count, 1); /* what was under way */
    CU_ASSERT_EQUAL(bench.seen[0].at_us, 3 * DURATION_S);
    CU_ASSERT_EQUAL(link_next_us(bench.link), ends_us);
    CU_ASSERT_TRUE(link_has_outage(bench.link, NULL));
    wait_until(&bench, ends_us);
    CU_ASSERT_FALSE(link_has_outage(bench.link, NULL));
    CU_ASSERT_EQUAL(link_next_us(bench.link), UINT64_MAX);
    offer(&bench, 2); /* afterwards it is what it was before */
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    CU_ASSERT_EQUAL(bench.seen[1].number, 2);
    CU_ASSERT_EQUAL(bench.seen[1].at_us, ends_us + 2 * DURATION_S);
    CU_ASSERT_TRUE(adds_up(&bench));
    interrupt(&bench, NETWORK_DOWN, UINT64_MAX);
    CU_ASSERT_EQUAL(link_next_us(bench.link), UINT64_MAX);
    set_both(&bench, (struct network_path){0});
    CU_ASSERT_TRUE(link_is_plain(bench.link));
    end(&bench);
}

/* A read request is repeated by a library's clock, which is the machine's: so the line does it. */
static void a_read_request_is_repeated(void)
{
    struct bench bench;
    begin(&bench, 1);
    set_both(&bench, (struct network_path){.loss = NETWORK_SHARE_ONE});
    uint64_t asked_us = bench.now_us;
    offer_sized(&bench, RELAY_PHONES, TFTP_PORT, 1, 20, false);
    offer_sized(&bench, RELAY_PHONES, TFTP_PORT, 1, 20, false); /* the library's */
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->offered, 1);
    wait_until(&bench, asked_us + 4 * DURATION_S);
    set_both(&bench, (struct network_path){.delay_us = 5});
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_EQUAL(bench.seen[0].at_us, asked_us + 7 * DURATION_S + 5);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->lost, 3);
    set_both(&bench, (struct network_path){.loss = NETWORK_SHARE_ONE});
    offer_sized(&bench, RELAY_PHONES, TFTP_PORT, 2, 20, false);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, false, SERVER, TFTP_PORT));
    asked_us = bench.now_us;
    drain(&bench);
    CU_ASSERT_EQUAL(bench.now_us, asked_us + 31 * DURATION_S); /* 1 + 2 + 4 + 8 + 16 */
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->given_up, 1);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, false, SERVER, TFTP_PORT)); /* for a clock */
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void whose_looks_are_no_part_of_it(void)
{
    struct bench bench;
    struct error error;
    begin(&bench, 1);
    link_free(bench.link);
    const struct link_config config = {.seed = 1, .unimpaired_address = SERVER};
    CU_ASSERT_EQUAL_FATAL(link_new(&config, &bench.link, &error), 0);
    set_both(&bench, (struct network_path){.loss = NETWORK_SHARE_ONE});
    offer(&bench, 0);
    CU_ASSERT_EQUAL(bench.count, 1);
    interrupt(&bench, NETWORK_CUT, DURATION_S);
    offer(&bench, 1);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

/* --- TCP --- */

struct connection {
    struct bench *bench;
    uint16_t port;
    uint32_t next[NETWORK_DIRECTIONS]; /* sequence numbers */
};

static void segment(const struct connection *connection, enum network_direction way,
                    uint32_t sequence, uint8_t flags, const uint8_t *payload, size_t length)
{
    static uint8_t bytes[HEADERS_TCP + 65536];
    bool phone = way == NETWORK_FROM_PHONE;
    uint32_t source = phone ? PHONE : SERVER, destination = phone ? SERVER : PHONE;
    uint16_t from = phone ? connection->port : WEB_PORT, to = phone ? WEB_PORT : connection->port;
    size_t total = 40 + length;
    const uint8_t headers[HEADERS_TCP] = {[12] = 8,
                                          [14] = 0x45,
                                          [16] = (uint8_t)(total >> 8),
                                          [17] = (uint8_t)total,
                                          [22] = 64,
                                          [23] = 6,
                                          [26] = (uint8_t)(source >> 24),
                                          (uint8_t)(source >> 16),
                                          (uint8_t)(source >> 8),
                                          (uint8_t)source,
                                          (uint8_t)(destination >> 24),
                                          (uint8_t)(destination >> 16),
                                          (uint8_t)(destination >> 8),
                                          (uint8_t)destination,
                                          (uint8_t)(from >> 8),
                                          (uint8_t)from,
                                          (uint8_t)(to >> 8),
                                          (uint8_t)to,
                                          (uint8_t)(sequence >> 24),
                                          (uint8_t)(sequence >> 16),
                                          (uint8_t)(sequence >> 8),
                                          (uint8_t)sequence,
                                          [46] = 0x50,
                                          flags};
    memcpy(bytes, headers, sizeof headers);
    if (payload)
        memcpy(bytes + HEADERS_TCP, payload, length);
    else
        memset(bytes + HEADERS_TCP, 'x', length);
    const struct relay_frame frame = {.bytes = bytes, .length = HEADERS_TCP + length};
    link_frame(connection->bench->link, phone ? RELAY_PHONES : RELAY_LAB, &frame,
               connection->bench->now_us, &connection->bench->out);
}

static void say(struct connection *connection, enum network_direction way, uint8_t flags,
                size_t length)
{
    segment(connection, way, connection->next[way], flags, NULL, length);
    connection->next[way] += (uint32_t)length + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
}

static void acknowledge(const struct connection *connection, enum network_direction way)
{
    segment(connection, way, connection->next[way], TCP_ACK, NULL, 0);
}

static struct connection unopened(struct bench *bench, uint16_t port, uint32_t first)
{
    return (struct connection){.bench = bench, .port = port, .next = {first, first / 2}};
}

/* On a line that is plain as yet. */
static struct connection opened(struct bench *bench, uint16_t port)
{
    struct connection connection = unopened(bench, port, 1000u * port);
    say(&connection, NETWORK_FROM_PHONE, TCP_SYN, 0);
    say(&connection, NETWORK_TO_PHONE, TCP_SYN | TCP_ACK, 0);
    acknowledge(&connection, NETWORK_FROM_PHONE);
    CU_ASSERT_EQUAL(bench->count, 3);
    bench->count = 0;
    return connection;
}

static const struct network_path all_lost = {.loss = NETWORK_SHARE_ONE, .delay_us = 40000};
static const struct network_path slow = {.delay_us = 40000};
/* Of `slow`, both ways, and of all_lost. */
#define ROUND_TRIP_US UINT64_C(80000)
#define TIMEOUT_US (LINK_TIMEOUT_LEAST_US + ROUND_TRIP_US)

/* Lost k times, it arrives once, at offered + RTO (2^k - 1) + delay. */
static void check_retransmission(uint8_t flags, size_t length, uint64_t timeout_us, unsigned losses)
{
    struct bench bench;
    begin(&bench, losses);
    struct connection connection = unopened(&bench, 4000, 77);
    if (!(flags & TCP_SYN))
        connection = opened(&bench, 4000);
    if (losses > 0) {
        set(&bench, &all_lost, &slow);
        say(&connection, NETWORK_FROM_PHONE, flags, length);
        /* After its last loss, right before it is sent again. */
        wait_until(&bench, DURATION_S + timeout_us * ((UINT64_C(1) << losses) - 1) - 1);
        CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, PHONE, 4000));
        set(&bench, &slow, &slow);
    } else {
        set(&bench, &slow, &slow);
        say(&connection, NETWORK_FROM_PHONE, flags, length);
    }
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_EQUAL(bench.seen[0].at_us,
                    DURATION_S + timeout_us * ((UINT64_C(1) << losses) - 1) + 40000);
    CU_ASSERT_EQUAL(bench.seen[0].number,
                    connection.next[NETWORK_FROM_PHONE] - !!(flags & TCP_FIN));
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->lost, losses);
    CU_ASSERT_FALSE(link_keeps_waiting(bench.link, true, PHONE, 4000));
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void a_lost_segment_arrives_once(void)
{
    for (unsigned losses = 0; losses <= 8; losses++) {
        check_retransmission(TCP_ACK | TCP_PSH, 300, TIMEOUT_US, losses);
        check_retransmission(TCP_ACK | TCP_PSH | TCP_FIN, 300, TIMEOUT_US, losses);
        check_retransmission(TCP_ACK | TCP_FIN, 0, TIMEOUT_US, losses);
        if (losses <= LINK_TCP_SYN_TRIES) /* 1 s, 3 s, 7 s … */
            check_retransmission(TCP_SYN, 0, LINK_SYN_TIMEOUT_US, losses);
    }
}

static void segments_are_lost_as_asked(void)
{
    enum { CONNECTIONS = 4000 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        size_t lost[4] = {0}, wrong = 0;
        begin(&bench, seed);
        set_both(&bench, (struct network_path){.loss = 300000, .delay_us = 40000});
        for (uint16_t i = 0; i < CONNECTIONS; i++) {
            struct connection connection = unopened(&bench, (uint16_t)(1024 + i), i * 999u);
            uint64_t offered_us = bench.now_us;
            bench.count = 0;
            say(&connection, NETWORK_FROM_PHONE, TCP_SYN, 0);
            drain(&bench);
            if (bench.count == 0)
                continue; /* given up: 0.3^7 of them */
            wrong += bench.count != 1;
            uint64_t waited_s = (bench.seen[0].at_us - offered_us - 40000) / DURATION_S;
            wrong += (bench.seen[0].at_us - offered_us - 40000) % DURATION_S != 0 ||
                     (waited_s & (waited_s + 1)) != 0; /* 0, 1, 3, 7 … */
            for (unsigned k = 1; k < 4; k++)
                lost[k] += waited_s >= (1u << k) - 1;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        /* Those that were given up, at most 11 of 4000 at six sigmas of 0.87, were lost before. */
        double given_up = (double)counted(&bench, NETWORK_FROM_PHONE)->given_up;
        CU_ASSERT_TRUE(given_up <= 7);
        CU_ASSERT_TRUE(is_binomial(lost[1] + (size_t)given_up, CONNECTIONS, 0.3));
        CU_ASSERT_TRUE(is_binomial(lost[2] + (size_t)given_up, CONNECTIONS, 0.09));
        CU_ASSERT_TRUE(is_binomial(lost[3] + (size_t)given_up, CONNECTIONS, 0.027));
        CU_ASSERT_TRUE(adds_up(&bench));
        end(&bench);
    }
}

static void order_within_a_connection(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench bench;
        uint32_t next[RELAY_SIDES];
        size_t wrong = 0;
        begin(&bench, seed);
        struct connection connection = opened(&bench, 4000);
        next[RELAY_LAB] = connection.next[NETWORK_FROM_PHONE];
        next[RELAY_PHONES] = connection.next[NETWORK_TO_PHONE];
        set_both(&bench, (struct network_path){.loss = 200000,
                                               .delay_us = 30000,
                                               .jitter_us = 30000,
                                               .reorder = 100000,
                                               .corrupt = 50000});
        for (unsigned i = 0; i < 400; i++) {
            say(&connection, i % 2 ? NETWORK_TO_PHONE : NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH,
                500 + i);
            wait_until(&bench, bench.now_us + 3000);
        }
        drain(&bench);
        for (size_t i = 0; i < bench.count; i++) {
            uint32_t length = (uint32_t)bench.seen[i].length - HEADERS_TCP;
            wrong += bench.seen[i].number != (next[bench.seen[i].to] += length);
        }
        CU_ASSERT_EQUAL(bench.count, 400);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(counted(&bench, NETWORK_TO_PHONE)->lost > 0);
        CU_ASSERT_TRUE(adds_up(&bench));
        end(&bench);
    }
}

static void what_the_kernel_sends_again(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    uint32_t first = connection.next[NETWORK_FROM_PHONE];
    set_both(&bench, slow);
    say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 100);
    segment(&connection, NETWORK_FROM_PHONE, first, TCP_ACK | TCP_PSH, NULL, 100);
    acknowledge(&connection, NETWORK_TO_PHONE); /* bare: it passes at once */
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_EQUAL(bench.seen[0].to, RELAY_PHONES);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    /* Later, when its acknowledgement may have been lost in a queue of the machine's, it passes. */
    segment(&connection, NETWORK_FROM_PHONE, first, TCP_ACK | TCP_PSH, NULL, 100);
    CU_ASSERT_EQUAL(bench.count, 3);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->offered, 2); /* with its SYN */
    /* Sent again together with more: only the more is new, and meets the line. */
    segment(&connection, NETWORK_FROM_PHONE, first, TCP_ACK | TCP_PSH, NULL, 150);
    CU_ASSERT_EQUAL(bench.count, 3);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 4);
    interrupt(&bench, NETWORK_CUT, DURATION_S);
    segment(&connection, NETWORK_FROM_PHONE, first, TCP_ACK | TCP_PSH, NULL, 150);
    CU_ASSERT_EQUAL(bench.count, 4);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

/* The sum of its time-outs, the last of which has not run off. */
static uint64_t trial_us(uint64_t timeout_us, unsigned tries)
{
    uint64_t sum_us = 0;
    for (unsigned i = 0; i < tries; i++) {
        sum_us += timeout_us;
        timeout_us = 2 * timeout_us < LINK_TIMEOUT_MOST_US ? 2 * timeout_us : LINK_TIMEOUT_MOST_US;
    }
    return sum_us;
}

static void given_up(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000), other = unopened(&bench, 4001, 5);
    set_both(&bench, all_lost);
    say(&other, NETWORK_FROM_PHONE, TCP_SYN, 0);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK, 1000);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 1000);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    wait_until(&bench, DURATION_S + trial_us(LINK_SYN_TIMEOUT_US, LINK_TCP_SYN_TRIES) - 1);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->given_up, 0);
    wait_until(&bench, bench.now_us + 1);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_FROM_PHONE)->given_up, 1);
    wait_until(&bench, DURATION_S + trial_us(TIMEOUT_US, LINK_TCP_TRIES) - 1);
    CU_ASSERT_EQUAL(bench.told[1], NOT_TOLD);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.now_us, DURATION_S + trial_us(TIMEOUT_US, LINK_TCP_TRIES));
    CU_ASSERT_EQUAL(bench.told[1], false);
    CU_ASSERT_EQUAL(bench.told_times[1], 1);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_TO_PHONE)->given_up, 2);
    CU_ASSERT_EQUAL(bench.count, 0);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, PHONE, 4000));
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, PHONE, 4001));
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, SERVER, WEB_PORT));
    CU_ASSERT_FALSE(link_keeps_waiting(bench.link, false, PHONE, 4000));
    /* The kernel, which knows nothing of it, may try as long as it likes. */
    set_both(&bench, (struct network_path){0});
    segment(&connection, NETWORK_TO_PHONE, connection.next[NETWORK_TO_PHONE] - 2000, TCP_ACK, NULL,
            1000);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 1000);
    segment(&other, NETWORK_FROM_PHONE, 5, TCP_SYN, NULL, 0);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 0);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void a_cut_connection(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    set_both(&bench, slow);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 1000);
    interrupt(&bench, NETWORK_CUT, 600 * DURATION_S);
    uint64_t ends_us = bench.now_us + 600 * DURATION_S;
    wait_until(&bench, bench.now_us + DURATION_S);
    CU_ASSERT_EQUAL(bench.count, 1); /* what was under way keeps its time */
    CU_ASSERT_EQUAL(bench.seen[0].at_us, DURATION_S + 40000);
    uint64_t again_us = bench.now_us;
    unsigned losses = 0;
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 1000);
    while (again_us < ends_us)
        again_us = bench.now_us + trial_us(TIMEOUT_US, ++losses);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    CU_ASSERT_EQUAL(bench.seen[1].at_us, again_us + 40000);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_TO_PHONE)->lost, losses);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void the_phone_resets(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    set(&bench, &slow, &slow);
    say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 100); /* under way */
    set(&bench, &all_lost, &slow);
    say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 200); /* to be sent again */
    set(&bench, &slow, &slow);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    wait_until(&bench, bench.now_us + 1000);
    say(&connection, NETWORK_FROM_PHONE, TCP_RST, 0);
    CU_ASSERT_EQUAL(bench.told[1], false);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    CU_ASSERT_EQUAL(bench.seen[0].length, HEADERS_TCP + 100);
    CU_ASSERT_EQUAL(bench.seen[0].at_us, DURATION_S + 40000);
    CU_ASSERT_EQUAL(bench.seen[1].flags, TCP_RST);
    CU_ASSERT_EQUAL(bench.seen[1].at_us, DURATION_S + 41000);
    CU_ASSERT_EQUAL(bench.told_times[1], 1);
    CU_ASSERT_FALSE(link_keeps_waiting(bench.link, true, PHONE, 4000));
    interrupt(&bench, NETWORK_CUT, DURATION_S);
    say(&connection, NETWORK_FROM_PHONE, TCP_RST, 0); /* it is never sent again */
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

/* What had come before it, and waited for what will not come, goes to the receiver's kernel. */
static void the_server_resets(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    set(&bench, &slow, &all_lost);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK, 100);
    set(&bench, &slow, &slow);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 200);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    wait_until(&bench, bench.now_us + 50000);
    CU_ASSERT_EQUAL(bench.count, 0);
    say(&connection, NETWORK_TO_PHONE, TCP_RST, 0);
    CU_ASSERT_EQUAL(bench.told[1], false);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2);
    CU_ASSERT_EQUAL(bench.seen[0].length, HEADERS_TCP + 200);
    CU_ASSERT_EQUAL(bench.seen[1].flags, TCP_RST);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void the_phone_hangs_up(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    set_both(&bench, slow);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_FIN, 0);
    CU_ASSERT_EQUAL(bench.told[1], false);
    /* A server that has not heard of it yet goes on. */
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)2));
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 3);
    CU_ASSERT_EQUAL(bench.told[2], false);
    CU_ASSERT_EQUAL(bench.told_times[1], 1);
    CU_ASSERT_EQUAL(bench.told_times[2], 1);
    end(&bench);
}

static void a_port_used_again(void)
{
    static const uint32_t again[] = {3000000000u, 5, 3999999}; /* whatever the kernel begins with */
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
        struct bench bench;
        begin(&bench, 1);
        struct connection connection = opened(&bench, 4000);
        set(&bench, &slow, &all_lost);
        say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 100);
        CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
        set(&bench, &slow, &slow);
        struct connection anew = unopened(&bench, 4000, again[i]);
        say(&anew, NETWORK_FROM_PHONE, TCP_SYN, 0);
        CU_ASSERT_EQUAL(bench.told[1], false);
        segment(&anew, NETWORK_FROM_PHONE, again[i], TCP_SYN, NULL, 0); /* sent again */
        drain(&bench);
        CU_ASSERT_EQUAL(bench.count, 1);
        CU_ASSERT_EQUAL(bench.seen[0].at_us, DURATION_S + 40000);
        say(&anew, NETWORK_TO_PHONE, TCP_SYN | TCP_ACK, 0);
        drain(&bench);
        say(&anew, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 100);
        CU_ASSERT_EQUAL(bench.count, 2);
        drain(&bench);
        CU_ASSERT_EQUAL(bench.count, 3);
        CU_ASSERT_EQUAL(bench.seen[2].at_us, DURATION_S + 3 * 40000);
        CU_ASSERT_EQUAL(bench.told_times[1], 1);
        CU_ASSERT_TRUE(adds_up(&bench));
        end(&bench);
    }
}

/* An end whose SYN was never seen, numbers that wrap, both sides closing at once. */
static void odd_sequences(void)
{
    struct bench bench;
    begin(&bench, 1);
    set_both(&bench, slow);
    struct connection joined = unopened(&bench, 4000, 0xffffff80u);
    joined.next[NETWORK_TO_PHONE] = 0xfffffff0u;
    say(&joined, NETWORK_TO_PHONE, TCP_SYN | TCP_ACK, 0);
    for (int i = 0; i < 4; i++)
        say(&joined, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 100);
    segment(&joined, NETWORK_FROM_PHONE, 0xffffff80u, TCP_ACK | TCP_PSH, NULL, 100); /* again */
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 5);
    CU_ASSERT_EQUAL(bench.seen[4].number, 0xffffff80u + 400);
    say(&joined, NETWORK_FROM_PHONE, TCP_ACK | TCP_FIN, 0);
    say(&joined, NETWORK_TO_PHONE, TCP_ACK | TCP_FIN, 30);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 7);
    CU_ASSERT_EQUAL(bench.seen[5].at_us, bench.seen[6].at_us);
    /* A SYN after all is another connection. */
    joined.next[NETWORK_FROM_PHONE] = 1;
    say(&joined, NETWORK_FROM_PHONE, TCP_SYN, 0);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 8);
    /* Of none that is known: nothing is drawn for it. */
    struct connection stray = unopened(&bench, 4001, 9);
    say(&stray, NETWORK_TO_PHONE, TCP_RST, 0);
    CU_ASSERT_EQUAL(bench.count, 9);
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

static void an_answer_arrives(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    CU_ASSERT_FALSE(link_expect(bench.link, PHONE, 4000, (void *)1)); /* nothing is under way */
    set_both(&bench, slow);
    CU_ASSERT_FALSE(link_expect(bench.link, PHONE, 4001, (void *)1)); /* nor known */
    bench.count = 0;
    say(&connection, NETWORK_TO_PHONE, TCP_ACK, 14600); /* its window */
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 1);
    CU_ASSERT_EQUAL(bench.told[1], NOT_TOLD);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK, 5000); /* the rest */
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 5000);
    CU_ASSERT_EQUAL(bench.told[1], NOT_TOLD);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.told[1], true);
    CU_ASSERT_EQUAL(bench.told_after[1], 2); /* right before the last of three */
    CU_ASSERT_EQUAL(bench.count, 3);
    /* Before it is on the line, and two at once; the phone's own is none of it. */
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)2));
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)3));
    say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 10);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.told[2], NOT_TOLD);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 10);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.told[2], true);
    CU_ASSERT_EQUAL(bench.told[3], true);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)4));
    link_forget_answers(bench.link);
    CU_ASSERT_EQUAL(bench.told[4], false);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)5));
    link_free(bench.link);
    bench.link = NULL;
    CU_ASSERT_EQUAL(bench.told[5], false);
    for (size_t i = 1; i <= 5; i++)
        CU_ASSERT_EQUAL(bench.told_times[i], 1);
    end(&bench);
}

/* The farewell is still on the line when the phone, which has all that it wanted, hangs up. */
static void an_answer_before_a_farewell(void)
{
    static const struct scenario_network narrow = {.paths = {{.rate = 64000}, {.rate = 64000}}};
    static const struct {
        uint8_t record[64];
        size_t length;
        bool farewell;
    } last[] = {
        {{23, 3, 3, 0, 19}, 24, true},  /* an alert of TLS 1.3 */
        {{21, 3, 3, 0, 26}, 31, true},  /* of TLS 1.2 */
        {{0}, 0, true},                 /* FIN alone */
        {{23, 3, 3, 0, 20}, 25, false}, /* three bytes more of the answer */
        {{23, 3, 3, 0, 20}, 24, false}, /* not a whole record */
        {{23, 3, 3, 0}, 4, false},
    };
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
        struct bench bench;
        begin(&bench, 1);
        struct connection connection = opened(&bench, 4000);
        link_set(bench.link, &narrow, bench.now_us);
        say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_PSH, 10);
        CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
        drain(&bench);
        size_t before = bench.count;
        say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
        segment(&connection, NETWORK_TO_PHONE, connection.next[NETWORK_TO_PHONE],
                TCP_ACK | TCP_PSH | TCP_FIN, last[i].length ? last[i].record : NULL,
                last[i].length);
        while (bench.count == before) {
            bench.now_us = link_next_us(bench.link);
            link_due(bench.link, bench.now_us, &bench.out);
        }
        CU_ASSERT_EQUAL(bench.told[1], last[i].farewell ? true : NOT_TOLD);
        if (last[i].farewell)
            CU_ASSERT_EQUAL(bench.told_after[1], before);
        say(&connection, NETWORK_FROM_PHONE, TCP_ACK | TCP_FIN, 0);
        CU_ASSERT_EQUAL(bench.told[1], last[i].farewell);
        CU_ASSERT_EQUAL(bench.told_times[1], 1);
        end(&bench);
    }
}

static void set_in_the_midst(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000);
    set_both(&bench, (struct network_path){.delay_us = DURATION_S});
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    wait_until(&bench, bench.now_us + 1000);
    set_both(&bench, (struct network_path){.delay_us = 10});
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300); /* waits for the first */
    set_both(&bench, (struct network_path){0});
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300);
    CU_ASSERT_EQUAL(bench.count, 0);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 3);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(bench.seen[i].at_us, 2 * DURATION_S);
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 300); /* now it is plain */
    CU_ASSERT_EQUAL(bench.count, 4);
    CU_ASSERT_TRUE(link_is_plain(bench.link));
    end(&bench);
}

/* On a real device's wire both kernels know the same time, and TCP is met as anything else. */
static void real_tcp(void)
{
    struct bench bench;
    begin_as(&bench, 1, true);
    set_both(&bench, (struct network_path){.loss = 300000});
    struct connection connection = unopened(&bench, 4000, 1);
    for (unsigned i = 0; i < 2000; i++)
        acknowledge(&connection, NETWORK_FROM_PHONE);
    drain(&bench);
    CU_ASSERT_TRUE(is_binomial(2000 - bench.count, 2000, 0.3));
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

/* --- equal runs --- */

enum { MESSAGES = 12 };

/* How the kernels, and the signatures, happen to be in this run. */
struct chance {
    size_t segment_bytes; /* 0: each of another length */
    unsigned acknowledgements;
    int signature_bytes; /* more or less */
    bool fin_apart;
};

static void say_message(struct connection *connection, enum network_direction way, size_t length,
                        bool handshake, bool fin, const struct chance *chance,
                        struct random_source *random)
{
    static const uint8_t record[65536] = {0x16, 3, 3};
    for (size_t said = 0; said < length;) {
        size_t bytes =
            chance->segment_bytes ? chance->segment_bytes : 1 + (size_t)random_below(random, 3000);
        if (bytes > length - said)
            bytes = length - said;
        bool last = said + bytes == length;
        uint8_t flags = (uint8_t)(TCP_ACK | (last ? TCP_PSH : 0) |
                                  (last && fin && !chance->fin_apart ? TCP_FIN : 0));
        segment(connection, way, connection->next[way], flags,
                handshake && said == 0 ? record : NULL, bytes);
        connection->next[way] += (uint32_t)bytes + !!(flags & TCP_FIN);
        said += bytes;
        for (unsigned i = 0; i < chance->acknowledgements; i++)
            acknowledge(connection, (enum network_direction)(i % 2));
    }
    if (fin && chance->fin_apart)
        say(connection, way, TCP_ACK | TCP_FIN, 0);
}

/* When the end of each message came; each is an answer to the one before it. */
static void converse(struct bench *bench, struct connection *connection,
                     const struct chance *chance, uint64_t *came_us)
{
    /* A handshake with tickets, then requests and answers of all sizes; the server's second turn
     * begins with the handshake's end, as in TLS 1.3. */
    static const struct {
        size_t length;
        bool handshake, varies;
    } messages[MESSAGES] = {{517, true, false},    {1460, true, true},   {380, false, true},
                            {9000, false, false},  {200, false, false},  {30000, false, false},
                            {1460, false, false},  {1461, false, false}, {4, false, false},
                            {14600, false, false}, {300, false, false},  {60000, false, false}};
    struct random_source random;
    random_seed(&random, chance->segment_bytes + chance->acknowledgements);
    say(connection, NETWORK_FROM_PHONE, TCP_SYN, 0);
    drain(bench);
    say(connection, NETWORK_TO_PHONE, TCP_SYN | TCP_ACK, 0);
    drain(bench);
    for (size_t i = 0; i < MESSAGES; i++) {
        enum network_direction way = i % 2 ? NETWORK_TO_PHONE : NETWORK_FROM_PHONE;
        size_t length = messages[i].length;
        if (messages[i].varies)
            length = (size_t)((int)length + chance->signature_bytes);
        say_message(connection, way, length, messages[i].handshake, i == MESSAGES - 1, chance,
                    &random);
        uint32_t awaited = connection->next[way] - (i == MESSAGES - 1);
        size_t looked_at = bench->count > 0 ? bench->count - 1 : 0;
        came_us[i] = 0;
        while (came_us[i] == 0 && link_next_us(bench->link) != UINT64_MAX) {
            wait_until(bench, link_next_us(bench->link));
            for (; looked_at < bench->count; looked_at++)
                if (bench->seen[looked_at].number == awaited &&
                    bench->seen[looked_at].to ==
                        (way == NETWORK_FROM_PHONE ? RELAY_LAB : RELAY_PHONES) &&
                    bench->seen[looked_at].length > HEADERS_TCP)
                    came_us[i] = bench->seen[looked_at].at_us;
        }
        if (i == MESSAGES - 1 && chance->fin_apart) /* its data may have come without it */
            drain(bench);
    }
}

static const struct network_path bad_lines[] = {
    {.loss = 50000},
    {.loss = 300000, .delay_us = 50000, .jitter_us = 20000},
    {.loss = 100000, .burst = 4, .delay_us = 5000},
    {.delay_us = 50000, .jitter_us = 50000, .reorder = 50000, .duplicate = 50000, .corrupt = 20000},
    {.rate = 64000, .delay_us = 10000},
    {.rate = 128000, .loss = 100000, .delay_us = 20000, .jitter_us = 19999, .reorder = 20000},
};

static void equal_runs_are_equal(void)
{
    static const struct chance chances[] = {
        {65000, 0, 0, false}, {1448, 2, 3, false}, {1460, 1, -3, true},
        {0, 3, 1, true},      {7, 0, 0, true},     {0, 0, -3, false},
    };
    for (size_t l = 0; l < sizeof bad_lines / sizeof bad_lines[0]; l++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            uint64_t came_us[sizeof chances / sizeof chances[0]][MESSAGES];
            struct link_counters counters[sizeof chances / sizeof chances[0]][NETWORK_DIRECTIONS];
            for (size_t c = 0; c < sizeof chances / sizeof chances[0]; c++) {
                struct bench bench;
                begin(&bench, seed);
                set_both(&bench, bad_lines[l]);
                struct connection connection = unopened(&bench, 4000, 7);
                converse(&bench, &connection, &chances[c], came_us[c]);
                CU_ASSERT_TRUE(adds_up(&bench));
                for (enum network_direction d = 0; d < NETWORK_DIRECTIONS; d++) {
                    counters[c][d] = *counted(&bench, d);
                    counters[c][d].duplicated = 0; /* frames: as they are cut */
                }
                end(&bench);
                CU_ASSERT_EQUAL(memcmp(came_us[c], came_us[0], sizeof came_us[0]), 0);
                CU_ASSERT_EQUAL(memcmp(counters[c], counters[0], sizeof counters[0]), 0);
            }
            for (size_t i = 1; i < MESSAGES; i++)
                CU_ASSERT_TRUE(came_us[0][i] > came_us[0][i - 1]);
        }
    }
}

static void others_do_not_shift_what_is_drawn(void)
{
    static const struct chance chance = {1448, 0, 0, false};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t alone_us[MESSAGES], beside_us[MESSAGES], other_us[MESSAGES], second_us[MESSAGES];
        struct bench bench;
        const struct network_path path = {.loss = 300000, .delay_us = 50000};
        begin(&bench, seed);
        set_both(&bench, path);
        struct connection connection = unopened(&bench, 4000, 7), other = unopened(&bench, 4001, 8);
        converse(&bench, &connection, &chance, alone_us);
        uint64_t offset_us = bench.now_us;
        converse(&bench, &other, &chance, other_us);
        end(&bench);
        begin(&bench, seed);
        set_both(&bench, path);
        connection = unopened(&bench, 4000, 7);
        other = unopened(&bench, 4001, 8);
        for (uint32_t i = 0; i < 50; i++)
            offer(&bench, i);
        uint64_t begun_us = bench.now_us;
        converse(&bench, &connection, &chance, beside_us);
        CU_ASSERT_EQUAL(begun_us, DURATION_S);
        CU_ASSERT_EQUAL(memcmp(beside_us, alone_us, sizeof alone_us), 0);
        /* What a kernel sends of a connection long forgotten takes no number. */
        struct connection stray = unopened(&bench, 4002, 9);
        say(&stray, NETWORK_TO_PHONE, TCP_ACK | TCP_FIN, 0);
        drain(&bench);
        begun_us = bench.now_us;
        converse(&bench, &other, &chance, second_us);
        for (size_t i = 0; i < MESSAGES; i++)
            CU_ASSERT_EQUAL(second_us[i] - begun_us, other_us[i] - offset_us);
        CU_ASSERT_NOT_EQUAL(other_us[MESSAGES - 1] - offset_us,
                            alone_us[MESSAGES - 1] - DURATION_S);
        end(&bench);
    }
}

/* What is asked for of one thing does not change what is drawn for another: the same frames are
 * lost whether others are spoiled, doubled or late. */
static void settings_do_not_shift_each_other(void)
{
    struct bench one, other;
    bool passed[2000] = {false};
    size_t wrong = 0;
    begin(&one, 3);
    begin(&other, 3);
    set_both(&one, (struct network_path){.loss = 200000});
    set_both(&other, (struct network_path){
                         .loss = 200000, .corrupt = 100000, .reorder = 100000, .jitter_us = 10});
    offer_many(&one, 2000, 10);
    offer_many(&other, 2000, 10);
    for (size_t i = 0; i < one.count; i++)
        passed[one.seen[i].number] = true;
    CU_ASSERT_EQUAL(one.count, other.count);
    /* One spoilt bit in 800 may be of the number itself. */
    for (size_t i = 0; i < other.count; i++)
        wrong += other.seen[i].number >= 2000 || !passed[other.seen[i].number];
    CU_ASSERT_TRUE(wrong < 40);
    end(&one);
    end(&other);
}

/* --- bounds --- */

static void more_conversations_than_are_remembered(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection first = opened(&bench, 4000);
    set_both(&bench, slow);
    say(&first, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 100);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)1));
    /* One with something under way is kept for those that are idle … */
    for (uint16_t i = 0; i < 3 * LINK_FLOWS_MAX; i++) {
        struct connection other = unopened(&bench, (uint16_t)(5000 + i), i);
        acknowledge(&other, NETWORK_FROM_PHONE);
        set_both(&bench, (struct network_path){0});
        say(&other, NETWORK_FROM_PHONE, TCP_SYN, 0);
        set_both(&bench, slow);
        wait_until(&bench, bench.now_us + 1);
    }
    CU_ASSERT_EQUAL(bench.told[1], NOT_TOLD);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.told[1], true);
    /* … but not for those that are as busy: it is forgotten, and nothing vanishes uncounted. */
    say(&first, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 100);
    CU_ASSERT_TRUE(link_expect(bench.link, PHONE, 4000, (void *)2));
    for (uint16_t i = 0; i < LINK_FLOWS_MAX; i++) {
        struct connection other = unopened(&bench, (uint16_t)(6000 + i), i);
        say(&other, NETWORK_FROM_PHONE, TCP_SYN, 0);
    }
    CU_ASSERT_EQUAL(bench.told[2], false);
    drain(&bench);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_TO_PHONE)->gone, 1);
    CU_ASSERT_TRUE(adds_up(&bench));
    /* Datagrams under way do not hang on being remembered. */
    bench.count = 0;
    for (uint16_t i = 0; i < 3 * LINK_FLOWS_MAX; i++)
        offer_sized(&bench, RELAY_PHONES, (uint16_t)(7000 + i), i, 50, false);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 3 * LINK_FLOWS_MAX);
    CU_ASSERT_FALSE(link_keeps_waiting(bench.link, false, PHONE, 5000));
    end(&bench);
}

static void no_more_is_held_than_so_much(void)
{
    struct bench bench;
    begin(&bench, 1);
    struct connection connection = opened(&bench, 4000), other = unopened(&bench, 4001, 3);
    set_both(&bench, (struct network_path){.delay_us = DURATION_S});
    unsigned said = 0;
    while (counted(&bench, NETWORK_TO_PHONE)->dropped == 0 && said < 1000) {
        say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 60000);
        said++;
    }
    /* What it costs to hold them is less than a hundredth of these. */
    CU_ASSERT_TRUE(said > LINK_HELD_BYTES_MAX / 60600 && said <= LINK_HELD_BYTES_MAX / 60000 + 1);
    while (counted(&bench, NETWORK_FROM_PHONE)->dropped == 0)
        offer(&bench, 1);
    CU_ASSERT_TRUE(counted(&bench, NETWORK_FROM_PHONE)->passed < 1000);
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, PHONE, 4000));
    drain(&bench);
    CU_ASSERT_TRUE(adds_up(&bench));
    CU_ASSERT_TRUE(link_keeps_waiting(bench.link, true, PHONE, 4000)); /* it got no further */
    bench.count = 0;
    say(&connection, NETWORK_TO_PHONE, TCP_ACK | TCP_PSH, 100);
    say(&other, NETWORK_FROM_PHONE, TCP_SYN, 0);
    offer(&bench, 2);
    drain(&bench);
    CU_ASSERT_EQUAL(bench.count, 2); /* others are as well as before */
    CU_ASSERT_TRUE(adds_up(&bench));
    end(&bench);
}

/* Tens of thousands under way, both ways, each way with other delays and many out of order, so that
 * each new one belongs into the midst of them: a cost that grew with their number would be felt. */
static void many_under_way(void)
{
    struct bench bench;
    size_t wrong = 0, late = 0;
    uint32_t next[RELAY_SIDES] = {0};
    begin(&bench, 1);
    set(&bench, &(struct network_path){.delay_us = 100000, .reorder = 0},
        &(struct network_path){.delay_us = 150000, .reorder = 500000});
    for (uint32_t i = 0; i < 16000; i++) {
        offer_sized(&bench, i % 2 ? RELAY_LAB : RELAY_PHONES, SYSLOG_PORT, i / 2, 20, false);
        bench.now_us += 2;
    }
    CU_ASSERT_EQUAL(bench.count, 0);
    CU_ASSERT_EQUAL(counted(&bench, NETWORK_TO_PHONE)->dropped, 0);
    drain(&bench);
    for (size_t i = 0; i < bench.count; i++) {
        if (bench.seen[i].to == RELAY_LAB)
            wrong += bench.seen[i].number != next[RELAY_LAB]++;
        else if (bench.seen[i].number >= next[RELAY_PHONES])
            next[RELAY_PHONES] = bench.seen[i].number + 1;
        else
            late++;
    }
    CU_ASSERT_EQUAL(bench.count, 16000);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(is_binomial(late, 8000, 0.5));
    end(&bench);
}

void tests_harness_lab_link(void);
void tests_harness_lab_link(void)
{
    TEST_SUITE("lab/link", {"a plain line", a_plain_line}, {"loss as asked", loss_as_asked},
               {"loss in bursts", loss_in_bursts}, {"duplicates as asked", duplicates_as_asked},
               {"out of order as asked", out_of_order_as_asked},
               {"corruption as asked", corruption_as_asked}, {"delays as asked", delays_as_asked},
               {"jitter keeps the order", jitter_keeps_the_order},
               {"a rate is kept", a_rate_is_kept},
               {"a full queue drops the newest", a_full_queue_drops_the_newest}, {"a cut", a_cut},
               {"a read request is repeated", a_read_request_is_repeated},
               {"whose looks are no part of it", whose_looks_are_no_part_of_it},
               {"a lost segment arrives once", a_lost_segment_arrives_once},
               {"segments are lost as asked", segments_are_lost_as_asked},
               {"order within a connection", order_within_a_connection},
               {"what the kernel sends again", what_the_kernel_sends_again}, {"given up", given_up},
               {"a cut connection", a_cut_connection}, {"the phone resets", the_phone_resets},
               {"the server resets", the_server_resets}, {"the phone hangs up", the_phone_hangs_up},
               {"a port used again", a_port_used_again}, {"odd sequences", odd_sequences},
               {"an answer arrives", an_answer_arrives},
               {"an answer before a farewell", an_answer_before_a_farewell},
               {"set in the midst", set_in_the_midst}, {"real TCP", real_tcp},
               {"equal runs are equal", equal_runs_are_equal},
               {"others do not shift what is drawn", others_do_not_shift_what_is_drawn},
               {"settings do not shift each other", settings_do_not_shift_each_other},
               {"more conversations than are remembered", more_conversations_than_are_remembered},
               {"no more is held than so much", no_more_is_held_than_so_much},
               {"many under way", many_under_way});
}
