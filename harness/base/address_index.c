/* SPDX-License-Identifier: MIT */
#include "harness/base/address_index.h"
#include <assert.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 64 };
#define KIND_MAC (UINT64_C(1) << 62)
#define KIND_IPV4 (UINT64_C(1) << 63)

void address_index_done(struct address_index *index)
{
    free(index->slots);
    *index = (struct address_index){0};
}

uint64_t address_index_mac(const struct mac *mac)
{
    uint64_t key = 0;
    for (size_t i = 0; i < MAC_BYTES; i++)
        key = key << 8 | mac->bytes[i];
    return key | KIND_MAC;
}

uint64_t address_index_ipv4(uint32_t address)
{
    return address | KIND_IPV4;
}

/* Where the key's search begins: the middle bits of a multiplication by the golden ratio. */
static size_t home_of(const struct address_index *index, uint64_t key)
{
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (index->slot_count - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find(const struct address_index *index, uint64_t key)
{
    size_t at = home_of(index, key);
    while (index->slots[at].key != 0 && index->slots[at].key != key)
        at = (at + 1) & (index->slot_count - 1);
    return at;
}

static int resize(struct address_index *index, size_t slot_count, struct error *error)
{
    struct address_index larger = {.slot_count = slot_count, .count = index->count};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < index->slot_count; i++)
        if (index->slots[i].key != 0)
            larger.slots[find(&larger, index->slots[i].key)] = index->slots[i];
    free(index->slots);
    *index = larger;
    return 0;
}

int address_index_reserve(struct address_index *index, size_t count, struct error *error)
{
    size_t slot_count = index->slot_count ? index->slot_count : SLOTS_FIRST;
    assert(count <= ADDRESS_INDEX_MAX);
    while (slot_count < 2 * count)
        slot_count *= 2;
    return slot_count > index->slot_count ? resize(index, slot_count, error) : 0;
}

int address_index_put(struct address_index *index, uint64_t key, int number, struct error *error)
{
    assert(key != 0 && number >= 0);
    if (index->count >= ADDRESS_INDEX_MAX && address_index_get(index, key) == ADDRESS_INDEX_NONE)
        return error_set(error, ERROR_LIMIT, "more than %d addresses", ADDRESS_INDEX_MAX);
    if (2 * index->count >= index->slot_count)
        TRY(resize(index, index->slot_count ? 2 * index->slot_count : SLOTS_FIRST, error));
    struct address_index_slot *slot = &index->slots[find(index, key)];
    if (slot->key == 0)
        index->count++;
    *slot = (struct address_index_slot){.key = key, .number = number};
    return 0;
}

int address_index_get(const struct address_index *index, uint64_t key)
{
    if (index->count == 0)
        return ADDRESS_INDEX_NONE;
    const struct address_index_slot *slot = &index->slots[find(index, key)];
    return slot->key == 0 ? ADDRESS_INDEX_NONE : slot->number;
}

/* What stands behind it moves up, so that a search that went past it still ends where it should. */
void address_index_remove(struct address_index *index, uint64_t key)
{
    if (address_index_get(index, key) == ADDRESS_INDEX_NONE)
        return;
    size_t mask = index->slot_count - 1, hole = find(index, key);
    for (size_t at = (hole + 1) & mask; index->slots[at].key != 0; at = (at + 1) & mask) {
        size_t home = home_of(index, index->slots[at].key);
        /* It may move to the hole unless its home lies behind the hole, up to where it is. */
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        index->slots[hole] = index->slots[at];
        hole = at;
    }
    index->slots[hole] = (struct address_index_slot){0};
    index->count--;
}
