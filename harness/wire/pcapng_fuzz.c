/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/pcapng.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_pcapng(const uint8_t *data, size_t size);

static void check_frame(const struct pcapng_frame *frame, const uint8_t *data, size_t size)
{
    if (frame->length > size || frame->bytes < data || frame->bytes + frame->length > data + size)
        abort();
    if (strnlen(frame->comment, sizeof frame->comment) == sizeof frame->comment)
        abort();
}

/* What the reader gives, written anew, reads the same. */
static void check_copy(const struct pcapng_frame *frame)
{
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    pcapng_encode_header(&buffer, "fuzz", "x");
    pcapng_encode_frame(&buffer, frame->time_us, frame->bytes, frame->length, frame->wire_length,
                        frame->comment);
    struct pcapng_reader reader;
    static struct pcapng_frame again;
    pcapng_reader_init(&reader, buffer.data, buffer.length);
    if (!buffer.failed &&
        (!pcapng_reader_next(&reader, &again) || again.length != frame->length ||
         again.time_us != frame->time_us || again.wire_length != frame->wire_length ||
         strcmp(again.comment, frame->comment) != 0))
        abort();
    buffer_done(&buffer);
}

int fuzz_harness_wire_pcapng(const uint8_t *data, size_t size)
{
    struct pcapng_reader reader;
    static struct pcapng_frame frame;
    pcapng_reader_init(&reader, data, size);
    for (uint64_t number = 1; pcapng_reader_next(&reader, &frame); number++) {
        if (frame.number != number)
            abort();
        check_frame(&frame, data, size);
        if (number == 1)
            check_copy(&frame);
    }
    return 0;
}
