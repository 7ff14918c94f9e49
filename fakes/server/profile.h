/* SPDX-License-Identifier: MIT */
/* The vendor's configuration XML, a <flat-profile> with one element a parameter: what the fake
 * servers send where a scenario gives no body of its own, and what is known of a body that it does
 * give (`body:`, `file:`). */
#ifndef RCLAB_FAKES_SERVER_PROFILE_H
#define RCLAB_FAKES_SERVER_PROFILE_H

#include "harness/base/buffer.h"
#include "harness/scenario/behaviour.h"

enum profile_kind {
    PROFILE_PUSHED, /* nothing but the parameters given */
    PROFILE_EDOS,   /* the redirect service's: Profile_Rule and the delays of retries */
    PROFILE_CONFIG, /* the provider's: a line that registers */
};

/* The kind's defaults in their order, each with the value that the last parameter of its name
 * gives, then the other parameters, of equal names the last. ${…} is replaced by the
 * substitutions. Characters that no XML name or text may hold are written as '_' and '?'. */
void profile_write(enum profile_kind kind, const struct parameter *parameters, size_t count,
                   const char *const *substitutions, struct buffer *buffer);
/* The value that such a profile has for a name, NULL if none; borrowed, before substitution. */
const char *profile_value(enum profile_kind kind, const struct parameter *parameters, size_t count,
                          const char *name);
/* True if the bytes are well-formed XML with a <flat-profile> as the root or right inside a
 * <device>. retry_delay gets the text of its last Resync_Error_Retry_Delay; untouched if none. */
bool profile_recognise(const uint8_t *bytes, size_t length, bool *ret_has_retry_delay,
                       struct buffer *retry_delay);

#endif
