/* SPDX-License-Identifier: MIT */
/* What a server sends in an option that a scenario offers. Pure. */
#ifndef RCLAB_LAB_DHCP_VALUE_H
#define RCLAB_LAB_DHCP_VALUE_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/scenario/scenario.h"

enum { DHCP_VALUE_BYTES_MAX = 255 };

/* Appends the bytes of the option, each ${name} replaced by substitutions[SUBSTITUTE_…].
 * ERROR_INVALID: there are none, or too many, or an address is none. */
int dhcp_value_bytes(const struct dhcp_value *value, const char *const *substitutions,
                     struct buffer *bytes, struct error *error);

#endif
