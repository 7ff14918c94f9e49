/* SPDX-License-Identifier: MIT */
/* Reads the Customization State off the phones' web pages, whenever something has happened around a
 * phone and all is quiet again. One page at a time, so that the order is always the same. */
#ifndef RCLAB_RUN_PAGE_READER_H
#define RCLAB_RUN_PAGE_READER_H

#include "harness/run/world.h"

struct page_reader {
    struct world *world;
    struct fetch *fetch; /* in flight, or NULL */
    size_t phone;
    uint64_t not_before_us; /* real clock: pages are not read more often than once a second */
};

/* True: a page is being read now. */
bool page_reader_turn(struct page_reader *reader);
void page_reader_done(struct page_reader *reader);

#endif
