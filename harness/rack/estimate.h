/* SPDX-License-Identifier: MIT */
/* How long a scenario takes with devices that do as the rules say: so that a person knows before a
 * run whether to wait for it. Pure, and no oracle: nothing is judged by it. */
#ifndef RCLAB_RACK_ESTIMATE_H
#define RCLAB_RACK_ESTIMATE_H

#include "harness/scenario/scenario.h"

struct estimate_costs {   /* in device time */
    uint64_t boot_us;     /* from a boot's beginning to the device's first attempt */
    uint64_t expect_us;   /* for what comes at once to be seen: a page, a packet, a state */
    uint64_t silence_us;  /* that a device waits for a server that says nothing */
    uint64_t patience_us; /* that an `expect` without `within` waits at most; 0 = for ever */
};

/* Device time from the first step to the last. Waiting is counted as the scenario says it, what is
 * expected when it is due: after a boot, after so many retries. */
uint64_t estimate_scenario_us(const struct scenario *scenario, const struct estimate_costs *costs);

#endif
