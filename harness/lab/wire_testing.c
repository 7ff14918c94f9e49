/* SPDX-License-Identifier: MIT */
#include "harness/lab/wire_testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- a cable --- */

void test_wire_must(int result, const struct error *error)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", error->text);
        _exit(TEST_WIRE_BROKEN);
    }
}

void test_wire_init(struct test_wire *bench)
{
    struct error error = {0};
    *bench = (struct test_wire){.machine_mac = {{2, 0, 0, 0, 0, 0x10}},
                                .device_mac = {{2, 0, 0, 0, 0, 0x20}}};
    test_wire_must(lab_enter_namespaces(&error), &error);
    bench->machine_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    test_wire_must(netlink_new_namespace(-1, true, &bench->device_fd, &error), &error);
    test_wire_must(netlink_open(-1, &bench->machine, &error), &error);
    test_wire_must(netlink_open(bench->device_fd, &bench->device, &error), &error);
    test_wire_must(netlink_set_up(bench->machine, "lo", &error), &error);
    test_wire_must(netlink_add_veth(bench->machine, TEST_WIRE_MACHINE, &bench->machine_mac,
                                    TEST_WIRE_DEVICE, &bench->device_mac, bench->device_fd, &error),
                   &error);
    test_wire_must(netlink_set_up(bench->machine, TEST_WIRE_MACHINE, &error), &error);
    test_wire_must(netlink_set_up(bench->device, TEST_WIRE_DEVICE, &error), &error);
    test_wire_must(netlink_await_carrier(-1, TEST_WIRE_MACHINE, &error), &error);
    test_wire_must(netlink_await_carrier(bench->device_fd, TEST_WIRE_DEVICE, &error), &error);
}

void test_wire_done(struct test_wire *bench)
{
    netlink_close(bench->machine);
    netlink_close(bench->device);
    close(bench->machine_fd);
    close(bench->device_fd);
}

/* --- a lab behind it --- */

void test_uplink_add_lab(struct test_uplink *bench)
{
    struct error error = {0};
    struct namespace_visit lab;
    test_wire_must(netlink_add_address(bench->wire.device, TEST_WIRE_DEVICE,
                                       TEST_UPLINK_DEVICE_ADDRESS, 24, &error),
                   &error);
    test_wire_must(uplink_open(TEST_WIRE_MACHINE, &bench->outside_fd, &error), &error);
    test_wire_must(netlink_new_namespace(-1, true, &bench->lab_fd, &error), &error);
    /* Never to come back. */
    test_wire_must(namespace_enter(&lab, bench->lab_fd, &error), &error);
    test_wire_must(netlink_open(-1, &bench->lab, &error), &error);
    test_wire_must(netlink_add_veth(bench->lab, TEST_UPLINK_LAB, NULL, "up1", NULL, -1, &error),
                   &error);
    test_wire_must(
        netlink_add_address(bench->lab, TEST_UPLINK_LAB, TEST_UPLINK_LAB_ADDRESS, 24, &error),
        &error);
    test_wire_must(netlink_set_up(bench->lab, TEST_UPLINK_LAB, &error), &error);
    test_wire_must(netlink_set_up_mute(bench->lab, "up1", &error), &error);
    test_wire_must(netlink_await_carrier(-1, TEST_UPLINK_LAB, &error), &error);
    test_wire_must(netlink_await_carrier(-1, "up1", &error), &error);
    test_wire_must(loop_new(LOOP_CLOCK_REAL, 1, &bench->loop, &error), &error);
    test_wire_must(uplink_new(bench->loop, bench->outside_fd, "up1", &bench->uplink, &error),
                   &error);
    close(lab.home_fd);
}

void test_uplink_init(struct test_uplink *bench)
{
    memset(bench, 0, sizeof *bench);
    test_wire_init(&bench->wire);
    test_uplink_add_lab(bench);
}

int test_uplink_done(struct test_uplink *bench)
{
    loop_timer_cancel(&bench->patience);
    uplink_free(bench->uplink);
    close(bench->outside_fd);
    loop_free(bench->loop);
    netlink_close(bench->lab);
    close(bench->lab_fd);
    test_wire_done(&bench->wire);
    return 0;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void no_longer(void *context)
{
    loop_stop(((struct test_uplink *)context)->loop);
}

int test_uplink_run(struct test_uplink *bench, uint64_t at_most_us, struct error *error)
{
    loop_timer_set(bench->loop, &bench->patience, loop_now_us(bench->loop) + at_most_us, no_longer,
                   bench);
    return loop_run(bench->loop, nothing_to_start, NULL, TEST_UPLINK_STALL_US, error);
}
