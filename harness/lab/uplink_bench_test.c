/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/uplink_bench.h"
#include "harness/loop/namespace.h"
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* On a wire that is there. */
static void add_lab(struct uplink_bench *bench)
{
    struct error error = {0};
    struct namespace_visit lab;
    wire_bench_must(netlink_add_address(bench->wire.device, WIRE_BENCH_DEVICE,
                                        UPLINK_BENCH_DEVICE_ADDRESS, 24, &error),
                    &error);
    wire_bench_must(uplink_open(WIRE_BENCH_MACHINE, &bench->outside_fd, &error), &error);
    wire_bench_must(netlink_new_namespace(true, &bench->lab_fd, &error), &error);
    /* Never to come back. */
    wire_bench_must(namespace_enter(&lab, bench->lab_fd, &error), &error);
    wire_bench_must(netlink_open(-1, &bench->lab, &error), &error);
    wire_bench_must(netlink_add_veth(bench->lab, UPLINK_BENCH_LAB, NULL, "up1", NULL, -1, &error),
                    &error);
    wire_bench_must(
        netlink_add_address(bench->lab, UPLINK_BENCH_LAB, UPLINK_BENCH_LAB_ADDRESS, 24, &error),
        &error);
    wire_bench_must(netlink_set_up(bench->lab, UPLINK_BENCH_LAB, &error), &error);
    wire_bench_must(netlink_set_up_mute(bench->lab, "up1", &error), &error);
    wire_bench_must(netlink_await_carrier(-1, UPLINK_BENCH_LAB, &error), &error);
    wire_bench_must(netlink_await_carrier(-1, "up1", &error), &error);
    wire_bench_must(loop_new(LOOP_CLOCK_REAL, 1, &bench->loop, &error), &error);
    wire_bench_must(uplink_new(bench->loop, bench->outside_fd, "up1", &bench->uplink, &error),
                    &error);
    close(lab.home_fd);
}

void uplink_bench_init(struct uplink_bench *bench)
{
    memset(bench, 0, sizeof *bench);
    wire_bench_init(&bench->wire);
    add_lab(bench);
}

int uplink_bench_done(struct uplink_bench *bench)
{
    loop_timer_cancel(&bench->patience);
    uplink_free(bench->uplink);
    close(bench->outside_fd);
    loop_free(bench->loop);
    netlink_close(bench->lab);
    close(bench->lab_fd);
    wire_bench_done(&bench->wire);
    return 0;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void no_longer(void *context)
{
    loop_stop(((struct uplink_bench *)context)->loop);
}

int uplink_bench_run(struct uplink_bench *bench, uint64_t at_most_us, struct error *error)
{
    loop_timer_set(bench->loop, &bench->patience, loop_now_us(bench->loop) + at_most_us, no_longer,
                   bench);
    return loop_run(bench->loop, nothing_to_start, NULL, UPLINK_BENCH_STALL_US, error);
}

static int empty_body(void)
{
    struct uplink_bench bench;
    uplink_bench_init(&bench);
    return uplink_bench_done(&bench);
}

static uint32_t promiscuity(struct nl_sock *netlink)
{
    struct rtnl_link *link;
    if (rtnl_link_get_kernel(netlink, 0, WIRE_BENCH_MACHINE, &link) < 0)
        _exit(WIRE_BENCH_BROKEN);
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
    struct uplink_bench bench;
    int pipe_fds[2];
    char byte;
    memset(&bench, 0, sizeof bench);
    wire_bench_init(&bench.wire);
    int before = interface_count();
    if (pipe(pipe_fds) < 0)
        return WIRE_BENCH_BROKEN;
    pid_t run = fork();
    if (run == 0) {
        add_lab(&bench);
        if (write(pipe_fds[1], "y", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipe_fds[1]);
    if (read(pipe_fds[0], &byte, 1) != 1)
        return WIRE_BENCH_BROKEN;
    if (promiscuity(bench.wire.machine) == 0)
        return 1; /* else this shows nothing */
    kill(run, SIGKILL);
    if (waitpid(run, NULL, 0) != run || promiscuity(bench.wire.machine) != 0)
        return 2;
    if (interface_count() != before)
        return 3;
    struct nl_cache *addresses;
    if (rtnl_addr_alloc_cache(bench.wire.machine, &addresses) < 0)
        return WIRE_BENCH_BROKEN;
    for (struct nl_object *at = nl_cache_get_first(addresses); at; at = nl_cache_get_next(at))
        if (rtnl_addr_get_ifindex((struct rtnl_addr *)at) != 1 /* lo */)
            return 4;
    nl_cache_free(addresses);
    close(pipe_fds[0]);
    wire_bench_done(&bench.wire);
    return 0;
}

static void nothing_is_left_by_a_killed_run(void)
{
    CU_ASSERT_EQUAL(testing_in_child(killed_body), 0);
}

static void there_and_gone(void)
{
    CU_ASSERT_EQUAL(testing_in_child(empty_body), 0);
}

void tests_harness_lab_uplink_bench(void);
void tests_harness_lab_uplink_bench(void)
{
    TEST_SUITE("live lab/uplink_bench", {"there and gone", there_and_gone},
               {"nothing is left by a killed run", nothing_is_left_by_a_killed_run});
}
