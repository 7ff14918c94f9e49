/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/replay/run_folder.h"
#include "harness/wire/pcapng.h"

enum { EVENTS = 5, CAPTURE_MAX = 1 << 16 };

struct bench {
    struct timeline timeline;
    struct buffer capture;
};

static void bench_init(struct bench *bench)
{
    const struct event event = {
        .type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .note.text = "x"};
    timeline_init(&bench->timeline);
    for (uint64_t i = 0; i < EVENTS; i++)
        CU_ASSERT_PTR_NOT_NULL(timeline_append(&bench->timeline, &event, i));
    buffer_init(&bench->capture, CAPTURE_MAX);
    pcapng_encode_header(&bench->capture, "test", "eth0");
}

static void bench_done(struct bench *bench)
{
    timeline_done(&bench->timeline);
    buffer_done(&bench->capture);
}

static void frame(struct bench *bench, const char *comment)
{
    static const uint8_t bytes[60];
    pcapng_encode_frame(&bench->capture, 1000000, bytes, sizeof bytes, sizeof bytes, comment);
}

static void check(struct bench *bench, const uint64_t frames[EVENTS])
{
    run_folder_mark_frames(bench->capture.data, bench->capture.length, &bench->timeline);
    for (size_t i = 0; i < EVENTS; i++)
        CU_ASSERT_EQUAL(bench->timeline.events[i].frame, frames[i]);
}

static void frames_of_events(void)
{
    struct bench bench;
    bench_init(&bench);
    frame(&bench, "event 1: a DISCOVER");
    frame(&bench, NULL);
    frame(&bench, "event 2: an OFFER; event 4: Open");
    frame(&bench, "no event 3: at the beginning");
    frame(&bench, "event 5: the last");
    check(&bench, (const uint64_t[]){1, 3, 0, 3, 5});
    bench_done(&bench);
}

static void numbers_that_no_event_has(void)
{
    struct bench bench;
    bench_init(&bench);
    frame(&bench, "event 0: x; event 6: x; event 18446744073709551617: x; event -1: x; event 2: x");
    frame(&bench, "event : x; event x; event 3");
    frame(&bench, "event");
    frame(&bench, "event 4: a; event");
    check(&bench, (const uint64_t[]){0, 1, 2, 4, 0});
    bench_done(&bench);
}

static void what_is_no_capture(void)
{
    static const uint8_t garbage[] = {0x0a, 0x0d, 0x0d, 0x0a, 1, 2, 3};
    struct bench bench;
    bench_init(&bench);
    run_folder_mark_frames(garbage, sizeof garbage, &bench.timeline);
    run_folder_mark_frames(garbage, 0, &bench.timeline);
    frame(&bench, "event 1: whole");
    frame(&bench, "event 2: cut");
    bench.capture.length -= 3; /* an interrupted run leaves as much as it had written */
    check(&bench, (const uint64_t[]){1, 0, 0, 0, 0});
    bench_done(&bench);
}

void tests_harness_replay_frame_index(void);
void tests_harness_replay_frame_index(void)
{
    TEST_SUITE("replay/frame_index", {"frames of events", frames_of_events},
               {"numbers that no event has", numbers_that_no_event_has},
               {"what is no capture", what_is_no_capture});
}
