/* SPDX-License-Identifier: MIT */
/* Single, named, deliberate defects of the emulated phone, as data: what a harness must catch. Each
 * is a row of the table that says what it spoils in a sound phone's policy; to add one is to add a
 * row. RC-VIEW-1 has none: it speaks of the phone's own screen, which nobody here can see. */
#ifndef RCLAB_FAKES_PHONE_QUIRKS_H
#define RCLAB_FAKES_PHONE_QUIRKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phone_policy;
enum { QUIRK_RULES_MAX = 4, QUIRK_CHANGES_MAX = 3 };
struct phone_quirk {
    const char *name; /* "retry-every-minute" */
    /* The ids of the rules it breaks, most specific first, then NULL. A verdict that names any of
     * them as its first rule has caught it for the right reason. */
    const char *rules[QUIRK_RULES_MAX + 1];
    const char *summary;  /* a sentence */
    struct quirk_change { /* of one field of the policy; size 0 ends them */
        size_t offset, size;
        uint64_t number;   /* what it becomes … */
        const char *text;  /* … unless it is a text … */
        bool turned_round; /* … or a truth that becomes its opposite */
    } changes[QUIRK_CHANGES_MAX];
};
extern const struct phone_quirk phone_quirks[];
extern const size_t phone_quirk_count;
const struct phone_quirk *phone_quirk_find(const char *name); /* NULL = unknown */
void phone_quirk_spoil(const struct phone_quirk *quirk, struct phone_policy *policy);

#endif
