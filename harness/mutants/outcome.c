/* SPDX-License-Identifier: MIT */
#include "harness/mutants/mutants.h"
#include "harness/vendor/vendor.h"
#include <stdlib.h>
#include <string.h>

const char *const mutant_outcome_names[MUTANT_OUTCOMES] = {
    [MUTANT_KILLED] = "killed",
    [MUTANT_MISNAMED] = "wrong rule",
    [MUTANT_SURVIVED] = "survived",
    [MUTANT_UNDECIDED] = "undecided",
};

static bool breaks(const struct phone_quirk *quirk, enum rule_id rule)
{
    for (size_t i = 0; i < QUIRK_RULES_MAX && quirk->rules[i]; i++)
        if (strcmp(quirk->rules[i], vendor_rule(vendor_default(), rule)->id) == 0)
            return true;
    return false;
}

enum mutant_finding mutant_judge(const struct phone_quirk *quirk, const struct judgement *judgement)
{
    if (judgement->verdict == VERDICT_ERROR)
        return MUTANT_LAB_ERROR;
    if (judgement->verdict != VERDICT_FAIL)
        return MUTANT_PASSED;
    const struct judge_failure *first = &judgement->failures[0];
    bool named = judgement->failure_count > 0 && first->rule_count > 0;
    return named && breaks(quirk, first->rules[0]) ? MUTANT_CAUGHT : MUTANT_MISTAKEN;
}

/* --- life ----------------------------------------------------------------------------------- */

static int init_mutant(struct mutant *mutant, const struct suite *suite,
                       const struct phone_quirk *quirk)
{
    mutant->quirk = quirk;
    mutant->order = calloc(suite->count + 1, sizeof *mutant->order);
    mutant->tries = calloc(suite->count + 1, sizeof *mutant->tries);
    if (!mutant->order || !mutant->tries)
        return ERROR_MEMORY;
    mutants_order(suite, quirk, mutant->order);
    return 0;
}

int mutants_init(struct mutants *mutants, const struct suite *suite,
                 const struct phone_quirk *const *quirks, size_t quirk_count, struct error *error)
{
    size_t count = quirk_count ? quirk_count : phone_quirk_count;
    *mutants = (struct mutants){.suite = suite};
    mutants->items = calloc(count + 1, sizeof *mutants->items);
    mutants->proved = calloc(suite->count + 1, sizeof *mutants->proved);
    mutants->unsound = calloc(suite->count + 1, sizeof *mutants->unsound);
    mutants->unsound_reasons = calloc(suite->count + 1, sizeof *mutants->unsound_reasons);
    int result = mutants->items && mutants->proved && mutants->unsound && mutants->unsound_reasons
                     ? 0
                     : ERROR_MEMORY;
    for (size_t i = 0; result == 0 && i < count; i++) {
        const struct phone_quirk *quirk = quirk_count ? quirks[i] : &phone_quirks[i];
        mutants->count++;
        result = init_mutant(&mutants->items[i], suite, quirk);
    }
    return result == 0 ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

static void mutant_done(struct mutant *mutant)
{
    for (size_t i = 0; i < mutant->try_count; i++) {
        free(mutant->tries[i].failure);
        free(mutant->tries[i].reason);
    }
    free(mutant->tries);
    free(mutant->order);
}

void mutants_done(struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++)
        mutant_done(&mutants->items[i]);
    for (size_t i = 0; mutants->unsound_reasons && i < mutants->suite->count; i++)
        free(mutants->unsound_reasons[i]);
    free(mutants->items);
    free(mutants->proved);
    free(mutants->unsound);
    free(mutants->unsound_reasons);
    *mutants = (struct mutants){0};
}

/* --- tries ---------------------------------------------------------------------------------- */

bool mutant_tried(const struct mutant *mutant, size_t scenario)
{
    for (size_t i = 0; i < mutant->try_count; i++)
        if (mutant->tries[i].scenario == scenario)
            return true;
    return false;
}

int mutant_add(struct mutant *mutant, size_t scenario, const struct judgement *judgement,
               uint64_t wall_us, struct error *error)
{
    struct mutant_try *try = &mutant->tries[mutant->try_count];
    *try = (struct mutant_try){.scenario = scenario,
                               .finding = mutant_judge(mutant->quirk, judgement),
                               .wall_us = wall_us};
    bool failed = try->finding == MUTANT_CAUGHT || try->finding == MUTANT_MISTAKEN;
    if (failed && judgement->failure_count > 0) {
        try->failure = malloc(sizeof *try->failure);
        if (!try->failure)
            return error_set(error, ERROR_MEMORY, "out of memory");
        *try->failure = judgement->failures[0];
    }
    if (try->finding == MUTANT_LAB_ERROR)
        try->reason = strdup(judgement->reason);
    mutant->try_count++;
    return 0;
}

enum mutant_outcome mutant_outcome(const struct mutants *mutants, const struct mutant *mutant)
{
    enum mutant_outcome outcome = MUTANT_UNDECIDED;
    for (size_t i = 0; i < mutant->try_count; i++) {
        const struct mutant_try *try = &mutant->tries[i];
        if (mutants->unsound[try->scenario])
            continue;
        if (try->finding == MUTANT_CAUGHT)
            return MUTANT_KILLED;
        if (try->finding == MUTANT_MISTAKEN)
            outcome = MUTANT_MISNAMED;
        else if (try->finding == MUTANT_PASSED && outcome == MUTANT_UNDECIDED)
            outcome = MUTANT_SURVIVED;
    }
    return outcome;
}

size_t mutants_with(const struct mutants *mutants, enum mutant_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < mutants->count; i++)
        count += mutant_outcome(mutants, &mutants->items[i]) == outcome;
    return count;
}
