/* SPDX-License-Identifier: MIT */
/* The parameter store of a phone: names and values, bounded, in order of first setting. Names are
 * those of the XML tags, case-sensitive. */
#ifndef RCLAB_FAKES_PHONE_PARAMETERS_H
#define RCLAB_FAKES_PHONE_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PARAMETERS_MAX = 2048,
    PARAMETER_NAME_MAX = 128,   /* with its NUL */
    PARAMETER_VALUE_MAX = 4096, /* with its NUL */
};

struct parameters { /* zeroed = empty */
    struct parameter_entry {
        char *name, *value; /* owned, never NULL */
    } *entries;             /* owned */
    size_t count, capacity;
};

void parameters_init(struct parameters *parameters);
void parameters_done(struct parameters *parameters); /* safe on zeroed and on done ones */
/* 0; ERROR_LIMIT (too many, too long, empty name) or ERROR_MEMORY, the store is unchanged then. */
int parameters_set(struct parameters *parameters, const char *name, const char *value);
/* The value, NULL if there is none; valid until the store changes. */
const char *parameters_get(const struct parameters *parameters, const char *name);
/* Sets all of `from` in `to`; entries that don't fit are left out and the first error is returned
 * after all others have been set. */
int parameters_merge(struct parameters *to, const struct parameters *from);

/* "Proxy_1_", "Proxy_12_": the proxy of an extension, and nothing like it. */
bool parameter_is_proxy(const char *name);
/* Profile_Rule, Profile_Rule_B, _C, _D. */
bool parameter_is_profile_rule(const char *name);
/* What a phone answers for a parameter that nobody set ("/$PSN.xml" for Profile_Rule); NULL = none.
 */
const char *parameter_default(const char *name);

#endif
