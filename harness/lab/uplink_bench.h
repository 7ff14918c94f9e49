/* SPDX-License-Identifier: MIT */
/* For tests: a device behind a cable, the machine's end of it, and a lab in a namespace of its own
 * that reaches the device only through an uplink. */
#ifndef RCLAB_LAB_UPLINK_BENCH_H
#define RCLAB_LAB_UPLINK_BENCH_H

#include "harness/lab/uplink.h"
#include "harness/lab/wire_bench.h"

#define UPLINK_BENCH_LAB "up0" /* the lab's end; its peer is the uplink's */
enum {
    UPLINK_BENCH_DEVICE_ADDRESS = 0x0a090001,
    UPLINK_BENCH_LAB_ADDRESS = 0x0a090002,
    UPLINK_BENCH_STALL_US = 20000000,
};

struct uplink_bench {
    struct wire_bench wire;
    struct loop *loop; /* on the real clock */
    struct uplink *uplink;
    int lab_fd, outside_fd;
    struct nl_sock *lab;
    struct loop_timer patience;
};

/* The process is in the lab's namespace afterwards. */
void uplink_bench_init(struct uplink_bench *bench);
int uplink_bench_done(struct uplink_bench *bench); /* 0 */
/* Runs the loop until it is stopped, at most so long. */
int uplink_bench_run(struct uplink_bench *bench, uint64_t at_most_us, struct error *error);

#endif
