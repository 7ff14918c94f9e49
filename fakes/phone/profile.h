/* SPDX-License-Identifier: MIT */
/* Configuration profiles: <flat-profile>, alone or inside <device>. Tags are case-sensitive, the
 * last of equal ones wins, attributes (ua) are ignored. */
#ifndef RCLAB_FAKES_PHONE_PROFILE_H
#define RCLAB_FAKES_PHONE_PROFILE_H

#include "fakes/phone/parameters.h"
#include "harness/base/error.h"
#include <stdint.h>

enum { PROFILE_BYTES_MAX = 1 << 20, PROFILE_DEPTH_MAX = 16 };

/* Adds what the profile sets to `parameters` (initialised by the caller). ERROR_INVALID: no XML, or
 * none of ours; ERROR_LIMIT: a bound; ERROR_MEMORY. On failure `parameters` may hold part of it. */
int profile_parse(const uint8_t *bytes, size_t length, struct parameters *parameters,
                  struct error *error);

#endif
