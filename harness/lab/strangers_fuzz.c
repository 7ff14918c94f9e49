/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/strangers.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_lab_strangers(const uint8_t *data, size_t size);

static void seen(void *context, const struct stranger *stranger)
{
    unsigned *count = context;
    for (const char *at = stranger->vendor; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            abort();
    ++*count;
}

/* Frames of 400 bytes each; twice the same tells nothing new. */
int fuzz_harness_lab_strangers(const uint8_t *data, size_t size)
{
    enum { FRAME_BYTES = 400 };
    static const struct mac known[] = {{{2, 0, 0, 0, 0, 1}}};
    struct strangers *strangers;
    struct error error;
    unsigned count = 0;
    if (strangers_new(known, 1, seen, &count, &strangers, &error) < 0)
        return 0;
    for (size_t at = 0; at < size; at += FRAME_BYTES) {
        size_t length = size - at < FRAME_BYTES ? size - at : FRAME_BYTES;
        strangers_frame(strangers, data + at, length);
        unsigned before = count;
        strangers_frame(strangers, data + at, length);
        if (count != before)
            abort();
    }
    if (strangers_count(strangers) > count)
        abort();
    strangers_free(strangers);
    return 0;
}
