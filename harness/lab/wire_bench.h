/* SPDX-License-Identifier: MIT */
/* For tests: a wire. The process is on a "machine" whose eth1 is one end of a cable; at the other
 * end is a "device" in a namespace of its own, with dev0. */
#ifndef RCLAB_LAB_WIRE_BENCH_H
#define RCLAB_LAB_WIRE_BENCH_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdint.h>

#define WIRE_BENCH_MACHINE "eth1"
#define WIRE_BENCH_DEVICE "dev0"
enum { WIRE_BENCH_BROKEN = 99 /* exit code of a trial that could not be set up */ };

struct nl_sock;
struct wire_bench {
    int machine_fd, device_fd; /* network namespaces */
    struct nl_sock *machine, *device;
    struct mac machine_mac, device_mac;
};

/* Ends the process, with the error, if that did not work. */
void wire_bench_must(int result, const struct error *error);
/* In a process of one thread. Both ends are up with carrier; neither has an address. */
void wire_bench_init(struct wire_bench *bench);
void wire_bench_done(struct wire_bench *bench);

#endif
