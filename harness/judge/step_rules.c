/* SPDX-License-Identifier: MIT */
/* Which rules of the vendor's a failed step touches. */
#include "harness/judge/internal.h"

bool state_is_terminal(enum customization_state state)
{
    return state == STATE_ABORTED || state == STATE_UNAVAILABLE || state == STATE_ACQUIRED;
}

enum rule_id rule_of_end(enum customization_state terminal)
{
    if (terminal == STATE_UNAVAILABLE)
        return RULE_END_2;
    return terminal == STATE_ACQUIRED ? RULE_END_3 : RULE_END_1;
}

static bool covers(const struct judge *judge, enum rule_id rule)
{
    for (size_t i = 0; i < judge->scenario->cover_count; i++)
        if (judge->scenario->covers[i] == rule)
            return true;
    return false;
}

static enum rule_id rule_of_abort(const struct judge *judge, enum customization_state from)
{
    static const enum rule_id aborts[] = {RULE_OPEN_2, RULE_PEND_6, RULE_CUST_3};
    for (size_t i = 0; i < sizeof aborts / sizeof aborts[0]; i++)
        if (covers(judge, aborts[i]))
            return aborts[i];
    if (from == STATE_PENDING)
        return RULE_PEND_6;
    return from == STATE_CUSTOM_PENDING ? RULE_CUST_3 : RULE_OPEN_2;
}

/* By which rule a phone gets from `from` to `to`. */
static enum rule_id rule_of_transition(const struct judge *judge, enum customization_state from,
                                       enum customization_state to)
{
    switch (to) {
    case STATE_PENDING:
        return RULE_OPEN_3;
    case STATE_CUSTOM_PENDING:
        return RULE_PEND_1;
    case STATE_ACQUIRED:
        return RULE_CUST_1;
    case STATE_UNAVAILABLE:
        return RULE_PEND_2;
    case STATE_ABORTED:
        return rule_of_abort(judge, from);
    default:
        return covers(judge, RULE_END_4) ? RULE_END_4 : RULE_OPEN_1;
    }
}

/* The rule that held the phone in the state that it left. */
static enum rule_id rule_of_staying(enum customization_state state)
{
    if (state == STATE_PENDING)
        return RULE_PEND_3;
    if (state == STATE_CUSTOM_PENDING)
        return RULE_CUST_2;
    return state_is_terminal(state) ? rule_of_end(state) : RULE_OPEN_1;
}

/* The first state of the path that the phone did not take as expected. */
static enum rule_id rule_of_path(const struct judge *judge, const struct pattern *pattern,
                                 const struct phone_view *view)
{
    size_t i = 0;
    while (i < pattern->path_count && i < view->path_count && pattern->path[i] == view->path[i])
        i++;
    if (i == pattern->path_count && i > 0)
        return rule_of_staying(pattern->path[i - 1]);
    return rule_of_transition(judge, i ? pattern->path[i - 1] : STATE_UNKNOWN, pattern->path[i]);
}

static bool is_of_state(const struct step *step)
{
    return step->pattern.kind == PATTERN_STATE || step->pattern.kind == PATTERN_PATH;
}

static void rules_of_request(const struct judge *judge, const struct step *step,
                             const struct phone_view *view, struct finding *finding)
{
    bool edos = step->pattern.kind == PATTERN_REQUEST && step->pattern.server == SERVER_EDOS;
    bool provision = step->pattern.kind == PATTERN_REQUEST && !edos;
    if (step->kind == STEP_NEVER && edos && state_is_terminal(view->state))
        finding_rule(finding, rule_of_end(view->state));
    else if (judge->scenario->cover_count > 0)
        finding_rule(finding, judge->scenario->covers[0]);
    else if (edos)
        finding_rule(finding, view->state == STATE_PENDING ? RULE_PEND_3 : RULE_OPEN_3);
    else if (provision)
        finding_rule(finding, view->state == STATE_CUSTOM_PENDING ? RULE_CUST_2 : RULE_PEND_1);
}

void rules_of_step(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct step *step = &judge->scenario->steps[judge->walk.current];
    const struct pattern *pattern = &step->pattern;
    const struct phone_view *view = &judge->views[phone];
    if (pattern->kind == PATTERN_PAGE)
        finding_rule(finding, RULE_VIEW_2);
    else if (step->kind == STEP_STAYS)
        finding_rule(finding, rule_of_staying(pattern->state));
    else if (step->kind == STEP_EXPECT && pattern->kind == PATTERN_STATE)
        finding_rule(finding, rule_of_transition(judge, view->state, pattern->state));
    else if (step->kind == STEP_EXPECT && pattern->kind == PATTERN_PATH)
        finding_rule(finding, rule_of_path(judge, pattern, view));
    else if (is_of_state(step) && judge->scenario->cover_count > 0)
        finding_rule(finding, judge->scenario->covers[0]);
    else
        rules_of_request(judge, step, view, finding);
}
