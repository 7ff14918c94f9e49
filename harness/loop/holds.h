/* SPDX-License-Identifier: MIT */
/* The peers that scripted faults keep silent on purpose. Private to the loop. */
#ifndef RCLAB_LOOP_HOLDS_H
#define RCLAB_LOOP_HOLDS_H

#include "harness/loop/loop.h"
#include <stddef.h>

struct hold {
    enum loop_protocol protocol;
    uint32_t address;
    uint16_t port;
    int fd; /* -1, or the socket whose send queue must be empty */
};
struct holds {
    struct hold *items; /* owned */
    size_t count, capacity;
};

void holds_done(struct holds *holds);
int holds_add(struct holds *holds, const struct hold *hold, struct error *error);
void holds_remove(struct holds *holds, enum loop_protocol protocol, uint32_t address,
                  uint16_t port);
bool holds_have(const struct holds *holds, enum loop_protocol protocol, uint32_t address,
                uint16_t port);

#endif
