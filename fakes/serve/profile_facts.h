/* SPDX-License-Identifier: MIT */
/* Is a body that a scenario gives (`body:`, `file:`) one of the vendor's profiles, and what does it
 * say of retries? */
#ifndef RCLAB_FAKES_SERVE_PROFILE_FACTS_H
#define RCLAB_FAKES_SERVE_PROFILE_FACTS_H

#include "harness/base/buffer.h"

/* True if the bytes are well-formed XML with a <flat-profile> as the root or right inside a
 * <device>. retry_delay gets the text of its last Resync_Error_Retry_Delay; untouched if none. */
bool profile_facts_read(const uint8_t *bytes, size_t length, bool *ret_has_retry_delay,
                        struct buffer *retry_delay);

#endif
