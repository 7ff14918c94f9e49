/* SPDX-License-Identifier: MIT */
#include "harness/base/random.h"

/* splitmix64: turns any seed, 0 too, into well-mixed state. */
static uint64_t mix_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void random_seed(struct random_source *source, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++)
        source->state[i] = mix_next(&seed);
}

void random_seed_named(struct random_source *source, uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (const char *c = name; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    /* Mixed first, or (seed, name) pairs whose XOR agrees would share a sequence too easily. */
    random_seed(source, mix_next(&seed) ^ hash);
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* xoshiro256** */
uint64_t random_u64(struct random_source *source)
{
    uint64_t *s = source->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint32_t random_u32(struct random_source *source)
{
    return (uint32_t)(random_u64(source) >> 32);
}

uint64_t random_below(struct random_source *source, uint64_t bound)
{
    if (bound == 0)
        return 0;
    /* Numbers below 2^64 mod bound are drawn again: the rest divides evenly. Fewer than half of
     * all numbers are refused, so the loop ends after two draws on average at worst. */
    uint64_t refused = -bound % bound;
    uint64_t drawn;
    do
        drawn = random_u64(source);
    while (drawn < refused);
    return drawn % bound;
}

void random_shuffle(struct random_source *source, void *items, size_t count, size_t size)
{
    uint8_t *bytes = items;
    for (size_t i = count; i > 1; i--) {
        uint8_t *one = bytes + random_below(source, i) * size, *other = bytes + (i - 1) * size;
        for (size_t k = 0; k < size; k++) {
            uint8_t byte = one[k];
            one[k] = other[k];
            other[k] = byte;
        }
    }
}
