/* SPDX-License-Identifier: MIT */
/* Reads the Customization State off the phones' web pages, whenever something has happened around a
 * phone and all is quiet again. One page at a time, so that the order is always the same. */
#ifndef RCLAB_RUN_PAGE_READER_H
#define RCLAB_RUN_PAGE_READER_H

#include "harness/device/device.h"
#include "harness/loop/fetch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct course;
struct page_reader {
    struct course *course;
    struct fetch *fetch; /* of an emulated phone's page, in flight, or NULL */
    size_t phone;
    bool reading;           /* a page is under way */
    uint64_t not_before_us; /* real clock: pages are not read more often than once a second,
                               and a real device's that did not answer less often */
};

/* Whether its page can be asked for its state at all. */
bool page_reader_has_page(const struct course *course, size_t phone);
/* When a page that has to be read may be: LOOP_NEVER = none is waiting. */
uint64_t page_reader_due_us(const struct page_reader *reader);
/* True: a page is being read now. */
bool page_reader_turn(struct page_reader *reader);
void page_reader_done(struct page_reader *reader);

#endif
