/* SPDX-License-Identifier: MIT */
#include "harness/observe/timeline.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void timeline_init(struct timeline *timeline)
{
    memset(timeline, 0, sizeof *timeline);
    arena_init(&timeline->arena, (size_t)TIMELINE_BYTES_MAX);
}

void timeline_done(struct timeline *timeline)
{
    arena_done(&timeline->arena);
    free(timeline->events);
    timeline->events = NULL;
    timeline->count = timeline->capacity = 0;
}

static bool grow(struct timeline *timeline)
{
    if (timeline->count < timeline->capacity)
        return true;
    if (timeline->count >= TIMELINE_EVENTS_MAX)
        return false;
    size_t capacity = timeline->capacity ? 2 * timeline->capacity : FIRST_CAPACITY;
    if (capacity > TIMELINE_EVENTS_MAX)
        capacity = TIMELINE_EVENTS_MAX;
    struct event *events = realloc(timeline->events, capacity * sizeof *events);
    if (!events)
        return false;
    timeline->events = events;
    timeline->capacity = capacity;
    return true;
}

static bool keep_text(struct timeline *timeline, const char **text)
{
    if (!*text)
        return true;
    *text = arena_string(&timeline->arena, *text);
    return *text != NULL;
}

static bool keep_all(struct timeline *timeline, struct event *event)
{
    const char **texts[] = {&event->name,  &event->method,     &event->target,
                            &event->agent, &event->redirect,   &event->retry_delay,
                            &event->text,  &event->certificate};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!keep_text(timeline, texts[i]))
            return false;
    if (!event->options_length) {
        event->options = NULL;
        return true;
    }
    event->options = arena_copy(&timeline->arena, event->options, event->options_length);
    return event->options != NULL;
}

const struct event *timeline_append(struct timeline *timeline, const struct event *event,
                                    uint64_t time_us)
{
    /* The event given may live in the array that grow() moves. */
    struct event kept = *event;
    if (timeline->failed || !grow(timeline) || !keep_all(timeline, &kept)) {
        timeline->failed = true;
        return NULL;
    }
    kept.number = timeline->count + 1;
    kept.time_us = time_us;
    timeline->events[timeline->count] = kept;
    return &timeline->events[timeline->count++];
}
