/* SPDX-License-Identifier: MIT */
/* The phone's page as text: HTML for people, XML for programs. Values of parameters with "Password"
 * in their name are never shown. */
#ifndef RCLAB_FAKES_PHONE_PAGE_RENDER_H
#define RCLAB_FAKES_PHONE_PAGE_RENDER_H

#include "fakes/phone/phone_core.h"
#include "harness/base/buffer.h"

enum {
    PAGE_ESCAPED_BYTES = 6, /* of one byte, at most: &quot; */
    /* All parameters at their longest, their names twice, and what stands around them. */
    PAGE_BYTES_MAX = (PARAMETERS_MAX + 16) *
                     (PAGE_ESCAPED_BYTES * (PARAMETER_VALUE_MAX + 2 * PARAMETER_NAME_MAX) + 64),
};

struct page_view { /* what there is to show; borrowed */
    struct phone_status status;
    const struct parameters *parameters;
};

/* Info > Status with Product Information (RC-VIEW-2), the parameters, and what one can do. */
void page_render_html(const struct page_view *view, struct buffer *buffer);
/* <status>: one element a value, attribute `group` as on the real pages; `markup` says how it is
 * laid out. */
void page_render_status(const struct page_view *view, struct buffer *buffer);
/* <device><flat-profile>: the parameters that were set. */
void page_render_config(const struct page_view *view, struct buffer *buffer);
/* A short page with one sentence. */
void page_render_message(const struct page_view *view, const char *title, const char *text,
                         struct buffer *buffer);
/* Text as it may stand in XML and HTML, attribute values included; what is neither UTF-8 nor
 * allowed in XML becomes '?'. */
void page_escape(struct buffer *buffer, const char *text);

#endif
