/* SPDX-License-Identifier: MIT */
/* What `rclab coverage` knows: the suite, and what results.json, mutants.json and the timelines in
 * a results folder say about it. */
#ifndef RCLAB_COVERAGE_COLLECT_H
#define RCLAB_COVERAGE_COLLECT_H

#include "harness/coverage/coverage.h"
#include "harness/scenario/load.h"
#include <jansson.h>

enum { COVERAGE_DEFECTS_MAX = 10000 };

struct coverage_sources {
    const struct suite *suite; /* borrowed; must outlive the coverage */
    json_t *results, *mutants; /* owned; mutants may be NULL */
    struct coverage coverage;  /* what it points to is owned here */
};

/* ERROR_INVALID: no results.json, or files that are not what this version writes. Scenarios that
 * the results don't know were not run. */
int coverage_collect(const char *folder, const struct suite *suite,
                     struct coverage_sources *ret_sources, struct error *error);
void coverage_sources_done(struct coverage_sources *sources);

#endif
