/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/observe/timeline.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_observe_timeline(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static void write_all(const struct timeline *timeline, const char *const *phones,
                      struct buffer *buffer)
{
    for (size_t i = 0; i < timeline->count; i++) {
        event_to_json(&timeline->events[i], phones, 1, buffer);
        buffer_u8(buffer, '\n');
    }
}

/* Whatever was read is written, read and written again to the same bytes. */
int fuzz_harness_observe_timeline(const uint8_t *data, size_t size)
{
    static const char *const phones[] = {"p"};
    struct timeline first, second;
    struct buffer one, other;
    struct error error;
    timeline_init(&first);
    timeline_init(&second);
    buffer_init(&one, TEXT_MAX);
    buffer_init(&other, TEXT_MAX);
    timeline_read(&first, (const char *)data, size, phones, 1, &error);
    write_all(&first, phones, &one);
    if (one.length > 0 && !one.failed) {
        int code = timeline_read(&second, (const char *)one.data, one.length, phones, 1, &error);
        assert(code == 0);
        write_all(&second, phones, &other);
        assert(one.length == other.length && memcmp(one.data, other.data, one.length) == 0);
    }
    timeline_done(&first);
    timeline_done(&second);
    buffer_done(&one);
    buffer_done(&other);
    return 0;
}
