/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/mutants/mutants.h"
#include "harness/vendor/vendor.h"
#include <stdlib.h>
#include <string.h>

enum { COST_OF_SETTING_UP = 10, COST_OF_A_STEP = 2, COST_OF_A_RETRY = 2, DISTANCE_NONE = 2 };
/* Shared out among the scenarios that are about a word. */
enum { LIKENESS_OF_A_WORD = 1000000 };

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
        if (strcmp(vendor_rule(vendor_default(), scenario->covers[i])->id, rule) == 0)
            return true;
    return false;
}

unsigned mutants_distance(const struct scenario *scenario, const struct phone_quirk *quirk)
{
    for (size_t i = 0; i < QUIRK_RULES_MAX && quirk->rules[i]; i++) {
        if (!covers(scenario, quirk->rules[i]))
            continue;
        return i == 0 ? 0 : 1;
    }
    return DISTANCE_NONE;
}

/* --- likeness -------------------------------------------------------------------------------- */

static bool is_word_end(char c)
{
    return c == 0 || c == '-' || c == '_' || c == '.';
}

/* "160" is a word of "options-each-160". A plural counts: "delays" is a word of "first-delay". */
static bool has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = text; *at;) {
        size_t found = 0;
        while (!is_word_end(at[found]))
            found++;
        size_t shorter = found < length ? found : length;
        size_t longer = found < length ? length : found;
        const char *rest = found < length ? word : at;
        if (shorter > 0 && strncmp(at, word, shorter) == 0 &&
            (longer == shorter || (longer == shorter + 1 && rest[shorter] == 's')))
            return true;
        at += found;
        at += *at != 0;
    }
    return false;
}

static bool is_about(const struct scenario *scenario, const char *word, size_t length)
{
    if (has_word(scenario->id, word, length))
        return true;
    for (size_t i = 0; i < scenario->tag_count; i++)
        if (has_word(scenario->tags[i], word, length))
            return true;
    return false;
}

struct candidate {
    size_t scenario;
    unsigned distance;
    uint64_t likeness, cost;
    size_t sibling; /* cases of its file that are as near and come before it */
};

/* Words that the names share, the rarer the word the better a sign. */
static void add_likeness(const struct suite *suite, const char *name, struct candidate *candidates)
{
    for (const char *word = name; *word;) {
        size_t length = strcspn(word, "-"), about = 0;
        for (size_t i = 0; i < suite->count; i++)
            about += is_about(suite->scenarios[i], word, length);
        for (size_t i = 0; about > 0 && i < suite->count; i++)
            if (is_about(suite->scenarios[i], word, length))
                candidates[i].likeness += LIKENESS_OF_A_WORD / about;
        word += length;
        word += *word != 0;
    }
}

/* Cases of one file are much alike: where one finds nothing, another file is the better choice. */
static void count_siblings(const struct suite *suite, struct candidate *candidates)
{
    for (size_t i = 0; i < suite->count; i++)
        for (size_t k = i;
             k-- > 0 && strcmp(suite->scenarios[k]->path, suite->scenarios[i]->path) == 0;)
            candidates[i].sibling += candidates[k].distance == candidates[i].distance &&
                                     candidates[k].likeness == candidates[i].likeness;
}

static int by_number(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int order = by_number(a->distance, b->distance);
    if (order == 0)
        order = by_number(b->likeness, a->likeness);
    if (order == 0)
        order = by_number(a->sibling, b->sibling);
    if (order == 0)
        order = by_number(a->cost, b->cost);
    return order ? order : by_number(a->scenario, b->scenario);
}

void mutants_order(const struct suite *suite, const struct phone_quirk *quirk, size_t *ret_order)
{
    struct candidate *candidates = calloc(suite->count + 1, sizeof *candidates);
    for (size_t i = 0; i < suite->count; i++) {
        ret_order[i] = i;
        if (candidates)
            candidates[i] =
                (struct candidate){.scenario = i,
                                   .distance = mutants_distance(suite->scenarios[i], quirk),
                                   .cost = mutants_cost(suite->scenarios[i])};
    }
    if (!candidates)
        return; /* the suite's order does, it only takes longer */
    add_likeness(suite, quirk->name, candidates);
    count_siblings(suite, candidates);
    qsort(candidates, suite->count, sizeof *candidates, compare);
    for (size_t i = 0; i < suite->count; i++)
        ret_order[i] = candidates[i].scenario;
    free(candidates);
}
