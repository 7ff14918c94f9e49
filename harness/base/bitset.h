/* SPDX-License-Identifier: MIT */
/* A set of small numbers, walked in their order: what is to be done among many who have nothing to
 * do. */
#ifndef RCLAB_BASE_BITSET_H
#define RCLAB_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitset {      /* zeroed = none can be in it */
    uint64_t *words; /* owned */
    size_t size;     /* numbers below it can be in the set */
};

/* Empty; false: out of memory. */
bool bitset_init(struct bitset *set, size_t size);
void bitset_done(struct bitset *set);
void bitset_put(struct bitset *set, size_t number, bool is_in);
/* The first number in it that is not below `from`; `size` = there is none. */
size_t bitset_next(const struct bitset *set, size_t from);

#endif
