/* SPDX-License-Identifier: MIT */
/* In which order scenarios are tried on a defect, so that it is caught soon. Pure. */
#ifndef RCLAB_COMMAND_MUTANTS_PLAN_H
#define RCLAB_COMMAND_MUTANTS_PLAN_H

#include "fakes/phone/quirks.h"
#include "harness/scenario/load.h"
#include <stdint.h>

/* A guess, without a unit, at the work that a scenario means: phones, steps, retries, hours. */
uint64_t mutants_cost(const struct scenario *scenario);
/* How near a scenario is to the rules that a defect breaks: 0 = both name the same rule first,
 * 1 = the scenario covers that rule too, 2 = it covers another rule of the defect's, 3 = none. */
unsigned mutants_distance(const struct scenario *scenario, const struct phone_quirk *quirk);
/* Indices of suite->count scenarios, the nearest first, among them the cheapest first, among them
 * as in the suite. */
void mutants_order(const struct suite *suite, const struct phone_quirk *quirk, size_t *ret_order);

#endif
