/* SPDX-License-Identifier: MIT */
/* Single, named, deliberate defects of the emulated phone, as data: what a harness must catch.
 * RC-VIEW-1 has none: it speaks of the phone's own screen, which nobody here can see. */
#ifndef RCLAB_FAKES_PHONE_QUIRKS_H
#define RCLAB_FAKES_PHONE_QUIRKS_H

#include <stddef.h>

enum quirk_id {
    QUIRK_NONE,
    QUIRK_RETRY_EVERY_MINUTE,
};
enum { QUIRK_RULES_MAX = 4 };
struct phone_quirk {
    enum quirk_id id;
    const char *name; /* "retry-every-minute" */
    /* The ids of the rules it breaks, most specific first, then NULL. A verdict that names any of
     * them as its first rule has caught it for the right reason. */
    const char *rules[QUIRK_RULES_MAX];
    const char *summary; /* a sentence */
};
extern const struct phone_quirk phone_quirks[];
extern const size_t phone_quirk_count;
const struct phone_quirk *phone_quirk_find(const char *name); /* NULL = unknown */

#endif
