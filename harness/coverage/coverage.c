/* SPDX-License-Identifier: MIT */
#include "harness/coverage/coverage.h"

const char *const coverage_gap_names[4] = {
    [COVERAGE_FULL] = "covered",
    [COVERAGE_UNOBSERVABLE] = "not observable",
    [COVERAGE_NO_PASS] = "no scenario passes",
    [COVERAGE_NO_KILL] = "no defect caught for it",
};

const char *coverage_unobservable(enum rule_id rule)
{
    if (rule == RULE_VIEW_1)
        return "the phone's own screen reaches neither the wire nor its web page: look, under "
               "Applications > Status > Product information";
    return NULL;
}

bool coverage_scenario_covers(const struct coverage_scenario *scenario, enum rule_id rule)
{
    for (size_t i = 0; i < scenario->cover_count; i++)
        if (scenario->covers[i] == rule)
            return true;
    return false;
}

bool coverage_quirk_breaks(const struct coverage_quirk *quirk, enum rule_id rule)
{
    for (size_t i = 0; i < quirk->rule_count; i++)
        if (quirk->rules[i] == rule)
            return true;
    return false;
}

size_t coverage_passing(const struct coverage *coverage, enum rule_id rule, size_t *ret_all)
{
    size_t passing = 0, all = 0;
    for (size_t i = 0; i < coverage->scenario_count; i++) {
        const struct coverage_scenario *scenario = &coverage->scenarios[i];
        if (!coverage_scenario_covers(scenario, rule))
            continue;
        all++;
        passing += scenario->verdict == VERDICT_PASS;
    }
    *ret_all = all;
    return passing;
}

size_t coverage_killed(const struct coverage *coverage, enum rule_id rule, size_t *ret_all)
{
    size_t killed = 0, all = 0;
    for (size_t i = 0; i < coverage->quirk_count; i++) {
        if (!coverage_quirk_breaks(&coverage->quirks[i], rule))
            continue;
        all++;
        killed += coverage->quirks[i].killed;
    }
    *ret_all = all;
    return killed;
}

/* A rule is proved by a defect whose verdict named it before all others. */
static bool is_named(const struct coverage *coverage, enum rule_id rule)
{
    for (size_t i = 0; i < coverage->quirk_count; i++) {
        const struct coverage_quirk *quirk = &coverage->quirks[i];
        if (quirk->killed && quirk->named == rule && coverage_quirk_breaks(quirk, rule))
            return true;
    }
    return false;
}

enum coverage_gap coverage_rule_gap(const struct coverage *coverage, enum rule_id rule)
{
    size_t all;
    if (coverage_unobservable(rule))
        return COVERAGE_UNOBSERVABLE;
    if (coverage_passing(coverage, rule, &all) == 0)
        return COVERAGE_NO_PASS;
    if (coverage->have_quirks && !is_named(coverage, rule))
        return COVERAGE_NO_KILL;
    return COVERAGE_FULL;
}

size_t coverage_rule_gaps(const struct coverage *coverage)
{
    size_t gaps = 0;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        enum coverage_gap gap = coverage_rule_gap(coverage, (enum rule_id)i);
        gaps += gap == COVERAGE_NO_PASS || gap == COVERAGE_NO_KILL;
    }
    return gaps;
}

bool coverage_is_missing(const struct coverage *coverage, enum customization_state state,
                         enum coverage_event event)
{
    return !coverage_impossible(state, event) && coverage->cells[state][event].scenarios == 0;
}

size_t coverage_cell_gaps(const struct coverage *coverage, size_t *ret_possible)
{
    size_t gaps = 0, possible = 0;
    for (size_t i = STATE_OPEN; i < STATE_COUNT; i++) {
        for (size_t k = 0; k < COVERAGE_EVENT_COUNT; k++) {
            enum customization_state state = (enum customization_state)i;
            enum coverage_event event = (enum coverage_event)k;
            possible += coverage_impossible(state, event) == NULL;
            gaps += coverage_is_missing(coverage, state, event);
        }
    }
    *ret_possible = possible;
    return gaps;
}

size_t coverage_reasons(const char *ret_reasons[COVERAGE_REASONS_MAX])
{
    size_t count = 0;
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++) {
        for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++) {
            const char *reason =
                coverage_impossible((enum customization_state)state, (enum coverage_event)event);
            size_t known = 0;
            while (known < count && ret_reasons[known] != reason)
                known++;
            if (reason && known == count && count < COVERAGE_REASONS_MAX)
                ret_reasons[count++] = reason;
        }
    }
    return count;
}
