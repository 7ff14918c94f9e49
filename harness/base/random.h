/* SPDX-License-Identifier: MIT */
/* The one seeded random source (splitmix64 seeding, xoshiro256**). Same seed, same numbers, on
 * every machine. Not for secrets. */
#ifndef RCLAB_BASE_RANDOM_H
#define RCLAB_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_source {
    uint64_t state[4];
};

void random_seed(struct random_source *source, uint64_t seed);
/* A source of its own for one consumer, so that consumers don't disturb each other's sequence:
 * seeded from `seed` and the name. */
void random_seed_named(struct random_source *source, uint64_t seed, const char *name);
uint64_t random_u64(struct random_source *source);
uint32_t random_u32(struct random_source *source);
/* Uniform in 0 … bound-1; bound 0 gives 0. */
uint64_t random_below(struct random_source *source, uint64_t bound);
/* Puts `count` items of `size` bytes in any order (Fisher and Yates). */
void random_shuffle(struct random_source *source, void *items, size_t count, size_t size);

#endif
