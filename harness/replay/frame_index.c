/* SPDX-License-Identifier: MIT */
#include "harness/replay/frame_index.h"
#include "harness/wire/pcapng.h"
#include <stdlib.h>
#include <string.h>

static void apply_comment(const char *comment, uint64_t frame, struct timeline *timeline)
{
    static const char word[] = "event ";
    const char *at = comment;
    while (strncmp(at, word, sizeof word - 1) == 0) {
        unsigned long long number = strtoull(at + sizeof word - 1, NULL, 10);
        if (number >= 1 && number <= timeline->count)
            timeline->events[number - 1].frame = frame;
        at = strstr(at, "; event ");
        if (!at)
            return;
        at += 2;
    }
}

void frame_index_apply(const uint8_t *capture, size_t length, struct timeline *timeline)
{
    struct pcapng_reader reader;
    struct pcapng_frame frame;
    pcapng_reader_init(&reader, capture, length);
    while (pcapng_reader_next(&reader, &frame))
        apply_comment(frame.comment, frame.number, timeline);
}
