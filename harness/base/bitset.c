/* SPDX-License-Identifier: MIT */
#include "harness/base/bitset.h"
#include <assert.h>
#include <stdlib.h>

enum { WORD_BITS = 64 };

bool bitset_init(struct bitset *set, size_t size)
{
    *set = (struct bitset){.words = calloc(size / WORD_BITS + 1, sizeof *set->words), .size = size};
    return set->words != NULL;
}

void bitset_done(struct bitset *set)
{
    free(set->words);
    *set = (struct bitset){0};
}

void bitset_put(struct bitset *set, size_t number, bool is_in)
{
    assert(number < set->size);
    uint64_t bit = UINT64_C(1) << number % WORD_BITS;
    if (is_in)
        set->words[number / WORD_BITS] |= bit;
    else
        set->words[number / WORD_BITS] &= ~bit;
}

size_t bitset_next(const struct bitset *set, size_t from)
{
    if (from >= set->size)
        return set->size;
    size_t word = from / WORD_BITS;
    uint64_t left = set->words[word] >> from % WORD_BITS << from % WORD_BITS;
    while (left == 0 && ++word <= (set->size - 1) / WORD_BITS)
        left = set->words[word];
    return left == 0 ? set->size : word * WORD_BITS + (size_t)__builtin_ctzll(left);
}
