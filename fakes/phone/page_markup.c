/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_markup.h"
#include <string.h>

/* Every `from` of the page becomes `to`. */
static void replace(struct buffer *page, const char *from, const char *to)
{
    struct buffer changed;
    size_t length = strlen(from);
    const char *at = buffer_string(page);
    buffer_init(&changed, page->max_bytes);
    for (const char *next = strstr(at, from); next; next = strstr(at, from)) {
        buffer_append(&changed, at, (size_t)(next - at));
        buffer_text(&changed, to);
        at = next + length;
    }
    buffer_text(&changed, at);
    if (!changed.failed) { /* else it stays as it was */
        buffer_clear(page);
        buffer_append(page, changed.data, changed.length);
    }
    buffer_done(&changed);
}

void page_markup_vary(const struct phone_variation *variation, struct buffer *page)
{
    switch (variation ? variation->markup : MARKUP_PLAIN) {
    case MARKUP_ATTRIBUTES:
        replace(page, " group=", " ua=\"na\" group =\n  ");
        break;
    case MARKUP_WHITESPACE:
        replace(page, "\n<", "\r\n\t<");
        replace(page, "\">", "\" >\n ");
        replace(page, "</", " \n</");
        break;
    case MARKUP_MORE:
        replace(page, "<Customization ",
                "<!-- <Customization>None</Customization> -->"
                "<Customization_Server group=\"Info/Product_Information\">None"
                "</Customization_Server>\n<Customization ");
        break;
    default:
        break;
    }
}
