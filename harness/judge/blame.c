/* SPDX-License-Identifier: MIT */
#include "harness/judge/blame.h"
#include "harness/vendor/vendor.h"

bool state_is_terminal(enum customization_state state)
{
    return vendor_state_is_terminal(vendor_default(), state, NULL);
}

enum rule_id rule_of_end(enum customization_state terminal)
{
    enum rule_id rule = RULE_END_1;
    vendor_state_is_terminal(vendor_default(), terminal, &rule);
    return rule;
}

bool scenario_covers(const struct scenario *scenario, enum rule_id rule)
{
    for (size_t i = 0; i < scenario->cover_count; i++)
        if (scenario->covers[i] == rule)
            return true;
    return false;
}

static bool is_rebooted_pending(const struct phone_view *view)
{
    return view->state == STATE_PENDING && view->booted_since_state;
}

/* Of a scenario that resets a phone to see it start anew. */
static bool is_new_life(const struct scenario *scenario, const struct phone_view *view)
{
    return view->resets > 1 && scenario_covers(scenario, RULE_END_4);
}

/* As long as its page has not shown the end, or without a page as long as no boot may have changed
 * it, the phone has not come to it: broken is what should have brought it there. */
void blame_going_on(const struct phone_view *view, struct finding *finding)
{
    bool may_have_come = !view->read_since_state && view->booted_since_state;
    if (!view->shown_since_state && !may_have_come)
        finding_rule(finding, view->state_rule);
    finding_rule(finding, rule_of_end(view->state));
}

/* The same delays are another rule's after a reboot, or in a new life; 24 hours are 24 hours. */
void blame_edos_delay(const struct scenario *scenario, const struct phone_view *view,
                      enum rule_id delay_rule, struct finding *finding)
{
    if (delay_rule == RULE_PEND_4)
        finding_rule(finding, delay_rule);
    if (is_rebooted_pending(view))
        finding_rule(finding, RULE_PEND_5);
    else if (is_new_life(scenario, view))
        finding_rule(finding, RULE_END_4);
    finding_rule(finding, delay_rule);
}

enum rule_id rule_of_first_attempt(const struct phone_view *view, enum scenario_server server)
{
    if (server == SERVER_PROVISION)
        return view->booted_since_state ? RULE_CUST_2 : RULE_PEND_1;
    return is_rebooted_pending(view) ? RULE_PEND_5 : RULE_OPEN_3;
}

/* The phone was to get on by asking this server. If it did not ask (again), waiting was its fault;
 * if it did, what it made of the answer. */
static enum rule_id rule_of_download(const struct phone_view *view, uint64_t begin_us,
                                     enum scenario_server server)
{
    const struct attempt_log *log = &view->logs[server];
    bool asked = log->sign_us >= begin_us;
    if (log->count == 0)
        return rule_of_first_attempt(view, server);
    if (server == SERVER_PROVISION) {
        bool once_in_vain = log->count == 1 && log->failed;
        return asked && !once_in_vain ? RULE_CUST_1 : RULE_CUST_2;
    }
    if (asked)
        return RULE_PEND_1;
    return is_rebooted_pending(view) ? RULE_PEND_5 : RULE_PEND_3;
}

static enum rule_id rule_of_abort(const struct scenario *scenario, enum customization_state from)
{
    static const enum rule_id aborts[] = {RULE_OPEN_2, RULE_PEND_6, RULE_CUST_3, RULE_PRE_2};
    for (size_t i = 0; i < sizeof aborts / sizeof aborts[0]; i++)
        if (scenario_covers(scenario, aborts[i]))
            return aborts[i];
    if (from == STATE_PENDING)
        return RULE_PEND_6;
    return from == STATE_CUSTOM_PENDING ? RULE_CUST_3 : RULE_OPEN_2;
}

/* By which rule a phone gets from `from` to `to`. */
static enum rule_id rule_of_transition(const struct scenario *scenario,
                                       const struct phone_view *view, uint64_t begin_us,
                                       enum customization_state from, enum customization_state to)
{
    bool there = view->state == from;
    switch (to) {
    case STATE_PENDING:
        return is_new_life(scenario, view) ? RULE_END_4 : RULE_OPEN_3;
    case STATE_CUSTOM_PENDING:
        return there && from == STATE_PENDING ? rule_of_download(view, begin_us, SERVER_EDOS)
                                              : RULE_PEND_1;
    case STATE_ACQUIRED:
        return there && from == STATE_CUSTOM_PENDING
                   ? rule_of_download(view, begin_us, SERVER_PROVISION)
                   : RULE_CUST_1;
    case STATE_UNAVAILABLE:
        return RULE_PEND_2;
    case STATE_ABORTED:
        return rule_of_abort(scenario, from);
    default:
        return scenario_covers(scenario, RULE_END_4) ? RULE_END_4 : RULE_OPEN_1;
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
static enum rule_id rule_of_path(const struct scenario *scenario, const struct pattern *pattern,
                                 const struct phone_view *view, uint64_t begin_us)
{
    size_t i = 0;
    while (i < pattern->path_count && i < view->path_count && pattern->path[i] == view->path[i])
        i++;
    if (i == pattern->path_count && i > 0)
        return rule_of_staying(pattern->path[i - 1]);
    return rule_of_transition(scenario, view, begin_us, i ? pattern->path[i - 1] : STATE_UNKNOWN,
                              pattern->path[i]);
}

static bool is_of_state(const struct step *step)
{
    return step->pattern.kind == PATTERN_STATE || step->pattern.kind == PATTERN_PATH;
}

/* It has not turned to EDOS, and does not think that it need not. */
static bool is_still_open(const struct phone_view *view)
{
    return view->state == STATE_OPEN && view->logs[SERVER_EDOS].count == 0 &&
           !(view->page_known && state_is_terminal(view->page_state));
}

static void rules_of_request(const struct scenario *scenario, const struct step *step,
                             const struct phone_view *view, uint64_t begin_us,
                             struct finding *finding)
{
    bool edos = step->pattern.kind == PATTERN_REQUEST && step->pattern.server == SERVER_EDOS;
    bool provision = step->pattern.kind == PATTERN_REQUEST && !edos;
    if (step->kind == STEP_NEVER && edos && state_is_terminal(view->state))
        blame_going_on(view, finding);
    else if (step->kind == STEP_NEVER && edos && view->state == STATE_CUSTOM_PENDING)
        finding_rule(finding, view->logs[SERVER_PROVISION].count > 0
                                  ? RULE_CUST_2
                                  : rule_of_first_attempt(view, SERVER_PROVISION));
    else if (step->kind == STEP_EXPECT && edos && is_still_open(view))
        finding_rule(finding,
                     rule_of_transition(scenario, view, begin_us, STATE_OPEN, STATE_PENDING));
    else if (scenario->cover_count > 0)
        finding_rule(finding, scenario->covers[0]);
    else if (edos)
        finding_rule(finding, view->state == STATE_PENDING ? RULE_PEND_3 : RULE_OPEN_3);
    else if (provision)
        finding_rule(finding, view->state == STATE_CUSTOM_PENDING ? RULE_CUST_2 : RULE_PEND_1);
}

void blame_step(const struct scenario *scenario, const struct step *step,
                const struct phone_view *view, uint64_t begin_us, struct finding *finding)
{
    const struct pattern *pattern = &step->pattern;
    if (pattern->kind == PATTERN_PAGE)
        finding_rule(finding, RULE_VIEW_2);
    else if (step->kind == STEP_STAYS)
        finding_rule(finding, rule_of_staying(pattern->state));
    else if (step->kind == STEP_EXPECT && pattern->kind == PATTERN_STATE)
        finding_rule(finding,
                     rule_of_transition(scenario, view, begin_us, view->state, pattern->state));
    else if (step->kind == STEP_EXPECT && pattern->kind == PATTERN_PATH)
        finding_rule(finding, rule_of_path(scenario, pattern, view, begin_us));
    else if (is_of_state(step) && scenario->cover_count > 0)
        finding_rule(finding, scenario->covers[0]);
    else
        rules_of_request(scenario, step, view, begin_us, finding);
}
