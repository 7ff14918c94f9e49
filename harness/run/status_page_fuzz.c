/* SPDX-License-Identifier: MIT */
/* Whatever a device sends: a value is found whole, trimmed and within its bound, or none is and
 * nothing is written. A value that a sound page holds is read as it was written. */
#include "harness/run/status_page.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_run_status_page(const uint8_t *data, size_t size);

enum { TEXT_MAX = 300, UNTOUCHED = 0x5a };
static const char head[] = "<?xml version=\"1.0\"?><flat-profile><Product>a</Product>"
                           "<Label group=\"a\">";
static const char tail[] = "</Label><Label>second</Label></flat-profile>";

static void look_at(const uint8_t *page, size_t length)
{
    char value[STATUS_PAGE_VALUE_MAX];
    memset(value, UNTOUCHED, sizeof value);
    if (!status_page_value(page, length, "Label", value)) {
        for (size_t i = 0; i < sizeof value; i++)
            assert(value[i] == UNTOUCHED);
        return;
    }
    size_t found = strnlen(value, sizeof value);
    assert(found < sizeof value);
    assert(found == 0 ||
           (!isspace((unsigned char)value[0]) && !isspace((unsigned char)value[found - 1])));
}

/* Text of which some has to be escaped, blanks at both ends among it. */
static void write_and_read(const uint8_t *data, size_t size)
{
    static const char alphabet[] = "Pending-8& <>'\" \n\tz";
    char page[sizeof head + sizeof tail + 6 * TEXT_MAX], text[TEXT_MAX + 1];
    char value[STATUS_PAGE_VALUE_MAX];
    size_t length = size < TEXT_MAX ? size : TEXT_MAX, used = sizeof head - 1;
    memcpy(page, head, used);
    for (size_t i = 0; i < length; i++) {
        text[i] = alphabet[data[i] % (sizeof alphabet - 1)];
        used += (size_t)snprintf(page + used, sizeof page - used,
                                 strchr("&<>'\"", text[i]) ? "&#%d;" : "%c", text[i]);
    }
    used += (size_t)snprintf(page + used, sizeof page - used, "%s", tail);
    text[length] = '\0';
    assert(status_page_value((const uint8_t *)page, used, "Label", value));
    const char *begin = text + strspn(text, " \n\t");
    length = strnlen(begin, STATUS_PAGE_VALUE_MAX - 1);
    while (length > 0 && isspace((unsigned char)begin[length - 1]))
        length--;
    assert(strlen(value) == length && memcmp(value, begin, length) == 0);
}

int fuzz_harness_run_status_page(const uint8_t *data, size_t size)
{
    uint8_t *page = malloc(sizeof head + size + sizeof tail);
    assert(page);
    look_at(data, size);
    /* The same where a value is expected: markup, entities, broken UTF-8. */
    memcpy(page, head, sizeof head - 1);
    if (size > 0)
        memcpy(page + sizeof head - 1, data, size);
    memcpy(page + sizeof head - 1 + size, tail, sizeof tail - 1);
    look_at(page, sizeof head - 1 + size + sizeof tail - 1);
    free(page);
    write_and_read(data, size);
    return 0;
}
