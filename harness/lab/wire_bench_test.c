/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/lab/wire_bench.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void wire_bench_must(int result, const struct error *error)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", error->text);
        _exit(WIRE_BENCH_BROKEN);
    }
}

void wire_bench_init(struct wire_bench *bench)
{
    struct error error = {0};
    *bench = (struct wire_bench){.machine_mac = {{2, 0, 0, 0, 0, 0x10}},
                                 .device_mac = {{2, 0, 0, 0, 0, 0x20}}};
    wire_bench_must(lab_enter_namespaces(&error), &error);
    bench->machine_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    wire_bench_must(netlink_new_namespace(true, &bench->device_fd, &error), &error);
    wire_bench_must(netlink_open(-1, &bench->machine, &error), &error);
    wire_bench_must(netlink_open(bench->device_fd, &bench->device, &error), &error);
    wire_bench_must(netlink_set_up(bench->machine, "lo", &error), &error);
    wire_bench_must(netlink_add_veth(bench->machine, WIRE_BENCH_MACHINE, &bench->machine_mac,
                                     WIRE_BENCH_DEVICE, &bench->device_mac, bench->device_fd,
                                     &error),
                    &error);
    wire_bench_must(netlink_set_up(bench->machine, WIRE_BENCH_MACHINE, &error), &error);
    wire_bench_must(netlink_set_up(bench->device, WIRE_BENCH_DEVICE, &error), &error);
    wire_bench_must(netlink_await_carrier(-1, WIRE_BENCH_MACHINE, &error), &error);
    wire_bench_must(netlink_await_carrier(bench->device_fd, WIRE_BENCH_DEVICE, &error), &error);
}

void wire_bench_done(struct wire_bench *bench)
{
    netlink_close(bench->machine);
    netlink_close(bench->device);
    close(bench->machine_fd);
    close(bench->device_fd);
}

static int cable_body(void)
{
    struct wire_bench bench;
    struct error error;
    int index;
    wire_bench_init(&bench);
    if (netlink_index(bench.machine, WIRE_BENCH_MACHINE, &index, &error) < 0)
        return 1;
    if (netlink_index(bench.device, WIRE_BENCH_MACHINE, &index, &error) == 0)
        return 2;
    wire_bench_done(&bench);
    return 0;
}

static void a_cable_between_two_namespaces(void)
{
    CU_ASSERT_EQUAL(testing_in_child(cable_body), 0);
}

void tests_harness_lab_wire_bench(void);
void tests_harness_lab_wire_bench(void)
{
    TEST_SUITE("live lab/wire_bench",
               {"a cable between two namespaces", a_cable_between_two_namespaces});
}
