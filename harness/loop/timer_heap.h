/* SPDX-License-Identifier: MIT */
/* A binary heap of embedded timers, nearest deadline first, then the order in which they were set.
 * Private to the loop. */
#ifndef RCLAB_LOOP_TIMER_HEAP_H
#define RCLAB_LOOP_TIMER_HEAP_H

#include "harness/loop/loop.h"
#include <stddef.h>

enum { TIMER_HEAP_MAX = 1 << 20 };

struct timer_heap {
    struct loop_timer **items; /* owned; the timers are the callers' */
    size_t count, capacity;
    uint64_t next_order;
};

void timer_heap_done(struct timer_heap *heap); /* forgets the timers, which become unset */
/* False: out of memory or over the bound; the timer stays unset. */
bool timer_heap_add(struct timer_heap *heap, struct loop_timer *timer);
void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer);
struct loop_timer *timer_heap_first(const struct timer_heap *heap); /* NULL when empty */

#endif
