/* SPDX-License-Identifier: MIT */
/* What a cycle run is of: its lab, phones, scenarios, what is drawn at random. Stored with its
 * state, so that nobody goes on with something else. */
#ifndef RCLAB_CYCLE_IDENTITY_H
#define RCLAB_CYCLE_IDENTITY_H

#include "harness/rack/rack_plan.h"
#include <jansson.h>

struct identity_facts {
    const struct lab_file *lab;
    const struct rack_plan *plan;
    bool emulated;
    uint64_t seed;
    const char *defect;    /* of the emulated phones; NULL = none */
    const char *variation; /* the seed that they are drawn from; NULL = plain ones */
};
/* One reference, the caller's. NULL: out of memory. */
json_t *identity_make(const struct identity_facts *facts);
/* ERROR_INVALID with the first thing that differs, in words. */
int identity_compare(const json_t *now, const json_t *then, struct error *error);

#endif
