/* SPDX-License-Identifier: MIT */
/* For tests: a wire, and a lab that reaches its far end only through an uplink. The process is on a
 * "machine" whose eth1 is one end of a cable; at the other end is a "device" in a namespace of its
 * own, with dev0. */
#ifndef RCLAB_LAB_WIRE_TESTING_H
#define RCLAB_LAB_WIRE_TESTING_H

#include "harness/base/address.h"
#include "harness/lab/uplink.h"

#define TEST_WIRE_MACHINE "eth1"
#define TEST_WIRE_DEVICE "dev0"
#define TEST_UPLINK_LAB "up0" /* the lab's end; its peer is the uplink's */
enum {
    TEST_WIRE_BROKEN = 99, /* exit code of a trial that could not be set up */
    TEST_UPLINK_DEVICE_ADDRESS = 0x0a090001,
    TEST_UPLINK_LAB_ADDRESS = 0x0a090002,
    TEST_UPLINK_STALL_US = 20000000,
};

struct nl_sock;
struct test_wire {
    int machine_fd, device_fd; /* network namespaces */
    struct nl_sock *machine, *device;
    struct mac machine_mac, device_mac;
};

/* Ends the process, with the error, if that did not work. */
void test_wire_must(int result, const struct error *error);
/* In a process of one thread. Both ends are up with carrier; neither has an address. */
void test_wire_init(struct test_wire *bench);
void test_wire_done(struct test_wire *bench);

struct test_uplink {
    struct test_wire wire;
    struct loop *loop; /* on the real clock */
    struct uplink *uplink;
    int lab_fd, outside_fd;
    struct nl_sock *lab;
    struct loop_timer patience;
};

/* The process is in the lab's namespace afterwards. */
void test_uplink_init(struct test_uplink *bench);
/* The second half of it, on a wire that is there. */
void test_uplink_add_lab(struct test_uplink *bench);
int test_uplink_done(struct test_uplink *bench); /* 0 */
/* Runs the loop until it is stopped, at most so long. */
int test_uplink_run(struct test_uplink *bench, uint64_t at_most_us, struct error *error);

#endif
