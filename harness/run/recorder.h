/* SPDX-License-Identifier: MIT */
/* Everything that happens in a run passes here once, in order: frames off the wire and events of
 * other sources go through the observer onto the timeline, from there to the judge and the run's
 * folder (timeline.jsonl, capture.pcapng). Before an event of another source is taken, the wire is
 * read empty: what caused it stands before it. */
#ifndef RCLAB_RUN_RECORDER_H
#define RCLAB_RUN_RECORDER_H

#include "harness/base/error.h"
#include "harness/judge/judge.h"
#include "harness/loop/loop.h"
#include "harness/observe/observer.h"
#include "harness/observe/timeline.h"
#include "harness/run/frame_secrets.h"

#define RECORDER_CAPTURE_NAME "capture.pcapng"

struct recorder_config {
    struct loop *loop;
    const char *interface;         /* whose frames are captured, in the present namespace */
    bool quiet;                    /* it is of a lab's own (see capture_open_quiet) */
    const char *filter;            /* of those, only what matches this pcap filter; NULL = all */
    const char *folder;            /* where the files go; NULL = nowhere, it only observes */
    struct frame_secrets *secrets; /* what is hidden in frames before all else; NULL = nothing */
    const struct observe_world *world;
    const char *const *phone_names;
    struct judge *judge; /* NULL = nobody judges */
    /* Called for each event once it is on the timeline and judged. It must not record. */
    void (*seen)(void *context, const struct event *event);
    /* It can record no more (a bound, a full disk) and takes nothing any more; NULL: the loop
     * fails. It must not be freed from within. */
    void (*failed)(void *context, const struct error *error);
    void *context;
};

struct recorder;
int recorder_new(const struct recorder_config *config, struct recorder **ret_recorder,
                 struct error *error);
/* Writes out what there is: whoever looks at a run in progress sees it so far. */
void recorder_flush(struct recorder *recorder);
/* Writes out what is left and closes the files. */
int recorder_finish(struct recorder *recorder, struct error *error);
void recorder_free(struct recorder *recorder);

/* Reads the wire empty. Failures go to loop_fail. */
void recorder_drain(struct recorder *recorder);
struct loop *recorder_loop(const struct recorder *recorder);
/* Drains, then takes the event. */
void recorder_event(struct recorder *recorder, const struct event *event);
/* Frames that the kernel dropped before we could read them. */
int recorder_dropped(const struct recorder *recorder, uint64_t *ret_dropped, struct error *error);
/* So far. */
size_t recorder_events(const struct recorder *recorder);
uint64_t recorder_capture_bytes(const struct recorder *recorder);
/* A device more from now on, for which phone_names has a name; its number. ERROR_LIMIT. */
int recorder_learn(struct recorder *recorder, const struct mac *mac, struct error *error);
const struct observer *recorder_observer(const struct recorder *recorder);

#endif
