/* SPDX-License-Identifier: MIT */
/* Live: TCP through the uplink, both ways, with segments that nobody cuts on the way. */
#include "harness/base/duration.h"
#include "harness/base/monotonic.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/uplink_bench.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 4000, BULK_BYTES = 32 << 20, CHUNK_BYTES = 1 << 16, FRAME_BYTES = 1514 };

static bool send_stream(int fd)
{
    struct random_source random;
    static uint64_t words[CHUNK_BYTES / sizeof(uint64_t)];
    random_seed(&random, 5);
    for (size_t sent = 0; sent < BULK_BYTES; sent += sizeof words) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            words[i] = random_u64(&random);
        if (send(fd, words, sizeof words, MSG_NOSIGNAL) != (ssize_t)sizeof words)
            return false;
    }
    return true;
}

static bool receive_stream(int fd)
{
    struct random_source random;
    static uint64_t words[CHUNK_BYTES / sizeof(uint64_t)];
    random_seed(&random, 5);
    for (size_t received = 0; received < BULK_BYTES; received += sizeof words) {
        if (recv(fd, words, sizeof words, MSG_WAITALL) != (ssize_t)sizeof words)
            return false;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (words[i] != random_u64(&random))
                return false;
    }
    return true;
}

static bool talk_as_device(int listening_fd)
{
    int fd = accept(listening_fd, NULL, NULL);
    return fd >= 0 && send_stream(fd) && receive_stream(fd);
}

static bool talk_as_lab(int fd)
{
    struct sockaddr_in device = {.sin_family = AF_INET,
                                 .sin_port = htons(PORT),
                                 .sin_addr.s_addr = htonl(UPLINK_BENCH_DEVICE_ADDRESS)};
    return connect(fd, (struct sockaddr *)&device, sizeof device) == 0 && receive_stream(fd) &&
           send_stream(fd);
}

/* Blocking, as a program of its own would have it. */
static int stream_socket(int netns_fd)
{
    struct error error;
    struct namespace_visit visit;
    wire_bench_must(namespace_enter(&visit, netns_fd, &error), &error);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    namespace_leave(&visit);
    if (fd < 0)
        _exit(WIRE_BENCH_BROKEN);
    return fd;
}

/* Its end is seen by the pipe, whose one byte says whether all was well. */
static int start_end(bool (*talk)(int fd), int fd)
{
    int pipe_fds[2];
    if (pipe(pipe_fds) < 0)
        _exit(WIRE_BENCH_BROKEN);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        if (talk(fd) && write(pipe_fds[1], "y", 1) == 1)
            _exit(0);
        _exit(1);
    }
    close(pipe_fds[1]);
    close(fd);
    return pipe_fds[0];
}

struct end {
    struct loop *loop;
    unsigned *open; /* of the two processes that talk through the uplink */
    int fd;
    struct loop_watch *watch;
    bool good;
};

static void end_ready(void *context, uint32_t epoll_events)
{
    struct end *end = context;
    char byte = 0;
    (void)epoll_events;
    end->good = read(end->fd, &byte, 1) == 1 && byte == 'y';
    loop_unwatch(end->watch);
    end->watch = NULL;
    if (--*end->open == 0)
        loop_stop(end->loop);
}

static int stream_body(void)
{
    struct uplink_bench bench;
    struct error error = {0};
    uint64_t dropped;
    unsigned open_ends = 2;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    uplink_bench_init(&bench);
    int device_fd = stream_socket(bench.wire.device_fd);
    if (bind(device_fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(device_fd, 1) < 0)
        return WIRE_BENCH_BROKEN;
    struct end ends[] = {
        {.loop = bench.loop, .open = &open_ends, .fd = start_end(talk_as_device, device_fd)},
        {.loop = bench.loop, .open = &open_ends, .fd = start_end(talk_as_lab, stream_socket(-1))}};
    for (size_t i = 0; i < 2; i++)
        wire_bench_must(loop_watch(bench.loop, ends[i].fd, EPOLLIN, end_ready, &ends[i],
                                   &ends[i].watch, &error),
                        &error);
    uint64_t start_us = monotonic_us();
    wire_bench_must(uplink_bench_run(&bench, 30 * DURATION_S, &error), &error);
    uint64_t took_us = monotonic_us() - start_us;
    if (!ends[0].good || !ends[1].good)
        return 1;
    if (uplink_dropped(bench.uplink, &dropped, &error) < 0 || dropped != 0 ||
        uplink_unplugged(bench.uplink) != 0)
        return 2;
    if (getenv("RCLAB_TEST_FIGURES"))
        fprintf(stderr, "%d MiB/s, %llu frames\n",
                (int)(2.0 * BULK_BYTES / 1048576 / ((double)took_us / 1e6)),
                (unsigned long long)uplink_carried(bench.uplink));
    /* Far fewer frames than that many bytes need on a wire: they passed uncut. */
    if (uplink_carried(bench.uplink) > 2 * (BULK_BYTES / FRAME_BYTES) / 2)
        return 3;
    for (size_t i = 0; i < 2; i++)
        close(ends[i].fd);
    return uplink_bench_done(&bench);
}

static void a_stream_both_ways(void)
{
    CU_ASSERT_EQUAL(testing_in_child(stream_body), 0);
}

void tests_harness_lab_uplink_stream(void);
void tests_harness_lab_uplink_stream(void)
{
    TEST_SUITE("live lab/uplink_stream", {"a stream both ways, uncut", a_stream_both_ways});
}
