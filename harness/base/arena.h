/* SPDX-License-Identifier: MIT */
/* Memory whose life ends together: allocate piecemeal, free once. Zeroed, aligned for any type.
 * Allocations return NULL when `max_bytes` is reached or memory is out. */
#ifndef RCLAB_BASE_ARENA_H
#define RCLAB_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks; /* owned */
    size_t used_bytes, max_bytes;
};

void arena_init(struct arena *arena, size_t max_bytes);
void arena_done(struct arena *arena); /* safe on zeroed and on done arenas */
/* Overwrites what was allocated before arena_done: it held secrets. */
void arena_wipe(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t bytes);
void *arena_array(struct arena *arena, size_t count, size_t item_bytes); /* overflow-checked */
char *arena_string(struct arena *arena, const char *text);
char *arena_string_n(struct arena *arena, const char *bytes, size_t length); /* adds the NUL */
void *arena_copy(struct arena *arena, const void *bytes, size_t length);

#endif
