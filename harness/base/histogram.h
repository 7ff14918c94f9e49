/* SPDX-License-Identifier: MIT */
/* Times counted in bounded memory: log-linear buckets, 64 to each power of two, so that a quantile
 * is at most HISTOGRAM_PRECISION of itself away from the exact one. Least and greatest are exact.
 */
#ifndef RCLAB_BASE_HISTOGRAM_H
#define RCLAB_BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 6,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS, /* to a power of two */
    HISTOGRAM_VALUE_BITS = 49,                  /* DURATION_MAX_US needs so many */
    HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1),
};
#define HISTOGRAM_VALUE_MAX ((UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1)
#define HISTOGRAM_PRECISION (1.0 / (2 * HISTOGRAM_STEPS)) /* 0.8 % */

struct histogram {
    uint32_t *counts; /* HISTOGRAM_BUCKETS of them, owned; NULL until the first value */
    uint64_t count, least, greatest;
};

/* Greater values count as HISTOGRAM_VALUE_MAX. False: out of memory, nothing was counted. */
bool histogram_add(struct histogram *histogram, uint64_t value);
/* The value of nearest rank: so many thousandths of all are not above it. 0 if there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, unsigned thousandths);
void histogram_done(struct histogram *histogram); /* safe on zeroed */

size_t histogram_bucket(uint64_t value);
/* Puts back what was stored: counts into one bucket; least and greatest are set by the caller.
 * False: no such bucket, too many for it, or out of memory. */
bool histogram_restore(struct histogram *histogram, size_t bucket, uint64_t count);

#endif
