/* SPDX-License-Identifier: MIT */
/* A wire of two ends in network namespaces that die with the test's own child process. */
#ifndef RCLAB_FAKES_PHONE_LIVE_WIRE_TESTING_H
#define RCLAB_FAKES_PHONE_LIVE_WIRE_TESTING_H

#include "harness/base/address.h"
#include <stdbool.h>
#include <stdio.h>

#define WIRE_SERVER_INTERFACE "srv0"
#define WIRE_PHONE_INTERFACE "eth0"
#define WIRE_SERVER UINT32_C(0x0a630001) /* 10.99.0.1/24 */

struct live_wire {
    int phone_netns_fd; /* holds eth0, down, with phone_mac; the child stands at the other end */
    struct mac phone_mac, server_mac;
};

/* A check inside the child: on failure tells where, and leaves the function with false. */
#define WIRE_CHECK(condition)                                                         \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "\n%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            return false;                                                             \
        }                                                                             \
    } while (0)

/* Runs `body` in a child with such a wire: what it returned. The test is skipped if this machine
 * does not allow namespaces. */
bool live_wire_run(bool (*body)(struct live_wire *wire));

#endif
