/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/phone_process/phone_orders.h"
#include <stdlib.h>
#include <string.h>

/* Whatever comes: a line is an order, or one line of printable text says why not; what an order is
 * called is that order. */
static void read_line(const char *line, size_t length)
{
    enum phone_order order = PHONE_ORDERS, again = PHONE_ORDERS;
    struct error error = {0};
    int result = phone_order_read(line, length, &order, &error);
    if (result == 0 ? order >= PHONE_ORDERS : order != PHONE_ORDERS || error.text[0] == '\0')
        abort();
    if (result == 0 && (phone_order_read(phone_order_names[order], strlen(phone_order_names[order]),
                                         &again, NULL) < 0 ||
                        again != order))
        abort();
    for (const char *at = error.text; *at; at++) {
        if (*at < ' ' || *at > '~')
            abort();
    }
}

int fuzz_harness_phone_process_phone_orders(const uint8_t *data, size_t size);

int fuzz_harness_phone_process_phone_orders(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end ? (size_t)(end - text) : size;
        read_line(text, length);
        length += end ? 1 : 0;
        text += length;
        size -= length;
    }
    return 0;
}
