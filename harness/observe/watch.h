/* SPDX-License-Identifier: MIT */
/* `rclab watch`: the timeline and the inferred states of whatever phones are in a capture or on a
 * wire, as they come. Knows nothing of the network beforehand. */
#ifndef RCLAB_OBSERVE_WATCH_H
#define RCLAB_OBSERVE_WATCH_H

#include "harness/base/error.h"
#include "harness/observe/event.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

struct watch_options {
    bool json;   /* one JSON object a line; phones are named by their MAC address */
    bool colour; /* states and failures stand out */
};

/* Both print to `out` only. A capture file that breaks off in the middle is shown as far as it
 * goes, then reported as an error. */
int watch_file(const char *path, FILE *out, const struct watch_options *options,
               struct error *error);
/* Until *stop is not 0: a signal handler sets it, and the signal wakes the wait up. */
int watch_interface(const char *interface, FILE *out, const struct watch_options *options,
                    const volatile sig_atomic_t *stop, struct error *error);

/* An event as a line for whoever looks on while it happens. */

void watch_line_header(FILE *out);
/* phone: its name, NULL = the event is of none. `line` is overwritten: room to write in. */
void watch_line(FILE *out, const struct event *event, const char *phone, bool colour,
                struct buffer *line);

#endif
