/* SPDX-License-Identifier: MIT */
#include "harness/loop/holds.h"
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

void holds_done(struct holds *holds)
{
    free(holds->items);
    *holds = (struct holds){0};
}

int holds_add(struct holds *holds, const struct hold *hold, struct error *error)
{
    if (holds->count == holds->capacity) {
        size_t capacity = holds->capacity ? 2 * holds->capacity : 16;
        struct hold *items;
        if (capacity > LOOP_HOLDS_MAX)
            return error_set(error, ERROR_LIMIT, "more than %d connections are kept silent at once",
                             LOOP_HOLDS_MAX);
        items = realloc(holds->items, capacity * sizeof *items);
        if (!items)
            return error_set(error, ERROR_MEMORY, "out of memory");
        holds->items = items;
        holds->capacity = capacity;
    }
    holds->items[holds->count++] = *hold;
    return 0;
}

static bool hold_is(const struct hold *hold, enum loop_protocol protocol, uint32_t address,
                    uint16_t port)
{
    return hold->protocol == protocol && hold->address == address && hold->port == port;
}

void holds_remove(struct holds *holds, enum loop_protocol protocol, uint32_t address, uint16_t port)
{
    for (size_t i = 0; i < holds->count; i++) {
        if (hold_is(&holds->items[i], protocol, address, port)) {
            holds->items[i] = holds->items[--holds->count];
            return;
        }
    }
}

/* What was sent before the silence must have reached the peer, or the clock would overtake it. */
static bool all_acknowledged(int fd)
{
    int unsent = 0;
    return fd < 0 || ioctl(fd, SIOCOUTQ, &unsent) < 0 || unsent == 0;
}

bool holds_have(const struct holds *holds, enum loop_protocol protocol, uint32_t address,
                uint16_t port)
{
    for (size_t i = 0; i < holds->count; i++) {
        if (hold_is(&holds->items[i], protocol, address, port))
            return all_acknowledged(holds->items[i].fd);
    }
    return false;
}
