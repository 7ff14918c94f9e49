/* SPDX-License-Identifier: MIT */
/* page-shows-state: what the phone shows is what its traffic proves (RC-VIEW-2). The page may be a
 * moment behind the wire, or ahead of it, but only by one legal step. */
#include "harness/judge/internal.h"
#include <string.h>

#define PAGE_GRACE_US (5 * DURATION_S)

static bool is_about_page(const struct judge *judge)
{
    for (size_t i = 0; i < judge->scenario->cover_count; i++)
        if (judge->scenario->covers[i] == RULE_VIEW_2)
            return true;
    return false;
}

/* The page is wrong, or the state that it shows. What the phone does may tell later; if it does
 * not, the page is believed where nothing else could tell: before its first turn to EDOS a phone
 * that is Open does what one that is Pending does, one that never shows its end may not have come
 * to it, and one may call itself Acquired too early. A scenario about the page means the page. */
static void rules_of_page(const struct judge *judge, int phone, struct finding *finding)
{
    const struct standing_phone *standing = &judge->standing[phone];
    const struct phone_view *view = &judge->views[phone];
    enum customization_state proved = standing->page_inferred, shown = standing->page_state;
    bool believed = (proved == STATE_OPEN && shown == STATE_PENDING) ||
                    (state_is_terminal(proved) && !view->shown_since_state);
    if (is_about_page(judge))
        finding_rule(finding, RULE_VIEW_2);
    else if (proved == STATE_CUSTOM_PENDING && shown == STATE_ACQUIRED)
        finding_rule(finding, view->logs[SERVER_PROVISION].failed ? RULE_CUST_2 : RULE_CUST_1);
    else if (believed)
        finding_rule(finding, standing->page_rule);
    finding_rule(finding, RULE_VIEW_2);
    finding_rule(finding, standing->page_rule);
}

static void report(struct judge *judge, int phone)
{
    struct standing_phone *standing = &judge->standing[phone];
    struct finding finding;
    finding_init(&finding);
    finding.at = standing->page_at;
    buffer_format(&finding.expected, "the page to show %s, which the traffic proves",
                  customization_state_names[standing->page_inferred]);
    buffer_format(&finding.seen, "Customization %s",
                  customization_state_names[standing->page_state]);
    rules_of_page(judge, phone, &finding);
    standing_report(judge, STANDING_PAGE_SHOWS_STATE, phone, &finding);
    finding_done(&finding);
}

static bool is_of_page(const struct judge *judge, const struct judge_failure *failure)
{
    if (failure->standing)
        return failure->standing_rule == STANDING_PAGE_SHOWS_STATE;
    const struct scenario *scenario = judge->scenario;
    for (size_t i = 0; i < scenario->step_count; i++)
        if (scenario->steps[i].place.line == failure->place.line &&
            scenario->steps[i].place.column == failure->place.column)
            return scenario->steps[i].pattern.kind == PATTERN_PAGE;
    return false;
}

static void put_first(struct judge_failure *failure, enum rule_id rule)
{
    enum { RULES_MAX = sizeof failure->rules / sizeof failure->rules[0] };
    size_t at = 0;
    while (at < failure->rule_count && failure->rules[at] != rule)
        at++;
    if (at == failure->rule_count && at < RULES_MAX)
        failure->rule_count++;
    else if (at == RULES_MAX)
        at--;
    memmove(failure->rules + 1, failure->rules, at * sizeof failure->rules[0]);
    failure->rules[0] = rule;
}

/* A page that went on saying so, and a phone that then did not do what it should: the page told the
 * truth of a wrong state. The rule by which that shows is the one that was broken. */
void standing_page_explained(struct judge *judge, int phone)
{
    struct judgement *result = &judge->result;
    const struct phone_view *view = &judge->views[phone];
    const struct judge_failure *deed = NULL;
    if (!view->page_known || view->page_state != judge->standing[phone].page_state ||
        view->page_state == view->state)
        return;
    for (size_t i = result->failure_count; i-- > 0;) {
        struct judge_failure *failure = &result->failures[i];
        if (failure->phone != phone || failure->rule_count == 0)
            continue;
        if (!is_of_page(judge, failure))
            deed = failure; /* the first of them counts */
        else if (deed && failure->standing)
            put_first(failure, deed->rules[0]);
    }
}

static bool is_behind(const struct phone_view *view, const struct event *page)
{
    return page->time_us <= view->state_since_us + PAGE_GRACE_US && view->path_count >= 2 &&
           view->path[view->path_count - 2] == page->page.state;
}

static void take_page(struct judge *judge, const struct event *event)
{
    const struct phone_view *view = &judge->views[event->phone];
    struct standing_phone *standing = &judge->standing[event->phone];
    if (event->page.status != 200 || event->page.state == STATE_UNKNOWN ||
        view->state == STATE_UNKNOWN || event->page.state == view->state ||
        standing->page_in_doubt || is_behind(view, event))
        return;
    standing->page_state = event->page.state;
    standing->page_inferred = view->state;
    standing->page_rule = view->state_rule;
    standing->page_at = (struct sighting){event->time_us, event->number, event->frame};
    if (!standing_transition_is_legal(judge, view->state, event->page.state,
                                      view->booted_since_state)) {
        report(judge, event->phone);
        return;
    }
    standing->page_in_doubt = true;
    standing->page_deadline_us = event->time_us + PAGE_GRACE_US + 1;
    if (standing->page_deadline_us < judge->standing_deadline_us)
        judge->standing_deadline_us = standing->page_deadline_us;
}

void standing_page(struct judge *judge, const struct event *event)
{
    struct standing_phone *standing = &judge->standing[event->phone];
    if (event->type == EVENT_PAGE)
        take_page(judge, event);
    else if (event->type == EVENT_ACTION && event->action.what != ACTION_CONFIGURE)
        standing->page_in_doubt = false; /* no telling any more */
    else if (event->type == EVENT_STATE && event->state.state == standing->page_state)
        standing->page_in_doubt = false; /* it was ahead */
}

void standing_deadline(struct judge *judge)
{
    uint64_t now_us = judge->standing_deadline_us;
    judge->standing_deadline_us = NEVER_US;
    for (size_t i = 0; i < judge->scenario->phone_count; i++) {
        struct standing_phone *standing = &judge->standing[i];
        if (!standing->page_in_doubt)
            continue;
        if (standing->page_deadline_us <= now_us) {
            standing->page_in_doubt = false;
            report(judge, (int)i);
        } else if (standing->page_deadline_us < judge->standing_deadline_us) {
            judge->standing_deadline_us = standing->page_deadline_us;
        }
    }
}
