/* SPDX-License-Identifier: MIT */
/* The timeline: every event of a run in order, in memory and as JSON lines. */
#ifndef RCLAB_OBSERVE_TIMELINE_H
#define RCLAB_OBSERVE_TIMELINE_H

#include "harness/base/arena.h"
#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/observe/event.h"

enum { TIMELINE_EVENTS_MAX = 2000000 };
#define TIMELINE_BYTES_MAX (UINT64_C(1) << 30)

struct timeline {
    struct arena arena;
    struct event *events; /* owned; events[i].number == forgotten + i + 1. Pointers into it are
                             invalidated by an append; the strings and bytes of an event are not */
    size_t count, capacity;
    uint64_t forgotten; /* events that observer_forget has let go; 0 for whoever never calls it */
    bool failed;        /* a bound or memory was reached: the run must end as a lab error */
};

void timeline_init(struct timeline *timeline);
void timeline_done(struct timeline *timeline);
uint64_t timeline_next_number(const struct timeline *timeline); /* of the event appended next */
/* Copies the event with its strings and bytes; sets number and time_us. NULL on failure (sticky).
 * The pointer is valid until the next append. */
const struct event *timeline_append(struct timeline *timeline, const struct event *event,
                                    uint64_t time_us);

/* One event as one JSON object without newline; keys in a fixed order; `phone` by name. Equal
 * events give equal bytes. Frame numbers are left out. */
void event_to_json(const struct event *event, const char *const *phone_names, size_t phone_count,
                   struct buffer *buffer);
/* Reads JSON lines back; every field that event_to_json wrote comes back. Phone names that are not
 * in phone_names are an error. ERROR_INVALID with line. */
int timeline_read(struct timeline *timeline, const char *bytes, size_t length,
                  const char *const *phone_names, size_t phone_count, struct error *error);

#endif
