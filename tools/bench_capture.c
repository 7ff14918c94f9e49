/* SPDX-License-Identifier: MIT */
/* For `make bench`: a long capture made of short ones.
 *   bench-capture OUT.pcap FRAMES CAPTURE.pcapng…
 * What was recorded in all of them goes on side by side, each in its own time, again and again,
 * until there are FRAMES frames. So that as many phones are seen as in a lab that is full, each of
 * them appears as COPIES phones in turn, in networks of their own: their Ethernet and IPv4
 * addresses are replaced in headers, ARP, DHCP and DNS, and checksums computed anew. The same
 * captures give the same bytes. */
#include "harness/base/file.h"
#include "harness/wire/frame.h"
#include "harness/wire/pcapng.h"
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COPIES = 10,
    CAPTURES_MAX = 100, /* so that networks of copies can be numbered */
    CAPTURE_BYTES_MAX = 1 << 20,
    FRAMES_MAX = 10000000,
    ETHERNET_BYTES = 14,
    ARP_SENDER = ETHERNET_BYTES + 14,
    ARP_TARGET = ETHERNET_BYTES + 24,
    IPV4_SOURCE = ETHERNET_BYTES + 12,
    IPV4_DESTINATION = ETHERNET_BYTES + 16,
    IPV4_CHECKSUM = ETHERNET_BYTES + 10,
    IPV4_LENGTH = ETHERNET_BYTES + 2,
    UDP_CHECKSUM = 6,
    TCP_CHECKSUM = 16,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
};
#define PAUSE_US UINT64_C(1000000) /* between the end of it all and its repetition */

/* The emulated phones' addresses, and those of their network, as they begin. */
static const uint8_t phone_prefix[] = {0x02, 0x52, 0x43, 0x00, 0x00};
static const uint8_t network_prefix[] = {10, 77};

struct recorded {
    uint64_t since_us; /* since its capture began */
    size_t capture, order;
    uint8_t *bytes; /* owned; `length` of them */
    uint32_t length;
};
struct recording {
    struct recorded *frames; /* owned, in the order of time */
    size_t count;
    uint8_t *room; /* owned; for the frame that is changed */
};

static int usage(void)
{
    fputs("usage: bench-capture OUT.pcap FRAMES CAPTURE.pcapng…\n", stderr);
    return 2;
}

/* --- what was recorded --- */

static void add(struct recording *recording, size_t capture, uint64_t since_us,
                const struct pcapng_frame *frame)
{
    size_t bytes = (recording->count + 1) * sizeof *recording->frames;
    struct recorded *frames = realloc(recording->frames, bytes);
    uint8_t *copy = malloc(frame->length);
    if (!frames || !copy) {
        fputs("bench-capture: out of memory\n", stderr);
        exit(1);
    }
    memcpy(copy, frame->bytes, frame->length);
    recording->frames = frames;
    frames[recording->count] = (struct recorded){.since_us = since_us,
                                                 .capture = capture,
                                                 .order = recording->count,
                                                 .bytes = copy,
                                                 .length = (uint32_t)frame->length};
    recording->count++;
}

static bool read_capture(struct recording *recording, size_t capture, const char *path)
{
    struct error error = {0};
    struct pcapng_reader reader;
    struct pcapng_frame frame;
    uint8_t *bytes;
    size_t length;
    uint64_t first_us = 0;
    if (file_read(path, CAPTURE_BYTES_MAX, &bytes, &length, &error) < 0) {
        fprintf(stderr, "bench-capture: %s: %s\n", path, error.text);
        return false;
    }
    pcapng_reader_init(&reader, bytes, length);
    while (pcapng_reader_next(&reader, &frame)) {
        if (frame.number == 1)
            first_us = frame.time_us;
        if (frame.length == frame.wire_length && frame.length > ETHERNET_BYTES)
            add(recording, capture, frame.time_us > first_us ? frame.time_us - first_us : 0,
                &frame);
    }
    free(bytes);
    if (reader.bad || reader.frames == 0)
        fprintf(stderr, "bench-capture: %s: no capture in the form of pcapng\n", path);
    return !reader.bad && reader.frames > 0;
}

static int earlier(const void *left, const void *right)
{
    const struct recorded *a = left, *b = right;
    if (a->since_us != b->since_us)
        return a->since_us < b->since_us ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* --- another phone, in another network --- */

static void replace(uint8_t *bytes, size_t length, const uint8_t *old, const uint8_t *new,
                    size_t size)
{
    for (size_t at = 0; at + size <= length; at++)
        if (memcmp(bytes + at, old, size) == 0)
            memcpy(bytes + at, new, size);
}

static uint32_t sum_of(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return sum;
}

static void store_checksum(uint8_t *at, uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    at[0] = (uint8_t)(~sum >> 8);
    at[1] = (uint8_t)~sum;
}

/* RFC 1071: of the IPv4 header, and of what it carries with its pseudo header. */
static void renew_checksums(uint8_t *bytes, size_t length)
{
    size_t header = (size_t)(bytes[ETHERNET_BYTES] & 15) * 4;
    size_t total = (size_t)bytes[IPV4_LENGTH] << 8 | bytes[IPV4_LENGTH + 1];
    uint8_t protocol = bytes[ETHERNET_BYTES + 9];
    size_t place = protocol == PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
    if (header < 20 || total < header + place + 2 || ETHERNET_BYTES + total > length)
        return;
    uint8_t *ip = bytes + ETHERNET_BYTES, *carried = ip + header;
    memset(bytes + IPV4_CHECKSUM, 0, 2);
    store_checksum(bytes + IPV4_CHECKSUM, sum_of(ip, header));
    if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP)
        return;
    memset(carried + place, 0, 2);
    store_checksum(carried + place, sum_of(bytes + IPV4_SOURCE, 8) + protocol +
                                        (uint32_t)(total - header) +
                                        sum_of(carried, total - header));
}

static void become_another(uint8_t *bytes, size_t length, unsigned number)
{
    const uint8_t phone[] = {phone_prefix[0], phone_prefix[1], phone_prefix[2],
                             (uint8_t)(number >> 8), (uint8_t)number};
    const uint8_t network[] = {(uint8_t)(10 + number / 128), (uint8_t)(128 + number % 128)};
    struct frame frame;
    replace(bytes, 2 * MAC_BYTES, phone_prefix, phone, sizeof phone);
    if (!frame_decode(bytes, length, &frame))
        return;
    if (frame.kind == FRAME_ARP) {
        replace(bytes + ETHERNET_BYTES, length - ETHERNET_BYTES, phone_prefix, phone, sizeof phone);
        replace(bytes + ARP_SENDER, 2, network_prefix, network, sizeof network);
        replace(bytes + ARP_TARGET, 2, network_prefix, network, sizeof network);
        return;
    }
    if (frame.kind == FRAME_OTHER)
        return;
    replace(bytes + IPV4_SOURCE, 2, network_prefix, network, sizeof network);
    replace(bytes + IPV4_DESTINATION, 2, network_prefix, network, sizeof network);
    if (frame.kind == FRAME_UDP) {
        uint8_t *payload = bytes + (frame.payload - bytes);
        replace(payload, frame.payload_length, phone_prefix, phone, sizeof phone);
        replace(payload, frame.payload_length, network_prefix, network, sizeof network);
    }
    renew_checksums(bytes, length);
}

/* --- out --- */

static void write_frame(pcap_dumper_t *out, struct recording *recording,
                        const struct recorded *recorded, size_t round, uint64_t begin_us)
{
    uint64_t time_us = begin_us + recorded->since_us;
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = (time_t)(time_us / 1000000), .tv_usec = (suseconds_t)(time_us % 1000000)},
        .caplen = recorded->length,
        .len = recorded->length};
    memcpy(recording->room, recorded->bytes, recorded->length);
    become_another(recording->room, recorded->length,
                   (unsigned)(recorded->capture * COPIES + round % COPIES + 1));
    pcap_dump((u_char *)out, &header, recording->room);
}

static int write_all(const char *path, uint64_t frames, struct recording *recording)
{
    uint64_t begin_us = UINT64_C(1700000000) * 1000000;
    uint64_t period_us = recording->frames[recording->count - 1].since_us + PAUSE_US;
    pcap_t *dead = pcap_open_dead(DLT_EN10MB, PCAPNG_FRAME_MAX);
    pcap_dumper_t *out = dead ? pcap_dump_open(dead, path) : NULL;
    recording->room = malloc(PCAPNG_FRAME_MAX);
    if (!out || !recording->room) {
        fprintf(stderr, "bench-capture: %s\n", dead ? pcap_geterr(dead) : "out of memory");
        return 1;
    }
    for (uint64_t i = 0; i < frames; i++) {
        size_t round = (size_t)(i / recording->count);
        write_frame(out, recording, &recording->frames[i % recording->count], round,
                    begin_us + round * period_us);
    }
    int code = pcap_dump_flush(out) == 0 && !ferror(pcap_dump_file(out)) ? 0 : 1;
    if (code)
        fprintf(stderr, "bench-capture: %s: %s\n", path, strerror(errno));
    pcap_dump_close(out);
    pcap_close(dead);
    return code;
}

int main(int argument_count, char **arguments)
{
    struct recording recording = {0};
    char *end;
    if (argument_count < 4 || argument_count - 3 > CAPTURES_MAX)
        return usage();
    uint64_t frames = strtoull(arguments[2], &end, 10);
    if (*end || frames == 0 || frames > FRAMES_MAX)
        return usage();
    for (int i = 3; i < argument_count; i++)
        if (!read_capture(&recording, (size_t)i - 3, arguments[i]))
            return 1;
    if (recording.count == 0)
        return usage();
    qsort(recording.frames, recording.count, sizeof *recording.frames, earlier);
    int code = write_all(arguments[1], frames, &recording);
    for (size_t i = 0; i < recording.count; i++)
        free(recording.frames[i].bytes);
    free(recording.frames);
    free(recording.room);
    return code;
}
