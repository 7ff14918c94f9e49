/* SPDX-License-Identifier: MIT */
#include "harness/command/mutants_plan.h"
#include "harness/base/duration.h"
#include <stdlib.h>
#include <string.h>

enum { COST_OF_SETTING_UP = 10, COST_OF_A_STEP = 2, COST_OF_A_RETRY = 2, DISTANCE_NONE = 3 };

static uint64_t cost_of_step(const struct step *step)
{
    uint64_t waited_us = 0;
    if (step->kind != STEP_EXPECT)
        waited_us = step->duration_us;
    uint64_t cost = COST_OF_A_STEP + waited_us / DURATION_H;
    if (step->kind == STEP_EXPECT && step->pattern.kind == PATTERN_RETRIES)
        cost += COST_OF_A_RETRY * step->pattern.gap_count;
    return cost;
}

uint64_t mutants_cost(const struct scenario *scenario)
{
    uint64_t cost = COST_OF_SETTING_UP;
    for (size_t i = 0; i < scenario->step_count; i++)
        cost += cost_of_step(&scenario->steps[i]);
    return cost * (scenario->phone_count ? scenario->phone_count : 1);
}

static bool covers(const struct scenario *scenario, const char *rule)
{
    for (size_t i = 0; i < scenario->cover_count; i++)
        if (strcmp(rules[scenario->covers[i]].id, rule) == 0)
            return true;
    return false;
}

unsigned mutants_distance(const struct scenario *scenario, const struct phone_quirk *quirk)
{
    for (size_t i = 0; i < QUIRK_RULES_MAX && quirk->rules[i]; i++) {
        if (!covers(scenario, quirk->rules[i]))
            continue;
        if (i > 0)
            return 2;
        return strcmp(rules[scenario->covers[0]].id, quirk->rules[0]) == 0 ? 0 : 1;
    }
    return DISTANCE_NONE;
}

struct candidate {
    size_t scenario;
    unsigned distance;
    uint64_t cost;
};

static int compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return a->scenario < b->scenario ? -1 : a->scenario > b->scenario;
}

void mutants_order(const struct suite *suite, const struct phone_quirk *quirk, size_t *ret_order)
{
    struct candidate *candidates = calloc(suite->count + 1, sizeof *candidates);
    for (size_t i = 0; i < suite->count; i++) {
        ret_order[i] = i;
        if (candidates)
            candidates[i] = (struct candidate){i, mutants_distance(suite->scenarios[i], quirk),
                                               mutants_cost(suite->scenarios[i])};
    }
    if (!candidates)
        return; /* the suite's order does, it only takes longer */
    qsort(candidates, suite->count, sizeof *candidates, compare);
    for (size_t i = 0; i < suite->count; i++)
        ret_order[i] = candidates[i].scenario;
    free(candidates);
}
