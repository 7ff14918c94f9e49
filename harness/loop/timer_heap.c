/* SPDX-License-Identifier: MIT */
#include "harness/loop/timer_heap.h"
#include <assert.h>
#include <stdlib.h>

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
    if (a->deadline_us != b->deadline_us)
        return a->deadline_us < b->deadline_us;
    return a->order < b->order;
}

static void place(struct timer_heap *heap, size_t index, struct loop_timer *timer)
{
    heap->items[index] = timer;
    timer->heap_index = (uint32_t)index;
}

static void sift_up(struct timer_heap *heap, size_t index)
{
    struct loop_timer *timer = heap->items[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!before(timer, heap->items[parent]))
            break;
        place(heap, index, heap->items[parent]);
        index = parent;
    }
    place(heap, index, timer);
}

static void sift_down(struct timer_heap *heap, size_t index)
{
    struct loop_timer *timer = heap->items[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!before(heap->items[child], timer))
            break;
        place(heap, index, heap->items[child]);
        index = child;
    }
    place(heap, index, timer);
}

void timer_heap_done(struct timer_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->items[i]->loop = NULL;
    free(heap->items);
    *heap = (struct timer_heap){0};
}

bool timer_heap_add(struct timer_heap *heap, struct loop_timer *timer)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? 2 * heap->capacity : 64;
        struct loop_timer **items;
        if (capacity > TIMER_HEAP_MAX)
            return false;
        items = realloc(heap->items, capacity * sizeof *items);
        if (!items)
            return false;
        heap->items = items;
        heap->capacity = capacity;
    }
    timer->order = heap->next_order++;
    heap->items[heap->count] = timer;
    sift_up(heap, heap->count++);
    return true;
}

void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer)
{
    size_t index = timer->heap_index;
    assert(index < heap->count && heap->items[index] == timer);
    heap->count--;
    if (index == heap->count)
        return;
    place(heap, index, heap->items[heap->count]);
    sift_down(heap, index);
    sift_up(heap, heap->items[index]->heap_index);
}

struct loop_timer *timer_heap_first(const struct timer_heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}
