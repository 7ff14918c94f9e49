/* SPDX-License-Identifier: MIT */
#include "harness/observe/observer.h"
#include "harness/observe/observer_internal.h"
#include <stdlib.h>

/* --- appending ----------------------------------------------------------------------------------
 */
static uint64_t append_one(struct observer *observer, const struct event *event, uint64_t time_us)
{
    struct event stamped = *event;
    stamped.frame = observer->frame;
    const struct event *kept = timeline_append(observer->timeline, &stamped, time_us);
    if (kept)
        return kept->number;
    if (!observer->code)
        observer->code = error_set(observer->error, ERROR_LIMIT,
                                   "the timeline is full (%d events or %llu bytes)",
                                   TIMELINE_EVENTS_MAX, (unsigned long long)TIMELINE_BYTES_MAX);
    return 0;
}

static uint64_t append_inferred(void *context, const struct event *event, uint64_t time_us)
{
    return append_one(context, event, time_us);
}

uint64_t observer_append(struct observer *observer, const struct event *event)
{
    uint64_t number = append_one(observer, event, observer->now_us);
    if (!number)
        return 0;
    /* A copy: what follows is appended to the same array. */
    struct event kept = observer->timeline->events[number - 1];
    int code = inference_event(observer->inference, &kept, observer->error);
    if (code && !observer->code)
        observer->code = code;
    return number;
}

/* --- who ----------------------------------------------------------------------------------------
 */
static int phone_of(const struct observer *observer, const struct mac *mac, uint32_t address)
{
    int phone = identify_by_mac(&observer->identify, mac);
    return phone != EVENT_PHONE_NONE ? phone : identify_by_address(&observer->identify, address);
}

int observer_source_phone(const struct observer *observer, const struct frame *frame)
{
    return phone_of(observer, &frame->source_mac, frame->source);
}

int observer_destination_phone(const struct observer *observer, const struct frame *frame)
{
    return phone_of(observer, &frame->destination_mac, frame->destination);
}

int observer_phone_by_address(const struct observer *observer, uint32_t address)
{
    return identify_by_address(&observer->identify, address);
}

uint32_t observer_phone_address(const struct observer *observer, int phone)
{
    if (phone < 0 || (size_t)phone >= observer->identify.count)
        return 0;
    return observer->identify.addresses[phone];
}

int observer_learn(struct observer *observer, const struct mac *mac)
{
    return identify_learn(&observer->identify, mac);
}

size_t observer_phone_count(const struct observer *observer)
{
    return observer->identify.count;
}

const struct mac *observer_phone_mac(const struct observer *observer, size_t phone)
{
    return phone < observer->identify.count ? &observer->identify.macs[phone] : NULL;
}

enum customization_state observer_phone_state(const struct observer *observer, int phone)
{
    return inference_state(observer->inference, phone);
}

/* --- in -----------------------------------------------------------------------------------------
 */
int observer_new(const struct observe_world *world, struct timeline *timeline,
                 struct observer **ret_observer, struct error *error)
{
    struct observer *observer = calloc(1, sizeof *observer);
    if (!observer)
        return error_set(error, ERROR_MEMORY, "out of memory for the observer");
    observer->world = *world;
    observer->timeline = timeline;
    observer->first = observer->past_last = timeline->count + 1;
    struct flow_sink flow_sink = observer_flow_sink(observer);
    struct inference_sink inference_sink = {observer, append_inferred};
    int code = identify_init(&observer->identify, world->phones, world->phone_count, error);
    if (!code)
        code = flows_new(OBSERVER_FLOWS_MAX, &flow_sink, &observer->flows, error);
    if (!code)
        code = transfers_new(&observer->transfers, error);
    if (!code)
        code = inference_new(&observer->world, &inference_sink, &observer->inference, error);
    if (code) {
        observer_free(observer);
        return code;
    }
    *ret_observer = observer;
    return 0;
}

void observer_free(struct observer *observer)
{
    if (!observer)
        return;
    identify_done(&observer->identify);
    flows_free(observer->flows);
    transfers_free(observer->transfers);
    inference_free(observer->inference);
    free(observer);
}

/* Captures of several interfaces may step back a little; a timeline never does. */
static void begin(struct observer *observer, uint64_t time_us, uint64_t frame, struct error *error)
{
    if (time_us > observer->now_us)
        observer->now_us = time_us;
    observer->frame = frame;
    observer->code = 0;
    observer->error = error;
}

int observer_frame(struct observer *observer, uint64_t time_us, uint64_t frame_number,
                   const uint8_t *bytes, size_t length, struct error *error)
{
    struct frame frame;
    begin(observer, time_us, frame_number, error);
    observer->first = observer->past_last = observer->timeline->count + 1;
    if (!frame_decode(bytes, length, &frame))
        return 0;
    if (frame.kind == FRAME_UDP) {
        observer_udp(observer, &frame);
    } else if (frame.kind == FRAME_TCP) {
        int code = flows_frame(observer->flows, &frame, error);
        if (code && !observer->code)
            observer->code = code;
    }
    observer->past_last = observer->timeline->count + 1;
    return observer->code;
}

int observer_event(struct observer *observer, uint64_t time_us, const struct event *event,
                   struct error *error)
{
    begin(observer, time_us, event->frame, error);
    observer_append(observer, event);
    return observer->code;
}

void observer_frame_events(const struct observer *observer, uint64_t *ret_first,
                           uint64_t *ret_past_last)
{
    *ret_first = observer->first;
    *ret_past_last = observer->past_last;
}
