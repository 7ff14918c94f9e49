/* SPDX-License-Identifier: MIT */
/* The same status page in other words: what a reader of XML must not care about. */
#ifndef RCLAB_FAKES_PHONE_PAGE_MARKUP_H
#define RCLAB_FAKES_PHONE_PAGE_MARKUP_H

#include "fakes/phone/variation.h"
#include "harness/base/buffer.h"

/* Rewrites a page of page_render_status; `variation` NULL leaves it alone. */
void page_markup_vary(const struct phone_variation *variation, struct buffer *page);

#endif
