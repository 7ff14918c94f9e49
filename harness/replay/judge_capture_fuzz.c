/* SPDX-License-Identifier: MIT */
/* A capture of a defective phone whose frames are changed, left out, told twice or moved in time,
 * as the bytes say. Judged twice it comes to the same; it fails the phone only for what it proves.
 */
#include "harness/base/cursor.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/replay/judge_capture.h"
#include "harness/wire/pcapng.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAMES_MAX = 64, FRAME_BYTES_MAX = 1600, FILE_BYTES_MAX = 1 << 20 };

struct frame {
    uint64_t time_us;
    size_t length;
    uint8_t bytes[FRAME_BYTES_MAX];
    unsigned times; /* it stands in the capture */
};
static struct frame sound[FRAMES_MAX];
static size_t frame_count;

static const uint64_t gaps_us[] = {DURATION_M, 2 * DURATION_M, 4 * DURATION_M};
static const struct step steps[] = {
    {.kind = STEP_FACTORY_RESET, .phone = STEP_ALL_PHONES, .place = {1, 1}},
    {.kind = STEP_EXPECT,
     .phone = STEP_ALL_PHONES,
     .place = {2, 1},
     .pattern = {.kind = PATTERN_DHCP, .dhcp_type = 5}},
    {.kind = STEP_EXPECT,
     .phone = STEP_ALL_PHONES,
     .place = {3, 1},
     .pattern = {.kind = PATTERN_RETRIES, .gaps_us = gaps_us, .gap_count = 3}},
    {.kind = STEP_NEVER,
     .phone = STEP_ALL_PHONES,
     .place = {4, 1},
     .duration_us = DURATION_H,
     .pattern = {.kind = PATTERN_STATE, .state = STATE_ABORTED}},
};

static void load_sound(void)
{
    static uint8_t file[FILE_BYTES_MAX];
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    FILE *stream = fopen("captures/defect-every-minute.pcapng", "re");
    if (!stream)
        abort();
    pcapng_reader_init(&reader, file, fread(file, 1, sizeof file, stream));
    fclose(stream);
    while (frame_count < FRAMES_MAX && pcapng_reader_next(&reader, &frame)) {
        struct frame *kept = &sound[frame_count++];
        *kept = (struct frame){.time_us = frame.time_us, .length = frame.length, .times = 1};
        if (frame.length > FRAME_BYTES_MAX)
            abort();
        memcpy(kept->bytes, frame.bytes, frame.length);
    }
    if (frame_count == 0)
        abort();
}

static size_t write_capture(int fd, const struct frame *frames)
{
    struct buffer file;
    size_t count = 0;
    buffer_init(&file, FILE_BYTES_MAX);
    pcapng_encode_header(&file, "fuzz", "eth0");
    for (size_t i = 0; i < frame_count; i++) {
        for (unsigned k = 0; k < frames[i].times; k++, count++)
            pcapng_encode_frame(&file, frames[i].time_us, frames[i].bytes, frames[i].length,
                                frames[i].length, NULL);
    }
    if (file.failed || ftruncate(fd, 0) < 0 ||
        pwrite(fd, file.data, file.length, 0) != (ssize_t)file.length)
        abort();
    buffer_done(&file);
    return count;
}

static void judge_it(const char *path, const struct scenario *scenario, size_t frames,
                     struct capture_judgement *judgement)
{
    struct error error = {0};
    if (judge_capture(scenario, path, judgement, &error) < 0)
        abort();
    const struct judgement *proved = &judgement->judgement;
    if ((judgement->verdict == CAPTURE_FAIL) != (proved->failure_count > 0) ||
        (judgement->phones == scenario->phone_count && judgement->frames != frames))
        abort();
    for (size_t i = 0; i < proved->failure_count; i++)
        if (!capture_proves(scenario, &proved->failures[i]))
            abort();
}

int fuzz_harness_replay_judge_capture(const uint8_t *data, size_t size);
int fuzz_harness_replay_judge_capture(const uint8_t *data, size_t size)
{
    static const struct scenario_phone phone = {"8841-1", "8841"};
    static int fd = -1;
    static struct frame frames[FRAMES_MAX];
    static struct capture_judgement once, again;
    const struct scenario scenario = {.path = "t.yaml",
                                      .phones = &phone,
                                      .phone_count = 1,
                                      .tolerance = {10, 5 * DURATION_S},
                                      .steps = steps,
                                      .step_count = sizeof steps / sizeof steps[0]};
    char path[64];
    struct cursor cursor;
    if (fd < 0) {
        load_sound();
        fd = memfd_create("capture", MFD_CLOEXEC);
        if (fd < 0)
            abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    memcpy(frames, sound, sizeof frames);
    cursor_init(&cursor, data, size);
    while (cursor_left(&cursor) >= 5) {
        struct frame *frame = &frames[cursor_u8(&cursor) % frame_count];
        uint8_t what = cursor_u8(&cursor), value = cursor_u8(&cursor);
        size_t at = cursor_be16(&cursor) % frame->length;
        if (what == 0)
            frame->times = value % 3;
        else if (what == 1)
            frame->time_us += value * DURATION_M;
        else if (what == 2)
            frame->length = at + 1;
        else
            frame->bytes[at] = value;
    }
    size_t count = write_capture(fd, frames);
    judge_it(path, &scenario, count, &once);
    judge_it(path, &scenario, count, &again);
    if (once.verdict != again.verdict ||
        memcmp(&once.judgement, &again.judgement, sizeof once.judgement) != 0 ||
        strcmp(buffer_string(&once.open), buffer_string(&again.open)) != 0)
        abort();
    capture_judgement_done(&once);
    capture_judgement_done(&again);
    return 0;
}
