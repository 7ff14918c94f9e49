/* SPDX-License-Identifier: MIT */
/* DHCP replies as no sound server sends them, or only few: made of a sound one. Pure. */
#ifndef RCLAB_LAB_DHCP_MALFORM_H
#define RCLAB_LAB_DHCP_MALFORM_H

#include "harness/base/buffer.h"
#include "harness/scenario/scenario.h"
#include "harness/wire/dhcp.h"

/* Appends the message so changed:
 *   truncated: it ends in the middle of its last option's value;
 *   bad-length: its last option claims 255 bytes, more than there are;
 *   no-end: where its end option stood there is padding;
 *   overload: options that need not come first stand in `file` and `sname` (RFC 2132 section 9.3),
 *   the longest of them cut in two (RFC 3396).
 * False: the message does not allow for it (it has no options, or is overloaded already); what was
 * appended is then of no use. */
bool dhcp_malform(enum dhcp_malformed malformed, const struct dhcp_message *message,
                  struct buffer *buffer);

#endif
