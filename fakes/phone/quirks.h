/* SPDX-License-Identifier: MIT */
/* Single, named, deliberate defects of the emulated phone, as data: what a harness must catch. */
#ifndef RCLAB_FAKES_PHONE_QUIRKS_H
#define RCLAB_FAKES_PHONE_QUIRKS_H

#include <stddef.h>

enum quirk_id {
    QUIRK_NONE,
    QUIRK_RETRY_EVERY_MINUTE, /* while Pending the delay never doubles */
};
struct phone_quirk {
    enum quirk_id id;
    const char *name;    /* "retry-every-minute" */
    const char *rule;    /* the rule id it breaks: "RC-PEND-3" */
    const char *summary; /* a sentence */
};
extern const struct phone_quirk phone_quirks[];
extern const size_t phone_quirk_count;
const struct phone_quirk *phone_quirk_find(const char *name); /* NULL = unknown */

#endif
