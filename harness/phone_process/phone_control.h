/* SPDX-License-Identifier: MIT */
/* How a phone that is a process of its own is touched from outside: orders as lines (phone_orders),
 * from standard input or from the clients of a Unix socket. Every line gets one line back. */
#ifndef RCLAB_PHONE_PROCESS_PHONE_CONTROL_H
#define RCLAB_PHONE_PROCESS_PHONE_CONTROL_H

#include "harness/base/buffer.h"
#include "harness/loop/loop.h"
#include "harness/phone_process/phone_orders.h"

enum {
    PHONE_CONTROL_CLIENTS_MAX = 8,   /* one more takes the place of the one silent for longest */
    PHONE_CONTROL_ANSWER_MAX = 1200, /* bytes, with the newline */
};

struct phone_control_config {
    struct loop *loop;
    const char *path; /* "-": standard input and output; else the socket to make, mode 0600 */
    /* Carries an order out; the answer becomes one line without its newline. */
    void (*carry_out)(void *context, enum phone_order order, struct buffer *ret_answer);
    void (*ended)(void *context); /* standard input has come to its end */
    void *context;
};

struct phone_control;
/* A socket that was left behind by somebody who is gone is replaced; anything else of that name is
 * ERROR_INVALID. Standard input must be something to wait for: a pipe, a terminal, a socket. */
int phone_control_new(const struct phone_control_config *config, struct phone_control **ret_control,
                      struct error *error);
void phone_control_free(struct phone_control *control); /* the socket's name goes, too */

/* The other end: sends the order to the socket and waits for the answer, PHONE_TELL_SECONDS_MAX at
 * most. ERROR_FAILED: it was answered with an error, which is the text. */
enum { PHONE_TELL_SECONDS_MAX = 10 };
int phone_tell(const char *path, const char *order, char ret_answer[PHONE_CONTROL_ANSWER_MAX],
               struct error *error);

#endif
