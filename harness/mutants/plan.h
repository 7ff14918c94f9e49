/* SPDX-License-Identifier: MIT */
/* In which order scenarios are tried on a defect, so that it is caught soon. Pure. */
#ifndef RCLAB_MUTANTS_PLAN_H
#define RCLAB_MUTANTS_PLAN_H

#include "fakes/phone/quirks.h"
#include "harness/scenario/load.h"
#include <stdint.h>

/* A guess, without a unit, at the work that a scenario means: phones, steps, retries, hours. */
uint64_t mutants_cost(const struct scenario *scenario);
/* How near a scenario is to the rules that a defect breaks: 0 = it covers the one that the defect
 * names first, 1 = another one of them, 2 = none. */
unsigned mutants_distance(const struct scenario *scenario, const struct phone_quirk *quirk);
/* Indices of suite->count scenarios, the most promising first: the nearest; of these the ones whose
 * id and tags share words with the defect's name; then one case of each file before a second one;
 * then the cheapest. */
void mutants_order(const struct suite *suite, const struct phone_quirk *quirk, size_t *ret_order);

#endif
