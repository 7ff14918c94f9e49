/* SPDX-License-Identifier: MIT */
/* Writing the vendor's configuration XML: a <flat-profile> with one element a parameter. */
#ifndef RCLAB_FAKES_EDOS_FLAT_PROFILE_H
#define RCLAB_FAKES_EDOS_FLAT_PROFILE_H

#include "harness/base/buffer.h"
#include "harness/scenario/behaviour.h"

/* The defaults in their order, each with the value that the last parameter of its name gives, then
 * the other parameters, of equal names the last. ${…} is replaced by the substitutions. Characters
 * that no XML name or text may hold are written as '_' and '?'. */
void flat_profile_write(const struct parameter *defaults, size_t default_count,
                        const struct parameter *parameters, size_t count,
                        const char *const *substitutions, struct buffer *buffer);
/* The value that such a profile has for a name, before substitution; NULL if none. */
const char *flat_profile_value(const struct parameter *defaults, size_t default_count,
                               const struct parameter *parameters, size_t count, const char *name);

#endif
