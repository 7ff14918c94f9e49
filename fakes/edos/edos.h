/* SPDX-License-Identifier: MIT */
/* The vendor's redirect service as far as a phone sees it: the default profile that a behaviour
 * `profile` stands for, as XML. */
#ifndef RCLAB_FAKES_EDOS_EDOS_H
#define RCLAB_FAKES_EDOS_EDOS_H

#include "harness/base/buffer.h"
#include "harness/scenario/behaviour.h"

/* <flat-profile> with Profile_Rule = ${provision.http}/$PSN.xml and Resync_Error_Retry_Delay
 * 60,120,…,86400, overridden and extended by the parameters; ${…} replaced. */
void edos_profile_write(const struct parameter *parameters, size_t count,
                        const char *const *substitutions, struct buffer *buffer);
/* The value that such a profile has for a name, NULL if none; borrowed, before substitution. */
const char *edos_profile_value(const struct parameter *parameters, size_t count, const char *name);

#endif
