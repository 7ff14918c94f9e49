/* SPDX-License-Identifier: MIT */
/* How long a phone waits before it asks again. */
#ifndef RCLAB_FAKES_PHONE_RETRY_DELAY_H
#define RCLAB_FAKES_PHONE_RETRY_DELAY_H

#include "fakes/phone/quirks.h"
#include "harness/base/random.h"
#include <stdint.h>

#define RETRY_DELAY_NEVER UINT64_MAX

/* After the `failures`-th failure in a row (from 1) while Pending: 1, 2, 4 … minutes, at most 24
 * hours (RC-PEND-3, RC-PEND-4). quirk NULL = sound. */
uint64_t retry_delay_edos_us(unsigned failures, const struct phone_quirk *quirk);

/* After the `failures`-th failure in a row (from 1) by a Resync_Error_Retry_Delay: seconds, comma
 * separated, the last repeats; `a+b` adds 0…b at random; 0 = never. What is no such list (or NULL)
 * counts as the default list. */
uint64_t retry_delay_resync_us(const char *list, unsigned failures, struct random_source *random);

#endif
