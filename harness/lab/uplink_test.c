/* SPDX-License-Identifier: MIT */
/* The uplink for real, frame by frame, and what goes wrong with a wire. Each trial is a child
 * process. */
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/uplink_bench.h"
#include "harness/loop/namespace.h"
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAMES = 3000,
    FEW_FRAMES = 100,
    FRAME_BYTES = 1514,
    TEST_ETHERTYPE = 0x88b5, /* IEEE 802: for local experiments */
    VLAN = 77,
    BUFFER_BYTES = 32 << 20,
    SLOW_BYTES_A_SECOND = 10000000,
};

/* --- single frames -------------------------------------------------------------------------------
 */

struct catcher {
    struct uplink_bench *bench;
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
    wire_bench_must(namespace_enter(&visit, netns_fd, &error), &error);
    wire_bench_must(packet_socket_open(interface, ethertype, &fd, &error), &error);
    namespace_leave(&visit);
    packet_socket_set_buffer(fd, BUFFER_BYTES);
    if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0)
        _exit(WIRE_BENCH_BROKEN);
    return fd;
}

static int carry_frames(struct uplink_bench *bench, int from_fd, int to_fd)
{
    struct error error = {0};
    uint64_t dropped;
    struct catcher catcher = {.bench = bench, .from_fd = from_fd, .to_fd = to_fd};
    wire_bench_must(
        loop_watch(bench->loop, to_fd, EPOLLIN, catch, &catcher, &catcher.watch, &error), &error);
    wire_bench_must(
        loop_watch(bench->loop, from_fd, EPOLLOUT, send_more, &catcher, &catcher.more, &error),
        &error);
    wire_bench_must(uplink_bench_run(bench, 10 * DURATION_S, &error), &error);
    loop_unwatch(catcher.watch);
    loop_unwatch(catcher.more);
    close(from_fd);
    close(to_fd);
    if (catcher.caught != FRAMES)
        return 1;
    if (catcher.wrong != 0)
        return 2;
    if (uplink_dropped(bench->uplink, &dropped, &error) < 0 || dropped != 0)
        return 3;
    return uplink_carried(bench->uplink) >= FRAMES ? 0 : 4;
}

static int inward_body(void)
{
    struct uplink_bench bench;
    uplink_bench_init(&bench);
    int result = carry_frames(&bench, open_in(bench.wire.device_fd, WIRE_BENCH_DEVICE, 0),
                              open_in(-1, UPLINK_BENCH_LAB, ETH_P_ALL));
    return result ? result : uplink_bench_done(&bench);
}

static int outward_body(void)
{
    struct uplink_bench bench;
    uplink_bench_init(&bench);
    int result = carry_frames(&bench, open_in(-1, UPLINK_BENCH_LAB, 0),
                              open_in(bench.wire.device_fd, WIRE_BENCH_DEVICE, ETH_P_ALL));
    return result ? result : uplink_bench_done(&bench);
}

/* --- a slow wire ---------------------------------------------------------------------------------
 */

/* Lets no more than that out of the machine's end of the cable. */
static bool slow_down(struct uplink_bench *bench, int queue_bytes)
{
    struct error error = {0};
    int index;
    wire_bench_must(netlink_index(bench->wire.machine, WIRE_BENCH_MACHINE, &index, &error), &error);
    struct rtnl_qdisc *queue = rtnl_qdisc_alloc();
    if (!queue)
        _exit(WIRE_BENCH_BROKEN);
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
    struct uplink_bench bench;
    uplink_bench_init(&bench);
    if (!slow_down(&bench, 64 << 20))
        return 0;
    int result = carry_frames(&bench, open_in(-1, UPLINK_BENCH_LAB, 0),
                              open_in(bench.wire.device_fd, WIRE_BENCH_DEVICE, ETH_P_ALL));
    return result ? result : uplink_bench_done(&bench);
}

/* What the wire's own queue refuses is lost, and counted. */
static int short_queue_body(void)
{
    struct uplink_bench bench;
    struct error error = {0};
    uint64_t dropped = 0;
    uint8_t bytes[FRAME_BYTES + 4];
    unsigned caught = 0;
    uplink_bench_init(&bench);
    if (!slow_down(&bench, 1 << 14))
        return 0;
    int from_fd = open_in(-1, UPLINK_BENCH_LAB, 0);
    int to_fd = open_in(bench.wire.device_fd, WIRE_BENCH_DEVICE, TEST_ETHERTYPE);
    for (unsigned i = 0; i < FEW_FRAMES; i++) {
        size_t length = make_frame(i, false, bytes);
        if (send(from_fd, bytes, length, 0) != (ssize_t)length)
            return WIRE_BENCH_BROKEN;
    }
    wire_bench_must(uplink_bench_run(&bench, 300 * DURATION_MS, &error), &error);
    while (recv(to_fd, bytes, sizeof bytes, 0) >= 0)
        caught++;
    if (uplink_dropped(bench.uplink, &dropped, &error) < 0 || uplink_unplugged(bench.uplink) != 0)
        return 1;
    if (dropped == 0 || caught == 0 || dropped + caught != FEW_FRAMES)
        return 2;
    close(from_fd);
    close(to_fd);
    return uplink_bench_done(&bench);
}

/* --- what goes wrong with a wire -----------------------------------------------------------------
 */

static void run_for_a_moment(struct uplink_bench *bench)
{
    struct error error = {0};
    wire_bench_must(uplink_bench_run(bench, 50 * DURATION_MS, &error), &error);
}

static int pulled_cable_body(void)
{
    struct uplink_bench bench;
    struct error error = {0};
    uint64_t dropped;
    uint8_t bytes[FRAME_BYTES + 4];
    uplink_bench_init(&bench);
    wire_bench_must(netlink_set_down(bench.wire.device, WIRE_BENCH_DEVICE, &error), &error);
    run_for_a_moment(&bench);
    uint64_t carried = uplink_carried(bench.uplink);
    int fd = open_in(-1, UPLINK_BENCH_LAB, 0);
    for (unsigned i = 0; i < 3; i++) {
        size_t length = make_frame(i, false, bytes);
        if (send(fd, bytes, length, 0) != (ssize_t)length)
            return WIRE_BENCH_BROKEN;
    }
    run_for_a_moment(&bench);
    if (uplink_dropped(bench.uplink, &dropped, &error) < 0 || dropped != 0)
        return 1;
    if (uplink_unplugged(bench.uplink) + uplink_carried(bench.uplink) - carried < 3)
        return 2;
    wire_bench_must(netlink_set_up(bench.wire.device, WIRE_BENCH_DEVICE, &error), &error);
    wire_bench_must(netlink_await_carrier(bench.wire.machine_fd, WIRE_BENCH_MACHINE, &error),
                    &error);
    close(fd);
    int result = carry_frames(&bench, open_in(bench.wire.device_fd, WIRE_BENCH_DEVICE, 0),
                              open_in(-1, UPLINK_BENCH_LAB, ETH_P_ALL));
    return result ? 10 + result : uplink_bench_done(&bench);
}

static int fails_with(struct uplink_bench *bench, const char *text)
{
    struct error error = {0};
    if (uplink_bench_run(bench, 10 * DURATION_S, &error) != ERROR_SYSTEM)
        return 1;
    if (!strstr(error.text, text)) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    return uplink_bench_done(bench);
}

static int taken_down_body(void)
{
    struct uplink_bench bench;
    struct error error = {0};
    uplink_bench_init(&bench);
    wire_bench_must(netlink_set_down(bench.wire.machine, WIRE_BENCH_MACHINE, &error), &error);
    return fails_with(&bench, "the interface eth1 was taken down");
}

static int removed_body(void)
{
    struct uplink_bench bench;
    uplink_bench_init(&bench);
    struct rtnl_link *link = rtnl_link_alloc();
    rtnl_link_set_name(link, WIRE_BENCH_MACHINE);
    if (!link || rtnl_link_delete(bench.wire.machine, link) < 0)
        return WIRE_BENCH_BROKEN;
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

void tests_harness_lab_uplink(void);
void tests_harness_lab_uplink(void)
{
    TEST_SUITE("live lab/uplink", {"frames from the wire, tagged or not", frames_from_the_wire},
               {"frames to the wire, tagged or not", frames_to_the_wire},
               {"a slow wire only takes longer", a_slow_wire},
               {"a wire with a short queue", a_wire_with_a_short_queue},
               {"a pulled cable only loses frames", a_pulled_cable},
               {"an interface taken down", an_interface_taken_down},
               {"an interface removed", an_interface_removed},
               {"what is no wire", what_is_no_wire});
}
