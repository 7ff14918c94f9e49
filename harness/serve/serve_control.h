/* SPDX-License-Identifier: MIT */
/* The socket at which a running `rclab serve` takes orders, from its own user alone. */
#ifndef RCLAB_SERVE_SERVE_CONTROL_H
#define RCLAB_SERVE_SERVE_CONTROL_H

#include "harness/loop/loop.h"
#include "harness/serve/serve_orders.h"

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
