/* SPDX-License-Identifier: MIT */
/* An event as a line for whoever looks on while it happens. */
#ifndef RCLAB_OBSERVE_WATCH_LINE_H
#define RCLAB_OBSERVE_WATCH_LINE_H

#include "harness/base/buffer.h"
#include "harness/observe/event.h"
#include <stdio.h>

void watch_line_header(FILE *out);
/* phone: its name, NULL = the event is of none. `line` is overwritten: room to write in. */
void watch_line(FILE *out, const struct event *event, const char *phone, bool colour,
                struct buffer *line);

#endif
