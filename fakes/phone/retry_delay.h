/* SPDX-License-Identifier: MIT */
/* How long a phone waits before it asks again. */
#ifndef RCLAB_FAKES_PHONE_RETRY_DELAY_H
#define RCLAB_FAKES_PHONE_RETRY_DELAY_H

#include "harness/base/random.h"
#include <stdbool.h>
#include <stdint.h>

#define RETRY_DELAY_NEVER UINT64_MAX

struct retry_pace { /* at EDOS: first, first * factor + more, … up to the longest */
    uint64_t first_us, longest_us, more_us;
    unsigned factor, percent; /* of what it thinks it waits */
    unsigned steps;           /* after so many it begins again; 0 = never */
    bool repeats_first, skips_third;
    uint64_t rebooted_first_us; /* what stands in their place after a reboot; 0 = nothing else */
    unsigned rebooted_factor;
};
/* After the `failures`-th failure in a row (from 1) while Pending. */
uint64_t retry_delay_edos_us(const struct retry_pace *pace, unsigned failures, bool rebooted);

enum retry_list { /* what comes after its last delay */
                  RETRY_LIST_LAST_REPEATS,
                  RETRY_LIST_FIRST_ONLY, /* the others are never used */
                  RETRY_LIST_STARTS_OVER,
                  RETRY_LIST_ENDS, /* nothing */
                  RETRY_LIST_UNUSED,
};
/* After the `failures`-th failure in a row (from 1) by a Resync_Error_Retry_Delay: seconds, comma
 * separated; `a+b` adds 0…b at random; 0 = never. What is no such list (or NULL) counts as the
 * default list. */
uint64_t retry_delay_resync_us(const char *list, enum retry_list use, unsigned failures,
                               struct random_source *random);

#endif
