/* SPDX-License-Identifier: MIT */
/* Frames and fakes' logs in, events out: decodes, reassembles what it must (heads only), infers
 * boots, attempts and states. Pure: no sockets, no clock; serves live runs and capture files. */
#ifndef RCLAB_OBSERVE_OBSERVER_H
#define RCLAB_OBSERVE_OBSERVER_H

#include "harness/observe/identify.h"
#include "harness/observe/timeline.h"

enum { OBSERVER_FLOWS_MAX = 32768 };

struct observer;
/* The observer appends to `timeline`, which must outlive it. */
int observer_new(const struct observe_world *world, struct timeline *timeline,
                 struct observer **ret_observer, struct error *error);
void observer_free(struct observer *observer);

/* One captured Ethernet frame, number 1-based in its capture. Appends what it shows and what
 * follows from it. Never fails on bad bytes; ERROR_LIMIT when a bound is reached. */
int observer_frame(struct observer *observer, uint64_t time_us, uint64_t frame_number,
                   const uint8_t *bytes, size_t length, struct error *error);
/* An event of another source (ACTION, SETTING, REQUEST, ANSWER, PAGE, LAB_ERROR, END); appends it
 * and what follows from it. */
int observer_event(struct observer *observer, uint64_t time_us, const struct event *event,
                   struct error *error);
/* Events appended since the last call belong to the last frame: how a capture writer learns what
 * comment a frame gets: numbers of the first and one past the last event of that frame (equal =
 * none). */
void observer_frame_events(const struct observer *observer, uint64_t *ret_first,
                           uint64_t *ret_past_last);
/* For whoever watches without end and has done with the events so far: the timeline is empty again,
 * its numbers go on. ERROR_MEMORY. */
int observer_forget(struct observer *observer, struct error *error);
/* By its lease; 0 = none. */
uint32_t observer_phone_address(const struct observer *observer, int phone);
/* Whose lease it is; EVENT_PHONE_NONE = nobody's. */
int observer_phone_at(const struct observer *observer, uint32_t address);
enum customization_state observer_phone_state(const struct observer *observer, int phone);
/* A phone more from now on (or one that is known); its number, EVENT_PHONE_NONE = no room. */
int observer_learn(struct observer *observer, const struct mac *mac);
/* Learned phones (learn_phones). */
size_t observer_phone_count(const struct observer *observer);
const struct mac *observer_phone_mac(const struct observer *observer, size_t phone);

#endif
