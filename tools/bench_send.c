/* SPDX-License-Identifier: MIT */
/* For `make bench`: puts the frames of a capture on an interface, again and again.
 *   bench-send INTERFACE CAPTURE FRAMES RATE
 * RATE: frames a second, 0 = as fast as they go. Prints how long it took, in microseconds. A frame
 * that the interface refuses (its queue is full) is offered again. */
#include "harness/base/duration.h"
#include "harness/base/error.h"
#include "harness/lab/packet_socket.h"
#include "harness/observe/capture.h"
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum { FRAMES_MAX = 65536, BATCH = 32, WAIT_MS = 100 };

struct frames {
    struct iovec list[FRAMES_MAX]; /* their bytes are owned */
    size_t count;
};

static int keep(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                size_t wire_length)
{
    struct frames *frames = context;
    uint8_t *copy = frames->count < FRAMES_MAX ? malloc(length) : NULL;
    (void)time_us;
    (void)wire_length;
    if (!copy)
        return ERROR_LIMIT; /* as many as there is room for */
    memcpy(copy, bytes, length);
    frames->list[frames->count++] = (struct iovec){copy, length};
    return 0;
}

static bool read_frames(const char *path, struct frames *frames)
{
    struct capture *capture;
    struct error error = {0};
    size_t count;
    if (capture_open_file(path, &capture, &error) < 0 ||
        (capture_drain(capture, keep, frames, &count, &error) < 0 && frames->count == 0)) {
        fprintf(stderr, "bench-send: %s\n", error.text);
        return false;
    }
    capture_free(capture);
    return frames->count > 0;
}

/* Not before that many frames are due. */
static void await(uint64_t start_us, uint64_t frames, uint64_t rate)
{
    uint64_t due_us = start_us + (rate ? frames * 1000000 / rate : 0);
    const struct timespec due = {.tv_sec = (time_t)(due_us / 1000000),
                                 .tv_nsec = (long)(due_us % 1000000) * 1000};
    if (rate && monotonic_us() < due_us)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

/* How many went out of the `count` that come next; -1: an error. */
static int send_batch(int fd, const struct frames *frames, uint64_t at, unsigned count)
{
    struct mmsghdr messages[BATCH];
    for (unsigned i = 0; i < count; i++)
        messages[i] = (struct mmsghdr){
            .msg_hdr = {.msg_iov =
                            (struct iovec *)(uintptr_t)&frames->list[(at + i) % frames->count],
                        .msg_iovlen = 1}};
    int sent = sendmmsg(fd, messages, count, 0);
    if (sent >= 0)
        return sent;
    if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
        return -1;
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    poll(&room, 1, WAIT_MS);
    return 0;
}

static int send_all(int fd, const struct frames *frames, uint64_t total, uint64_t rate)
{
    uint64_t start_us = monotonic_us();
    for (uint64_t at = 0; at < total;) {
        unsigned count = total - at < BATCH ? (unsigned)(total - at) : BATCH;
        await(start_us, at, rate);
        int sent = send_batch(fd, frames, at, count);
        if (sent < 0) {
            perror("bench-send");
            return 1;
        }
        at += (unsigned)sent;
    }
    printf("%" PRIu64 "\n", monotonic_us() - start_us);
    return 0;
}

int main(int argument_count, char **arguments)
{
    static struct frames frames;
    struct error error = {0};
    int fd, one = 1;
    if (argument_count != 5) {
        fputs("usage: bench-send INTERFACE CAPTURE FRAMES RATE\n", stderr);
        return 2;
    }
    if (packet_socket_open(arguments[1], 0, &fd, &error) < 0) {
        fprintf(stderr, "bench-send: %s\n", error.text);
        return 1;
    }
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    if (!read_frames(arguments[2], &frames))
        return 1;
    int code =
        send_all(fd, &frames, strtoull(arguments[3], NULL, 10), strtoull(arguments[4], NULL, 10));
    for (size_t i = 0; i < frames.count; i++)
        free(frames.list[i].iov_base);
    return code;
}
