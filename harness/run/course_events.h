/* SPDX-License-Identifier: MIT */
/* What a course learns from its own timeline, and what its emulated phones log. */
#ifndef RCLAB_RUN_COURSE_EVENTS_H
#define RCLAB_RUN_COURSE_EVENTS_H

#include "harness/observe/event.h"

void course_events_phone_log(void *context, const char *line); /* context: struct course_phone */
/* Keeps track of who is online and whose page is worth reading; context: struct course. */
void course_events_seen(void *context, const struct event *event);

#endif
