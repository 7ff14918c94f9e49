/* SPDX-License-Identifier: MIT */
/* Shared by the files of the observer. */
#ifndef RCLAB_OBSERVE_OBSERVER_INTERNAL_H
#define RCLAB_OBSERVE_OBSERVER_INTERNAL_H

#include "harness/observe/flows.h"
#include "harness/observe/identify.h"
#include "harness/observe/inference.h"
#include "harness/observe/observer.h"
#include "harness/observe/transfers.h"
#include "harness/wire/frame.h"

struct observer {
    struct observe_world world; /* pointers in it are borrowed */
    struct timeline *timeline;  /* borrowed */
    struct identify identify;
    struct flows *flows;
    struct transfers *transfers;
    struct inference *inference;
    uint64_t now_us;           /* of the frame or event being handled */
    uint64_t frame;            /* its number, 0 = not a frame */
    uint64_t first, past_last; /* events of the last frame */
    int code;                  /* the first failure while handling it */
    struct error *error;
};

/* Appends an event of a phone and what follows from it. Its number, 0 = failed (observer->code). */
uint64_t observer_append(struct observer *observer, const struct event *event);

/* The phone at either end of a frame, EVENT_PHONE_NONE = none. */
int observer_source_phone(const struct observer *observer, const struct frame *frame);
int observer_destination_phone(const struct observer *observer, const struct frame *frame);

/* observer_udp.c */
void observer_udp(struct observer *observer, const struct frame *frame);
/* observer_tcp.c */
struct flow_sink observer_flow_sink(struct observer *observer);

#endif
