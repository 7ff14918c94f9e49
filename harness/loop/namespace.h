/* SPDX-License-Identifier: MIT */
/* Doing something inside a network namespace: sockets keep the namespace in which they were made,
 * so a single-threaded program enters one, opens, and comes back. */
#ifndef RCLAB_LOOP_NAMESPACE_H
#define RCLAB_LOOP_NAMESPACE_H

#include "harness/base/error.h"

struct namespace_visit {
    int home_fd; /* -1: not visiting */
};
/* Enters the namespace of netns_fd; netns_fd -1 = stay where we are (then leave does nothing). */
int namespace_enter(struct namespace_visit *visit, int netns_fd, struct error *error);
/* Comes back; aborts the program if it cannot (it would go on in a wrong network). */
void namespace_leave(struct namespace_visit *visit);
/* socket(2) made in that namespace, close-on-exec and non-blocking; fd or negative code. */
int namespace_socket(int netns_fd, int domain, int type, int protocol, struct error *error);

#endif
