/* SPDX-License-Identifier: MIT */
/* Results made by hand for the tests of this room: one of each verdict. */
#ifndef RCLAB_REPORT_REPORT_TESTING_H
#define RCLAB_REPORT_REPORT_TESTING_H

#include "harness/report/report.h"

enum { EXAMPLE_PASS, EXAMPLE_FAIL, EXAMPLE_ERROR, EXAMPLE_SKIP, EXAMPLE_FLAKY, EXAMPLE_COUNT };

struct example {
    struct scenario scenarios[EXAMPLE_COUNT];
    struct judgement judgements[EXAMPLE_COUNT];
    struct report_result results[EXAMPLE_COUNT];
    struct report_totals totals;
};

/* Large: callers keep it static. */
const struct example *example_fill(struct example *example);

#endif
