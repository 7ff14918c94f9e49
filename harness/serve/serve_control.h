/* SPDX-License-Identifier: MIT */
/* What a running `rclab serve` is told and answers, a line of JSON each way, and the socket at
 * which it takes orders, from its own user alone. */
#ifndef RCLAB_SERVE_SERVE_CONTROL_H
#define RCLAB_SERVE_SERVE_CONTROL_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"

/* --- orders and answers; pure ---------------------------------------------------------------- */

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

/* --- the socket ------------------------------------------------------------------------------ */

struct serve_control_config {
    const char *path;
    /* The exit code of whoever asked, and the text for it. */
    int (*carry_out)(void *context, const struct serve_order *order, struct buffer *ret_text);
    void *context;
};

struct serve_control;
/* Takes the name; nothing is listened to yet. Copies the path. */
int serve_control_new(const struct serve_control_config *config, struct serve_control **ret_control,
                      struct error *error);
/* From the loop's next turn on. */
int serve_control_listen(struct serve_control *control, struct loop *loop, struct error *error);
/* No order is taken any more. Whoever gave the one to stop still waits: for serve_control_free. */
void serve_control_deaf(struct serve_control *control);
void serve_control_free(struct serve_control *control); /* the socket's name goes, too */

/* The other end: sends the order and waits for the answer, and after a STOP for the end.
 * ERROR_SYSTEM: nobody answers there. */
enum { SERVE_TELL_SECONDS_MAX = 30 };
int serve_tell(const char *path, const struct serve_order *order, int *ret_code,
               struct buffer *ret_text, struct error *error);

#endif
