/* SPDX-License-Identifier: MIT */
/* Whatever comes through the socket, an order or an error comes of it. */
#include "harness/base/testing.h"
#include "harness/serve/serve_orders.h"

int fuzz_harness_serve_serve_orders(const uint8_t *data, size_t size);
int fuzz_harness_serve_serve_orders(const uint8_t *data, size_t size)
{
    struct serve_order order;
    struct error error;
    struct buffer text;
    int code;
    if (serve_order_read((const char *)data, size, &order, &error) == 0) {
        bool bad = order.step_count > SERVE_ORDER_STEPS_MAX || order.kind >= SERVE_ORDER_KINDS;
        serve_order_done(&order);
        if (bad)
            return 1;
    }
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX);
    (void)serve_answer_read((const char *)data, size, &code, &text, &error);
    buffer_done(&text);
    return 0;
}
