/* SPDX-License-Identifier: MIT */
/* What a running `rclab serve` is told and answers: a line of JSON each way. Pure. */
#ifndef RCLAB_SERVE_SERVE_ORDERS_H
#define RCLAB_SERVE_SERVE_ORDERS_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"

enum {
    SERVE_ORDER_BYTES_MAX = 1 << 20,  /* with the newline */
    SERVE_ANSWER_BYTES_MAX = 1 << 20, /* the same */
    SERVE_ORDER_STEPS_MAX = 64,
};

enum serve_order_kind { SERVE_ORDER_SET, SERVE_ORDER_SHOW, SERVE_ORDER_STOP, SERVE_ORDER_KINDS };
struct serve_order {
    enum serve_order_kind kind;
    const char *steps[SERVE_ORDER_STEPS_MAX]; /* SET */
    size_t step_count;
    const char *directory; /* SET: where the files that steps name are looked up */
    void *owner;           /* of the texts of an order that was read */
};
void serve_order_write(const struct serve_order *order, struct buffer *line);
/* ERROR_INVALID: it is no order. To be given to serve_order_done if it was. */
int serve_order_read(const char *line, size_t length, struct serve_order *ret_order,
                     struct error *error);
void serve_order_done(struct serve_order *order);

/* code: the exit code of whoever asked. */
void serve_answer_write(int code, const char *text, struct buffer *line);
int serve_answer_read(const char *line, size_t length, int *ret_code, struct buffer *text,
                      struct error *error);

#endif
