/* SPDX-License-Identifier: MIT */
#include "harness/observe/reassembly.h"
#include <stdlib.h>
#include <string.h>

struct reassembly_segment {
    struct reassembly_segment *next;
    uint32_t sequence;
    size_t length;
    uint8_t bytes[];
};

/* Sequence numbers wrap: compare by distance. */
static int32_t distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

void reassembly_start(struct reassembly *reassembly, uint32_t first)
{
    reassembly->next = first;
    reassembly->started = true;
}

void reassembly_done(struct reassembly *reassembly)
{
    while (reassembly->early) {
        struct reassembly_segment *segment = reassembly->early;
        reassembly->early = segment->next;
        free(segment);
    }
    reassembly->early_count = reassembly->early_bytes = 0;
}

static bool lose(struct reassembly *reassembly)
{
    reassembly_done(reassembly);
    reassembly->lost = true;
    return false;
}

static bool keep_early(struct reassembly *reassembly, uint32_t sequence, const uint8_t *bytes,
                       size_t length)
{
    struct reassembly_segment **place = &reassembly->early;
    while (*place && distance((*place)->sequence, sequence) > 0)
        place = &(*place)->next;
    if (*place && (*place)->sequence == sequence && (*place)->length >= length)
        return true; /* a retransmission */
    if (reassembly->early_count >= REASSEMBLY_EARLY_MAX ||
        reassembly->early_bytes + length > REASSEMBLY_EARLY_BYTES_MAX)
        return false;
    struct reassembly_segment *segment = malloc(sizeof *segment + length);
    if (!segment)
        return false;
    segment->sequence = sequence;
    segment->length = length;
    memcpy(segment->bytes, bytes, length);
    segment->next = *place;
    *place = segment;
    reassembly->early_count++;
    reassembly->early_bytes += length;
    return true;
}

/* Hands out what of these bytes has not been handed out; false if some before them are missing. */
static bool hand_out(struct reassembly *reassembly, uint32_t sequence, const uint8_t *bytes,
                     size_t length, reassembly_bytes_fn *deliver, void *context)
{
    int32_t ahead = distance(reassembly->next, sequence);
    if (ahead > 0)
        return false;
    size_t known = (size_t)-(int64_t)ahead;
    if (known < length) {
        reassembly->next += (uint32_t)(length - known);
        deliver(context, bytes + known, length - known);
    }
    return true;
}

static void hand_out_early(struct reassembly *reassembly, reassembly_bytes_fn *deliver,
                           void *context)
{
    while (reassembly->early) {
        struct reassembly_segment *segment = reassembly->early;
        if (!hand_out(reassembly, segment->sequence, segment->bytes, segment->length, deliver,
                      context))
            return;
        reassembly->early = segment->next;
        reassembly->early_count--;
        reassembly->early_bytes -= segment->length;
        free(segment);
    }
}

bool reassembly_segment(struct reassembly *reassembly, uint32_t sequence, const uint8_t *bytes,
                        size_t length, bool fin, reassembly_bytes_fn *deliver, void *context)
{
    if (reassembly->lost || !reassembly->started)
        return false;
    int32_t ahead = distance(reassembly->next, sequence);
    if (ahead > REASSEMBLY_AHEAD_MAX || ahead < -REASSEMBLY_AHEAD_MAX)
        return true;
    if (fin && !reassembly->has_end) {
        reassembly->has_end = true;
        reassembly->end = sequence + (uint32_t)length;
    }
    if (length > 0) {
        if (hand_out(reassembly, sequence, bytes, length, deliver, context))
            hand_out_early(reassembly, deliver, context);
        else if (!keep_early(reassembly, sequence, bytes, length))
            return lose(reassembly);
    }
    if (reassembly->has_end && distance(reassembly->next, reassembly->end) <= 0)
        reassembly->ended = true;
    return true;
}
