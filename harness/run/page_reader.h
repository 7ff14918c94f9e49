/* SPDX-License-Identifier: MIT */
/* Reads the Customization State off the phones' web pages, whenever something has happened around a
 * phone and all is quiet again. One page at a time, so that the order is always the same. */
#ifndef RCLAB_RUN_PAGE_READER_H
#define RCLAB_RUN_PAGE_READER_H

#include "harness/run/course_state.h"

/* Whether its page can be asked for its state at all. */
bool page_reader_has_page(const struct course *course, size_t phone);
/* When a page that has to be read may be: LOOP_NEVER = none is waiting. */
uint64_t page_reader_due_us(const struct course *course);
/* True: a page is being read now. */
bool page_reader_turn(struct course *course);
void page_reader_done(struct course *course);

#endif
