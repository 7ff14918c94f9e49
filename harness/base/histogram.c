/* SPDX-License-Identifier: MIT */
#include "harness/base/histogram.h"
#include <stdlib.h>

enum { THOUSAND = 1000 };

/* Up to HISTOGRAM_STEPS a bucket holds one value; above, the highest bits name it. */
size_t histogram_bucket(uint64_t value)
{
    if (value > HISTOGRAM_VALUE_MAX)
        value = HISTOGRAM_VALUE_MAX;
    if (value < HISTOGRAM_STEPS)
        return (size_t)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (size_t)(HISTOGRAM_STEPS * shift + (value >> shift));
}

static uint64_t middle_of(size_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = (unsigned)(bucket / HISTOGRAM_STEPS) - 1;
    uint64_t low = (uint64_t)(bucket - HISTOGRAM_STEPS * shift) << shift;
    return low + ((UINT64_C(1) << shift) >> 1);
}

bool histogram_restore(struct histogram *histogram, size_t bucket, uint64_t count)
{
    if (bucket >= HISTOGRAM_BUCKETS)
        return false;
    if (!histogram->counts)
        histogram->counts = calloc(HISTOGRAM_BUCKETS, sizeof *histogram->counts);
    if (!histogram->counts || count > UINT32_MAX - histogram->counts[bucket])
        return false;
    histogram->counts[bucket] += (uint32_t)count;
    histogram->count += count;
    return true;
}

bool histogram_add(struct histogram *histogram, uint64_t value)
{
    if (value > HISTOGRAM_VALUE_MAX)
        value = HISTOGRAM_VALUE_MAX;
    if (!histogram_restore(histogram, histogram_bucket(value), 1))
        return false;
    if (histogram->count == 1 || value < histogram->least)
        histogram->least = value;
    if (value > histogram->greatest)
        histogram->greatest = value;
    return true;
}

uint64_t histogram_quantile(const struct histogram *histogram, unsigned thousandths)
{
    uint64_t rank = (histogram->count * thousandths + THOUSAND - 1) / THOUSAND, seen = 0;
    for (size_t i = 0; histogram->counts && i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen == 0 || seen < rank)
            continue;
        uint64_t value = middle_of(i);
        if (value < histogram->least)
            return histogram->least;
        return value > histogram->greatest ? histogram->greatest : value;
    }
    return 0;
}

void histogram_done(struct histogram *histogram)
{
    free(histogram->counts);
    *histogram = (struct histogram){0};
}
