/* SPDX-License-Identifier: MIT */
/* The uplink for real, frame by frame, and what goes wrong with a wire. Each trial is a child
 * process. */
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/wire_testing.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FRAMES = 3000,
    FEW_FRAMES = 100,
    FRAME_BYTES = 1514,
    TEST_ETHERTYPE = 0x88b5, /* IEEE 802: for local experiments */
    VLAN = 77,
    BUFFER_BYTES = 32 << 20,
    SLOW_BYTES_A_SECOND = 10000000,
    SLICE_US = 50 * DURATION_MS,
    SLICES_MAX = 400, /* 20 s */
};

/* --- single frames --- */

struct catcher {
    struct test_uplink *bench;
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
            loop_stop(catcher->bench->loop);
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
    test_wire_must(namespace_enter(&visit, netns_fd, &error), &error);
    test_wire_must(packet_socket_open(interface, ethertype, &fd, &error), &error);
    namespace_leave(&visit);
    packet_socket_set_buffer(fd, BUFFER_BYTES);
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0)
        _exit(TEST_WIRE_BROKEN);
    return fd;
}

static uint64_t carried(const struct relay_counters *counters)
{
    return counters->sent[RELAY_PHONES] + counters->sent[RELAY_LAB];
}

static int carry_frames(struct test_uplink *bench, int from_fd, int to_fd)
{
    struct error error = {0};
    struct relay_counters counters;
    struct catcher catcher = {.bench = bench, .from_fd = from_fd, .to_fd = to_fd};
    /* Each processor has a queue of its own for what comes out of a cable of the kernel's: whoever
     * changes between them may see frames overtake each other. */
    lab_pin_processor(0);
    test_wire_must(loop_watch(bench->loop, to_fd, EPOLLIN, catch, &catcher, &catcher.watch, &error),
                   &error);
    test_wire_must(
        loop_watch(bench->loop, from_fd, EPOLLOUT, send_more, &catcher, &catcher.more, &error),
        &error);
    test_wire_must(test_uplink_run(bench, 10 * DURATION_S, &error), &error);
    loop_unwatch(catcher.watch);
    loop_unwatch(catcher.more);
    close(from_fd);
    close(to_fd);
    if (catcher.caught != FRAMES)
        return 1;
    if (catcher.wrong != 0)
        return 2;
    if (uplink_count(bench->uplink, &counters, &error) < 0 || counters.dropped != 0)
        return 3;
    return carried(&counters) >= FRAMES ? 0 : 4;
}

static int inward_body(void)
{
    struct test_uplink bench;
    test_uplink_init(&bench);
    int result = carry_frames(&bench, open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, 0),
                              open_in(-1, TEST_UPLINK_LAB, ETH_P_ALL));
    return result ? result : test_uplink_done(&bench);
}

static int outward_body(void)
{
    struct test_uplink bench;
    test_uplink_init(&bench);
    int result = carry_frames(&bench, open_in(-1, TEST_UPLINK_LAB, 0),
                              open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, ETH_P_ALL));
    return result ? result : test_uplink_done(&bench);
}

/* --- a slow wire --- */

/* Lets no more than that out of the machine's end of the cable. */
static bool slow_down(struct test_uplink *bench, int queue_bytes)
{
    struct error error = {0};
    int index;
    test_wire_must(netlink_index(bench->wire.machine, TEST_WIRE_MACHINE, &index, &error), &error);
    struct rtnl_qdisc *queue = rtnl_qdisc_alloc();
    if (!queue)
        _exit(TEST_WIRE_BROKEN);
    rtnl_tc_set_ifindex(TC_CAST(queue), index);
    rtnl_tc_set_parent(TC_CAST(queue), TC_H_ROOT);
    rtnl_tc_set_kind(TC_CAST(queue), "tbf");
    rtnl_qdisc_tbf_set_rate(queue, SLOW_BYTES_A_SECOND, 1 << 14, 0);
    rtnl_qdisc_tbf_set_limit(queue, queue_bytes);
    int code = rtnl_qdisc_add(bench->wire.machine, queue, NLM_F_CREATE);
    rtnl_qdisc_put(queue);
    if (code < 0)
        fprintf(stderr, "not tried: this kernel has no token bucket filter\n");
    return code >= 0;
}

/* What the wire cannot take at once waits its turn: nothing is lost. */
static int slow_body(void)
{
    struct test_uplink bench;
    test_uplink_init(&bench);
    if (!slow_down(&bench, 64 << 20))
        return 0;
    int result = carry_frames(&bench, open_in(-1, TEST_UPLINK_LAB, 0),
                              open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, ETH_P_ALL));
    return result ? result : test_uplink_done(&bench);
}

/* All that is sent is accounted for: caught, or lost as whoever lost it counts. However busy the
 * machine, no longer than that takes. */
static unsigned catch_the_rest(struct test_uplink *bench, int to_fd,
                               uint64_t (*lost)(void *context), void *context)
{
    struct error error = {0};
    uint8_t bytes[FRAME_BYTES + 4];
    unsigned caught = 0;
    for (unsigned i = 0; i < SLICES_MAX && caught + lost(context) < FEW_FRAMES; i++) {
        test_wire_must(test_uplink_run(bench, SLICE_US, &error), &error);
        while (recv(to_fd, bytes, sizeof bytes, 0) >= 0)
            caught++;
    }
    return caught;
}

static uint64_t lost_by_queue(void *context)
{
    struct error error = {0};
    struct relay_counters counters;
    test_wire_must(uplink_count(context, &counters, &error), &error);
    return counters.dropped;
}

static uint64_t lost_by_line(void *context)
{
    const struct link *line = context;
    return line ? link_counters(line, NETWORK_FROM_PHONE)->lost : 0;
}

/* What the wire's own queue refuses is lost, and counted. */
static int short_queue_body(void)
{
    struct test_uplink bench;
    struct error error = {0};
    struct relay_counters counters;
    uint8_t bytes[FRAME_BYTES + 4];
    test_uplink_init(&bench);
    if (!slow_down(&bench, 1 << 14))
        return 0;
    int from_fd = open_in(-1, TEST_UPLINK_LAB, 0);
    int to_fd = open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, TEST_ETHERTYPE);
    for (unsigned i = 0; i < FEW_FRAMES; i++) {
        size_t length = make_frame(i, false, bytes);
        if (send(from_fd, bytes, length, 0) != (ssize_t)length)
            return TEST_WIRE_BROKEN;
    }
    unsigned caught = catch_the_rest(&bench, to_fd, lost_by_queue, bench.uplink);
    if (uplink_count(bench.uplink, &counters, &error) < 0 || counters.unplugged != 0)
        return 1;
    if (counters.dropped == 0 || caught == 0 || counters.dropped + caught != FEW_FRAMES)
        return 2;
    close(from_fd);
    close(to_fd);
    return test_uplink_done(&bench);
}

/* --- a device with a bad line --- */

/* `line`: of that sender; NULL = it has none. */
static unsigned send_and_catch(struct test_uplink *bench, int from_fd, int to_fd, const char *who,
                               struct link *line)
{
    uint8_t bytes[FRAME_BYTES + 4];
    for (unsigned i = 0; i < FEW_FRAMES; i++) {
        size_t length = make_frame(i, false, bytes);
        memset(bytes + 6, who[0], 6);
        if (send(from_fd, bytes, length, 0) != (ssize_t)length)
            _exit(TEST_WIRE_BROKEN);
    }
    return catch_the_rest(bench, to_fd, lost_by_line, line);
}

/* Half of the device's frames are lost, the others come late; nobody else's are touched, and once
 * the line is taken away, its own neither. */
static int bad_line_body(void)
{
    struct test_uplink bench;
    struct error error = {0};
    const struct mac device = {{'d', 'd', 'd', 'd', 'd', 'd'}};
    const struct link_config config = {.seed = 1, .real_tcp = true};
    const struct scenario_network network = {
        .paths[NETWORK_FROM_PHONE] = {.delay_us = 100 * DURATION_MS,
                                      .loss = NETWORK_SHARE_ONE / 2}};
    struct link *line;
    test_uplink_init(&bench);
    int from_fd = open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, 0);
    int to_fd = open_in(-1, TEST_UPLINK_LAB, TEST_ETHERTYPE);
    test_wire_must(link_new(&config, &line, &error), &error);
    link_set(line, &network, loop_now_us(bench.loop));
    test_wire_must(uplink_set_line(bench.uplink, &device, line, &error), &error);
    if (send_and_catch(&bench, from_fd, to_fd, "other", NULL) != FEW_FRAMES)
        return 1;
    unsigned caught = send_and_catch(&bench, from_fd, to_fd, "device", line);
    const struct link_counters *counters = link_counters(line, NETWORK_FROM_PHONE);
    if (counters->offered != FEW_FRAMES || counters->passed != caught ||
        counters->lost != FEW_FRAMES - caught)
        return 2;
    if (caught < FEW_FRAMES / 4 || caught > FEW_FRAMES * 3 / 4)
        return 3; /* five times the standard deviation, 5 */
    if (link_delays(line, NETWORK_FROM_PHONE).least_us < 100 * DURATION_MS)
        return 4;
    test_wire_must(uplink_set_line(bench.uplink, &device, NULL, &error), &error);
    link_free(line);
    if (send_and_catch(&bench, from_fd, to_fd, "device", NULL) != FEW_FRAMES)
        return 5;
    close(from_fd);
    close(to_fd);
    return test_uplink_done(&bench);
}

/* --- what goes wrong with a wire --- */

static void run_for_a_moment(struct test_uplink *bench)
{
    struct error error = {0};
    test_wire_must(test_uplink_run(bench, 50 * DURATION_MS, &error), &error);
}

static int pulled_cable_body(void)
{
    struct test_uplink bench;
    struct error error = {0};
    struct relay_counters counters, before;
    uint8_t bytes[FRAME_BYTES + 4];
    test_uplink_init(&bench);
    test_wire_must(netlink_set_down(bench.wire.device, TEST_WIRE_DEVICE, &error), &error);
    run_for_a_moment(&bench);
    test_wire_must(uplink_count(bench.uplink, &before, &error), &error);
    int fd = open_in(-1, TEST_UPLINK_LAB, 0);
    for (unsigned i = 0; i < 3; i++) {
        size_t length = make_frame(i, false, bytes);
        if (send(fd, bytes, length, 0) != (ssize_t)length)
            return TEST_WIRE_BROKEN;
    }
    run_for_a_moment(&bench);
    if (uplink_count(bench.uplink, &counters, &error) < 0 || counters.dropped != 0)
        return 1;
    if (counters.unplugged + carried(&counters) - carried(&before) < 3)
        return 2;
    test_wire_must(netlink_set_up(bench.wire.device, TEST_WIRE_DEVICE, &error), &error);
    test_wire_must(netlink_await_carrier(bench.wire.machine_fd, TEST_WIRE_MACHINE, &error), &error);
    close(fd);
    int result = carry_frames(&bench, open_in(bench.wire.device_fd, TEST_WIRE_DEVICE, 0),
                              open_in(-1, TEST_UPLINK_LAB, ETH_P_ALL));
    return result ? 10 + result : test_uplink_done(&bench);
}

static int fails_with(struct test_uplink *bench, const char *text)
{
    struct error error = {0};
    if (test_uplink_run(bench, 10 * DURATION_S, &error) != ERROR_SYSTEM)
        return 1;
    if (!strstr(error.text, text)) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    return test_uplink_done(bench);
}

static int taken_down_body(void)
{
    struct test_uplink bench;
    struct error error = {0};
    test_uplink_init(&bench);
    test_wire_must(netlink_set_down(bench.wire.machine, TEST_WIRE_MACHINE, &error), &error);
    return fails_with(&bench, "the interface eth1 was taken down");
}

static int removed_body(void)
{
    struct test_uplink bench;
    test_uplink_init(&bench);
    struct rtnl_link *link = rtnl_link_alloc();
    rtnl_link_set_name(link, TEST_WIRE_MACHINE);
    if (!link || rtnl_link_delete(bench.wire.machine, link) < 0)
        return TEST_WIRE_BROKEN;
    rtnl_link_put(link);
    return fails_with(&bench, "was removed");
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
    struct test_wire bench;
    struct error error = {0};
    test_wire_init(&bench);
    if (!refuses("eth9", "no interface eth9"))
        return 1;
    if (!refuses("lo", "not wired Ethernet"))
        return 2;
    test_wire_must(netlink_set_down(bench.device, TEST_WIRE_DEVICE, &error), &error);
    if (!refuses(TEST_WIRE_MACHINE, "no carrier"))
        return 3;
    test_wire_must(netlink_set_down(bench.machine, TEST_WIRE_MACHINE, &error), &error);
    if (!refuses(TEST_WIRE_MACHINE, "ip link set eth1 up"))
        return 4;
    test_wire_done(&bench);
    return 0;
}

/* --- a stream, both ways, with segments that nobody cuts on the way --- */

enum { PORT = 4000, BULK_BYTES = 32 << 20, CHUNK_BYTES = 1 << 16 };

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
                                 .sin_addr.s_addr = htonl(TEST_UPLINK_DEVICE_ADDRESS)};
    return connect(fd, (struct sockaddr *)&device, sizeof device) == 0 && receive_stream(fd) &&
           send_stream(fd);
}

/* Blocking, as a program of its own would have it. */
static int stream_socket(int netns_fd)
{
    struct error error;
    struct namespace_visit visit;
    test_wire_must(namespace_enter(&visit, netns_fd, &error), &error);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    namespace_leave(&visit);
    if (fd < 0)
        _exit(TEST_WIRE_BROKEN);
    return fd;
}

/* Its end is seen by the pipe, whose one byte says whether all was well. */
static int start_end(bool (*talk)(int fd), int fd)
{
    int pipe_fds[2];
    if (pipe(pipe_fds) < 0)
        _exit(TEST_WIRE_BROKEN);
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
    struct test_uplink bench;
    struct error error = {0};
    struct relay_counters counters;
    unsigned open_ends = 2;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    test_uplink_init(&bench);
    int device_fd = stream_socket(bench.wire.device_fd);
    if (bind(device_fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(device_fd, 1) < 0)
        return TEST_WIRE_BROKEN;
    struct end ends[] = {
        {.loop = bench.loop, .open = &open_ends, .fd = start_end(talk_as_device, device_fd)},
        {.loop = bench.loop, .open = &open_ends, .fd = start_end(talk_as_lab, stream_socket(-1))}};
    for (size_t i = 0; i < 2; i++)
        test_wire_must(loop_watch(bench.loop, ends[i].fd, EPOLLIN, end_ready, &ends[i],
                                  &ends[i].watch, &error),
                       &error);
    uint64_t start_us = monotonic_us();
    test_wire_must(test_uplink_run(&bench, 30 * DURATION_S, &error), &error);
    uint64_t took_us = monotonic_us() - start_us;
    if (!ends[0].good || !ends[1].good)
        return 1;
    if (uplink_count(bench.uplink, &counters, &error) < 0 || counters.dropped != 0 ||
        counters.unplugged != 0)
        return 2;
    if (getenv("RCLAB_TEST_FIGURES"))
        fprintf(stderr, "%d MiB/s, %llu frames\n",
                (int)(2.0 * (double)BULK_BYTES / 1048576 / ((double)took_us / 1e6)),
                (unsigned long long)carried(&counters));
    /* Far fewer frames than that many bytes need on a wire: they passed uncut. */
    if (carried(&counters) > 2 * (BULK_BYTES / FRAME_BYTES) / 2)
        return 3;
    for (size_t i = 0; i < 2; i++)
        close(ends[i].fd);
    return test_uplink_done(&bench);
}

/* --- its begin and its end --- */

static int cable_body(void)
{
    struct test_wire bench;
    struct error error;
    int index;
    test_wire_init(&bench);
    if (netlink_index(bench.machine, TEST_WIRE_MACHINE, &index, &error) < 0)
        return 1;
    if (netlink_index(bench.device, TEST_WIRE_MACHINE, &index, &error) == 0)
        return 2;
    test_wire_done(&bench);
    return 0;
}

static int empty_body(void)
{
    struct test_uplink bench;
    test_uplink_init(&bench);
    return test_uplink_done(&bench);
}

static uint32_t promiscuity(struct nl_sock *netlink)
{
    struct rtnl_link *link;
    if (rtnl_link_get_kernel(netlink, 0, TEST_WIRE_MACHINE, &link) < 0)
        _exit(TEST_WIRE_BROKEN);
    uint32_t count = rtnl_link_get_promiscuity(link);
    rtnl_link_put(link);
    return count;
}

static int interface_count(void)
{
    int count = 0;
    struct if_nameindex *all = if_nameindex();
    for (size_t i = 0; all && all[i].if_index != 0; i++)
        count++;
    if_freenameindex(all);
    return count;
}

/* A run that is killed while its lab is on the wire. */
static int killed_body(void)
{
    struct test_uplink bench;
    int pipe_fds[2];
    char byte;
    memset(&bench, 0, sizeof bench);
    test_wire_init(&bench.wire);
    int before = interface_count();
    if (pipe(pipe_fds) < 0)
        return TEST_WIRE_BROKEN;
    pid_t run = fork();
    if (run == 0) {
        test_uplink_add_lab(&bench);
        if (write(pipe_fds[1], "y", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipe_fds[1]);
    if (read(pipe_fds[0], &byte, 1) != 1)
        return TEST_WIRE_BROKEN;
    if (promiscuity(bench.wire.machine) == 0)
        return 1; /* else this shows nothing */
    kill(run, SIGKILL);
    if (waitpid(run, NULL, 0) != run || promiscuity(bench.wire.machine) != 0)
        return 2;
    if (interface_count() != before)
        return 3;
    struct nl_cache *addresses;
    if (rtnl_addr_alloc_cache(bench.wire.machine, &addresses) < 0)
        return TEST_WIRE_BROKEN;
    for (struct nl_object *at = nl_cache_get_first(addresses); at; at = nl_cache_get_next(at))
        if (rtnl_addr_get_ifindex((struct rtnl_addr *)at) != 1 /* lo */)
            return 4;
    nl_cache_free(addresses);
    close(pipe_fds[0]);
    test_wire_done(&bench.wire);
    return 0;
}

static void frames_from_the_wire(void)
{
    CU_ASSERT_EQUAL(testing_in_child(inward_body), 0);
}
static void frames_to_the_wire(void)
{
    CU_ASSERT_EQUAL(testing_in_child(outward_body), 0);
}
static void a_slow_wire(void)
{
    CU_ASSERT_EQUAL(testing_in_child(slow_body), 0);
}
static void a_wire_with_a_short_queue(void)
{
    CU_ASSERT_EQUAL(testing_in_child(short_queue_body), 0);
}
static void a_device_with_a_bad_line(void)
{
    CU_ASSERT_EQUAL(testing_in_child(bad_line_body), 0);
}
static void a_pulled_cable(void)
{
    CU_ASSERT_EQUAL(testing_in_child(pulled_cable_body), 0);
}
static void an_interface_taken_down(void)
{
    CU_ASSERT_EQUAL(testing_in_child(taken_down_body), 0);
}
static void an_interface_removed(void)
{
    CU_ASSERT_EQUAL(testing_in_child(removed_body), 0);
}
static void what_is_no_wire(void)
{
    CU_ASSERT_EQUAL(testing_in_child(refused_body), 0);
}

static void a_stream_both_ways(void)
{
    CU_ASSERT_EQUAL(testing_in_child(stream_body), 0);
}
static void a_cable_between_two_namespaces(void)
{
    CU_ASSERT_EQUAL(testing_in_child(cable_body), 0);
}
static void there_and_gone(void)
{
    CU_ASSERT_EQUAL(testing_in_child(empty_body), 0);
}
static void nothing_is_left_by_a_killed_run(void)
{
    CU_ASSERT_EQUAL(testing_in_child(killed_body), 0);
}

void tests_harness_lab_uplink(void);
void tests_harness_lab_uplink(void)
{
    TEST_SUITE("live lab/uplink", {"frames from the wire, tagged or not", frames_from_the_wire},
               {"frames to the wire, tagged or not", frames_to_the_wire},
               {"a slow wire only takes longer", a_slow_wire},
               {"a wire with a short queue", a_wire_with_a_short_queue},
               {"a device with a bad line", a_device_with_a_bad_line},
               {"a pulled cable only loses frames", a_pulled_cable},
               {"an interface taken down", an_interface_taken_down},
               {"an interface removed", an_interface_removed}, {"what is no wire", what_is_no_wire},
               {"a stream both ways, uncut", a_stream_both_ways},
               {"a cable between two namespaces", a_cable_between_two_namespaces},
               {"there and gone", there_and_gone},
               {"nothing is left by a killed run", nothing_is_left_by_a_killed_run});
}
