/* SPDX-License-Identifier: MIT */
/* Which number a MAC or IPv4 address stands for (a phone's, say): one step, however many there are.
 * A hash with open addressing; both kinds of address may be in the same one. */
#ifndef RCLAB_BASE_ADDRESS_INDEX_H
#define RCLAB_BASE_ADDRESS_INDEX_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stddef.h>

enum { ADDRESS_INDEX_NONE = -1, ADDRESS_INDEX_MAX = 1 << 20 /* entries */ };

struct address_index_slot {
    uint64_t key; /* 0 = free */
    int number;
};
struct address_index {                /* zeroed = empty */
    struct address_index_slot *slots; /* owned; a power of two of them, at most half of them used */
    size_t slot_count, count;
};

void address_index_done(struct address_index *index);
/* Room for so many entries (at most ADDRESS_INDEX_MAX), so that putting them cannot fail. */
int address_index_reserve(struct address_index *index, size_t count, struct error *error);

uint64_t address_index_mac(const struct mac *mac); /* its key; never 0 */
uint64_t address_index_ipv4(uint32_t address);     /* its key; never 0 */
/* The number (0 or more) of this key from now on, whatever it was before. ERROR_MEMORY;
 * ERROR_LIMIT: more than ADDRESS_INDEX_MAX entries. */
int address_index_put(struct address_index *index, uint64_t key, int number, struct error *error);
/* ADDRESS_INDEX_NONE: there is none. */
int address_index_get(const struct address_index *index, uint64_t key);
void address_index_remove(struct address_index *index, uint64_t key);

#endif
