/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/phone_process/phone_orders.h"
#include <stdlib.h>

/* What an order is called is that order. */
static enum phone_order read_name(enum phone_order order)
{
    struct phone_order_line line = {0};
    for (const char *at = phone_order_names[order]; *at; at++) {
        if (phone_order_line_add(&line, *at))
            abort();
    }
    if (!phone_order_line_add(&line, '\n') || phone_order_read(&line, &order, NULL) < 0)
        abort();
    return order;
}

/* Whatever comes: every line is an order, or one line of printable text says why not. */
static void read_line(const struct phone_order_line *line)
{
    enum phone_order order = PHONE_ORDERS;
    struct error error = {0};
    int result = phone_order_read(line, &order, &error);
    if (line->length > PHONE_ORDER_LINE_MAX || line->text[line->length] != '\0')
        abort();
    if (result == 0 ? order >= PHONE_ORDERS : order != PHONE_ORDERS || error.text[0] == '\0')
        abort();
    if (result == 0 && read_name(order) != order)
        abort();
    for (const char *at = error.text; *at; at++) {
        if (*at < ' ' || *at > '~')
            abort();
    }
}

int fuzz_harness_phone_process_phone_orders(const uint8_t *data, size_t size);

int fuzz_harness_phone_process_phone_orders(const uint8_t *data, size_t size)
{
    struct phone_order_line line = {0};
    for (size_t i = 0; i < size; i++) {
        if (phone_order_line_add(&line, (char)data[i]))
            read_line(&line);
    }
    if (phone_order_line_end(&line))
        read_line(&line);
    return 0;
}
