/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/uplink_bench.h"
#include "harness/loop/namespace.h"
#include <string.h>
#include <unistd.h>

void uplink_bench_init(struct uplink_bench *bench)
{
    struct error error = {0};
    struct namespace_visit lab;
    memset(bench, 0, sizeof *bench);
    wire_bench_init(&bench->wire);
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

static void there_and_gone(void)
{
    CU_ASSERT_EQUAL(wire_bench_run(empty_body), 0);
}

void tests_harness_lab_uplink_bench(void);
void tests_harness_lab_uplink_bench(void)
{
    TEST_SUITE("live lab/uplink_bench", {"there and gone", there_and_gone});
}
