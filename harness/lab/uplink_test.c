/* SPDX-License-Identifier: MIT */
/* The uplink for real: a device behind a cable, the machine's end of it, and a lab in a namespace
 * of its own that reaches the device only through the uplink. Each trial is a child process. */
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_bench.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netlink/route/link.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DEVICE_ADDRESS = 0x0a090001,
    LAB_ADDRESS = 0x0a090002,
    PORT = 4000,
    STALL_US = 20000000,
    BULK_BYTES = 32 << 20,
    CHUNK_BYTES = 1 << 16,
    FRAMES = 3000,
    FRAME_BYTES = 1514,
    TEST_ETHERTYPE = 0x88b5, /* IEEE 802: for local experiments */
    VLAN = 77,
    BUFFER_BYTES = 32 << 20,
};

struct trial {
    struct wire_bench bench;
    struct loop *loop;
    struct uplink *uplink;
    int lab_fd, outside_fd;
    struct nl_sock *lab;
    struct loop_timer patience;
    unsigned open_ends; /* of the two processes that talk through the uplink */
};

static void begin(struct trial *trial)
{
    struct error error = {0};
    struct namespace_visit lab;
    memset(trial, 0, sizeof *trial);
    wire_bench_init(&trial->bench);
    wire_bench_must(
        netlink_add_address(trial->bench.device, WIRE_BENCH_DEVICE, DEVICE_ADDRESS, 24, &error),
        &error);
    wire_bench_must(uplink_open(WIRE_BENCH_MACHINE, &trial->outside_fd, &error), &error);
    wire_bench_must(netlink_new_namespace(true, &trial->lab_fd, &error), &error);
    /* Never to come back. */
    wire_bench_must(namespace_enter(&lab, trial->lab_fd, &error), &error);
    wire_bench_must(netlink_open(-1, &trial->lab, &error), &error);
    wire_bench_must(netlink_add_veth(trial->lab, "up0", NULL, "up1", NULL, -1, &error), &error);
    wire_bench_must(netlink_add_address(trial->lab, "up0", LAB_ADDRESS, 24, &error), &error);
    wire_bench_must(netlink_set_up(trial->lab, "up0", &error), &error);
    wire_bench_must(netlink_set_up_mute(trial->lab, "up1", &error), &error);
    wire_bench_must(netlink_await_carrier(-1, "up0", &error), &error);
    wire_bench_must(netlink_await_carrier(-1, "up1", &error), &error);
    wire_bench_must(loop_new(LOOP_CLOCK_REAL, 1, &trial->loop, &error), &error);
    wire_bench_must(uplink_new(trial->loop, trial->outside_fd, "up1", &trial->uplink, &error),
                    &error);
    close(lab.home_fd);
}

static int finish(struct trial *trial)
{
    loop_timer_cancel(&trial->patience);
    uplink_free(trial->uplink);
    close(trial->outside_fd);
    loop_free(trial->loop);
    netlink_close(trial->lab);
    close(trial->lab_fd);
    wire_bench_done(&trial->bench);
    return 0;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void no_longer(void *context)
{
    loop_stop(((struct trial *)context)->loop);
}

/* --- a stream, both ways -------------------------------------------------------------------------
 */

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
    struct sockaddr_in device = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(DEVICE_ADDRESS)};
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

static void end_closed(void *context, uint32_t epoll_events)
{
    struct trial *trial = context;
    (void)epoll_events;
    if (--trial->open_ends == 0)
        loop_stop(trial->loop);
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
    struct trial *trial;
    int fd;
    struct loop_watch *watch;
    bool good;
};

static void end_ready(void *context, uint32_t epoll_events)
{
    struct end *end = context;
    char byte = 0;
    end->good = read(end->fd, &byte, 1) == 1 && byte == 'y';
    loop_unwatch(end->watch);
    end->watch = NULL;
    end_closed(end->trial, epoll_events);
}

static int stream_body(void)
{
    struct trial trial;
    struct error error = {0};
    uint64_t dropped;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    begin(&trial);
    int device_fd = stream_socket(trial.bench.device_fd);
    if (bind(device_fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(device_fd, 1) < 0)
        return WIRE_BENCH_BROKEN;
    struct end ends[] = {{.trial = &trial, .fd = start_end(talk_as_device, device_fd)},
                         {.trial = &trial, .fd = start_end(talk_as_lab, stream_socket(-1))}};
    for (size_t i = 0; i < 2; i++)
        wire_bench_must(loop_watch(trial.loop, ends[i].fd, EPOLLIN, end_ready, &ends[i],
                                   &ends[i].watch, &error),
                        &error);
    trial.open_ends = 2;
    loop_timer_set(trial.loop, &trial.patience, loop_now_us(trial.loop) + 30 * DURATION_S,
                   no_longer, &trial);
    uint64_t start_us = loop_real_now_us(trial.loop);
    wire_bench_must(loop_run(trial.loop, nothing_to_start, NULL, STALL_US, &error), &error);
    uint64_t took_us = loop_real_now_us(trial.loop) - start_us;
    if (!ends[0].good || !ends[1].good)
        return 1;
    if (uplink_dropped(trial.uplink, &dropped, &error) < 0 || dropped != 0 ||
        uplink_unplugged(trial.uplink) != 0)
        return 2;
    if (getenv("RCLAB_TEST_FIGURES"))
        fprintf(stderr, "%d MiB/s, %llu frames\n",
                (int)(2.0 * BULK_BYTES / 1048576 / ((double)took_us / 1e6)),
                (unsigned long long)uplink_carried(trial.uplink));
    /* Far fewer frames than that many bytes need on a wire: they passed uncut. */
    if (uplink_carried(trial.uplink) > 2 * (BULK_BYTES / FRAME_BYTES) / 2)
        return 3;
    for (size_t i = 0; i < 2; i++)
        close(ends[i].fd);
    return finish(&trial);
}

/* --- single frames -------------------------------------------------------------------------------
 */

struct catcher {
    struct trial *trial;
    int from_fd, to_fd;
    struct loop_watch *watch, *more;
    unsigned sent, caught, wrong;
};

static size_t make_frame(unsigned number, bool tagged, uint8_t bytes[FRAME_BYTES + 4])
{
    struct random_source random;
    random_seed(&random, number);
    size_t length = 60 + (size_t)random_below(&random, FRAME_BYTES - 60 + 1);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)random_u32(&random);
    memset(bytes, 0xff, 6);
    memset(bytes + 6, 2, 6);
    bytes[12] = TEST_ETHERTYPE >> 8;
    bytes[13] = TEST_ETHERTYPE & 0xff;
    if (!tagged)
        return length;
    memmove(bytes + 16, bytes + 12, length - 12);
    memcpy(bytes + 12, (const uint8_t[]){0x81, 0x00, 0x60, VLAN}, 4);
    return length + 4;
}

static bool is_tagged(unsigned number)
{
    return number % 5 == 0;
}

static uint16_t tag_of(struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        struct tpacket_auxdata data;
        memcpy(&data, CMSG_DATA(at), sizeof data);
        if (at->cmsg_type == PACKET_AUXDATA && (data.tp_status & TP_STATUS_VLAN_VALID))
            return data.tp_vlan_tci;
    }
    return 0;
}

static void catch (void *context, uint32_t epoll_events)
{
    struct catcher *catcher = context;
    (void)epoll_events;
    for (;;) {
        uint8_t bytes[FRAME_BYTES + 4], expected[FRAME_BYTES + 4];
        uint8_t control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        struct iovec part = {bytes, sizeof bytes};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t length = recvmsg(catcher->to_fd, &message, 0);
        if (length < 0)
            return;
        uint16_t ethertype = (uint16_t)(bytes[12] << 8 | bytes[13]);
        if (ethertype != TEST_ETHERTYPE)
            continue; /* the kernels' own */
        unsigned number = catcher->caught++;
        size_t wanted = make_frame(number, false, expected);
        if ((size_t)length != wanted || memcmp(bytes, expected, wanted) != 0 ||
            tag_of(&message) != (is_tagged(number) ? 0x6000 | VLAN : 0))
            catcher->wrong++;
        if (catcher->caught == FRAMES)
            loop_stop(catcher->trial->loop);
    }
}

static void send_more(void *context, uint32_t epoll_events)
{
    struct catcher *catcher = context;
    uint8_t bytes[FRAME_BYTES + 4];
    (void)epoll_events;
    while (catcher->sent < FRAMES) {
        size_t length = make_frame(catcher->sent, is_tagged(catcher->sent), bytes);
        if (send(catcher->from_fd, bytes, length, 0) != (ssize_t)length)
            return;
        catcher->sent++;
    }
    loop_unwatch(catcher->more);
    catcher->more = NULL;
}

static int open_in(int netns_fd, const char *interface, uint16_t ethertype)
{
    struct error error = {0};
    struct namespace_visit visit;
    int fd, one = 1;
    wire_bench_must(namespace_enter(&visit, netns_fd, &error), &error);
    wire_bench_must(packet_socket_open(interface, ethertype, &fd, &error), &error);
    namespace_leave(&visit);
    packet_socket_set_buffer(fd, BUFFER_BYTES);
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0)
        _exit(WIRE_BENCH_BROKEN);
    return fd;
}

static int carry_frames(struct trial *trial, int from_fd, int to_fd)
{
    struct error error = {0};
    uint64_t dropped;
    struct catcher catcher = {.trial = trial, .from_fd = from_fd, .to_fd = to_fd};
    loop_timer_set(trial->loop, &trial->patience, loop_now_us(trial->loop) + 10 * DURATION_S,
                   no_longer, trial);
    wire_bench_must(
        loop_watch(trial->loop, to_fd, EPOLLIN, catch, &catcher, &catcher.watch, &error), &error);
    wire_bench_must(
        loop_watch(trial->loop, from_fd, EPOLLOUT, send_more, &catcher, &catcher.more, &error),
        &error);
    wire_bench_must(loop_run(trial->loop, nothing_to_start, NULL, STALL_US, &error), &error);
    loop_unwatch(catcher.watch);
    loop_unwatch(catcher.more);
    close(from_fd);
    close(to_fd);
    if (catcher.caught != FRAMES)
        return 1;
    if (catcher.wrong != 0)
        return 2;
    if (uplink_dropped(trial->uplink, &dropped, &error) < 0 || dropped != 0)
        return 3;
    return uplink_carried(trial->uplink) >= FRAMES ? 0 : 4;
}

static int inward_body(void)
{
    struct trial trial;
    begin(&trial);
    int result = carry_frames(&trial, open_in(trial.bench.device_fd, WIRE_BENCH_DEVICE, 0),
                              open_in(-1, "up0", ETH_P_ALL));
    return result ? result : finish(&trial);
}

static int outward_body(void)
{
    struct trial trial;
    begin(&trial);
    int result = carry_frames(&trial, open_in(-1, "up0", 0),
                              open_in(trial.bench.device_fd, WIRE_BENCH_DEVICE, ETH_P_ALL));
    return result ? result : finish(&trial);
}

/* --- what goes wrong with a wire -----------------------------------------------------------------
 */

static void run_for_a_moment(struct trial *trial)
{
    struct error error = {0};
    loop_timer_set(trial->loop, &trial->patience, loop_now_us(trial->loop) + 50 * DURATION_MS,
                   no_longer, trial);
    wire_bench_must(loop_run(trial->loop, nothing_to_start, NULL, STALL_US, &error), &error);
}

static int pulled_cable_body(void)
{
    struct trial trial;
    struct error error = {0};
    uint64_t dropped;
    uint8_t bytes[FRAME_BYTES + 4];
    begin(&trial);
    wire_bench_must(netlink_set_down(trial.bench.device, WIRE_BENCH_DEVICE, &error), &error);
    run_for_a_moment(&trial);
    uint64_t carried = uplink_carried(trial.uplink);
    int fd = open_in(-1, "up0", 0);
    for (unsigned i = 0; i < 3; i++) {
        size_t length = make_frame(i, false, bytes);
        if (send(fd, bytes, length, 0) != (ssize_t)length)
            return WIRE_BENCH_BROKEN;
    }
    run_for_a_moment(&trial);
    if (uplink_dropped(trial.uplink, &dropped, &error) < 0 || dropped != 0)
        return 1;
    if (uplink_unplugged(trial.uplink) + uplink_carried(trial.uplink) - carried < 3)
        return 2;
    wire_bench_must(netlink_set_up(trial.bench.device, WIRE_BENCH_DEVICE, &error), &error);
    wire_bench_must(netlink_await_carrier(trial.bench.machine_fd, WIRE_BENCH_MACHINE, &error),
                    &error);
    close(fd);
    int result = carry_frames(&trial, open_in(trial.bench.device_fd, WIRE_BENCH_DEVICE, 0),
                              open_in(-1, "up0", ETH_P_ALL));
    return result ? 10 + result : finish(&trial);
}

static int fails_with(struct trial *trial, const char *text)
{
    struct error error = {0};
    loop_timer_set(trial->loop, &trial->patience, loop_now_us(trial->loop) + 10 * DURATION_S,
                   no_longer, trial);
    if (loop_run(trial->loop, nothing_to_start, NULL, STALL_US, &error) != ERROR_SYSTEM)
        return 1;
    if (!strstr(error.text, text)) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    return finish(trial);
}

static int taken_down_body(void)
{
    struct trial trial;
    struct error error = {0};
    begin(&trial);
    wire_bench_must(netlink_set_down(trial.bench.machine, WIRE_BENCH_MACHINE, &error), &error);
    return fails_with(&trial, "the interface eth1 was taken down");
}

static int removed_body(void)
{
    struct trial trial;
    begin(&trial);
    struct rtnl_link *link = rtnl_link_alloc();
    rtnl_link_set_name(link, WIRE_BENCH_MACHINE);
    if (!link || rtnl_link_delete(trial.bench.machine, link) < 0)
        return WIRE_BENCH_BROKEN;
    rtnl_link_put(link);
    return fails_with(&trial, "was removed");
}

static bool refuses(const char *interface, const char *text)
{
    struct error error = {0};
    int fd = -1;
    if (uplink_open(interface, &fd, &error) == ERROR_UNAVAILABLE && fd == -1 &&
        strstr(error.text, text))
        return true;
    fprintf(stderr, "%s: %s\n", interface, error.text);
    return false;
}

static int refused_body(void)
{
    struct wire_bench bench;
    struct error error = {0};
    wire_bench_init(&bench);
    if (!refuses("eth9", "no interface eth9"))
        return 1;
    if (!refuses("lo", "not wired Ethernet"))
        return 2;
    wire_bench_must(netlink_set_down(bench.device, WIRE_BENCH_DEVICE, &error), &error);
    if (!refuses(WIRE_BENCH_MACHINE, "no carrier"))
        return 3;
    wire_bench_must(netlink_set_down(bench.machine, WIRE_BENCH_MACHINE, &error), &error);
    if (!refuses(WIRE_BENCH_MACHINE, "ip link set eth1 up"))
        return 4;
    wire_bench_done(&bench);
    return 0;
}

static void a_stream_both_ways(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(stream_body), 0);
}
static void frames_from_the_wire(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(inward_body), 0);
}
static void frames_to_the_wire(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(outward_body), 0);
}
static void a_pulled_cable(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(pulled_cable_body), 0);
}
static void an_interface_taken_down(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(taken_down_body), 0);
}
static void an_interface_removed(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(removed_body), 0);
}
static void what_is_no_wire(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(refused_body), 0);
}

void tests_harness_lab_uplink(void);
void tests_harness_lab_uplink(void)
{
    TEST_SUITE("live lab/uplink", {"a stream both ways, uncut", a_stream_both_ways},
               {"frames from the wire, tagged or not", frames_from_the_wire},
               {"frames to the wire, tagged or not", frames_to_the_wire},
               {"a pulled cable only loses frames", a_pulled_cable},
               {"an interface taken down", an_interface_taken_down},
               {"an interface removed", an_interface_removed},
               {"what is no wire", what_is_no_wire});
}
