/* SPDX-License-Identifier: MIT */
#include "harness/base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* of bytes */
    max_align_t bytes[];
};

void arena_init(struct arena *arena, size_t max_bytes)
{
    *arena = (struct arena){.max_bytes = max_bytes};
}

void arena_done(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used_bytes = 0;
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks; block; block = block->next)
        explicit_bzero(block->bytes, block->size);
}

static struct arena_block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block))
        return NULL;
    struct arena_block *block = calloc(1, sizeof *block + size);
    if (block)
        block->size = size;
    return block;
}

/* The block that has room for `bytes`, made if need be. A large item gets a block of its own,
 * kept behind the current one, whose free end is not lost. */
static struct arena_block *block_with_room(struct arena *arena, size_t bytes)
{
    struct arena_block *current = arena->blocks;
    if (current && current->size - current->used >= bytes)
        return current;
    bool own = bytes > BLOCK_BYTES / 4;
    struct arena_block *block = block_new(own ? bytes : BLOCK_BYTES);
    if (!block)
        return NULL;
    if (own && current) {
        block->next = current->next;
        current->next = block;
    } else {
        block->next = current;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    const size_t alignment = _Alignof(max_align_t);
    if (bytes == 0)
        bytes = 1; /* so that every item has an address of its own */
    if (bytes > SIZE_MAX - alignment)
        return NULL;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (bytes > arena->max_bytes - arena->used_bytes)
        return NULL;
    struct arena_block *block = block_with_room(arena, bytes);
    if (!block)
        return NULL;
    void *item = (char *)block->bytes + block->used;
    block->used += bytes;
    arena->used_bytes += bytes;
    return item;
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, item_bytes, &bytes))
        return NULL;
    return arena_alloc(arena, bytes);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
    void *copy = arena_alloc(arena, length);
    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_string_n(struct arena *arena, const char *bytes, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, length + 1);
    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_string_n(arena, text, strlen(text));
}
