/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGHUP as something that a loop waits for, in programs of one thread. */
#ifndef RCLAB_LOOP_SIGNAL_WATCH_H
#define RCLAB_LOOP_SIGNAL_WATCH_H

#include "harness/loop/loop.h"

struct signal_watch;
/* They end nothing by themselves from now on; `came` is called for each. Free it before the loop.
 */
int signal_watch_new(struct loop *loop, void (*came)(void *context), void *context,
                     struct signal_watch **ret_watch, struct error *error);
void signal_watch_free(struct signal_watch *watch); /* NULL is fine */

#endif
