/* SPDX-License-Identifier: MIT */
/* page-shows-state: what the phone shows is what its traffic proves (RC-VIEW-2). The page may be a
 * moment behind the wire, or ahead of it, but only by one legal step. */
#include "harness/base/duration.h"
#include "harness/judge/blame.h"
#include "harness/judge/standing_rule.h"

#define PAGE_GRACE_US (5 * DURATION_S)

/* What the page said that the traffic does not prove. It may be ahead of the wire: then it is
 * judged at deadline_us. */
struct doubt {
    bool open;
    enum customization_state shown, proved;
    enum rule_id rule; /* by which the proved state came */
    struct sighting at;
    uint64_t deadline_us;
};

/* The page is wrong, or the state that it shows. What the phone does may tell later; if it does
 * not, the page is believed where nothing else could tell: before its first turn to EDOS a phone
 * that is Open does what one that is Pending does, one that never shows its end may not have come
 * to it, and one may call itself Acquired too early. A scenario about the page means the page. */
static void rules_of_page(const struct standing_look *look, struct finding *finding)
{
    const struct doubt *doubt = look->state;
    const struct phone_view *view = look->view;
    enum customization_state proved = doubt->proved, shown = doubt->shown;
    bool believed = (proved == STATE_OPEN && shown == STATE_PENDING) ||
                    (state_is_terminal(proved) && !view->shown_since_state);
    if (scenario_covers(look->scenario, RULE_VIEW_2))
        finding_rule(finding, RULE_VIEW_2);
    else if (proved == STATE_CUSTOM_PENDING && shown == STATE_ACQUIRED)
        finding_rule(finding, view->logs[SERVER_PROVISION].failed ? RULE_CUST_2 : RULE_CUST_1);
    else if (believed)
        finding_rule(finding, doubt->rule);
    finding_rule(finding, RULE_VIEW_2);
    finding_rule(finding, doubt->rule);
}

static void report(const struct standing_look *look)
{
    const struct doubt *doubt = look->state;
    struct finding finding = finding_at(doubt->at);
    buffer_format(&finding.expected, "the page to show %s, which the traffic proves",
                  state_name(doubt->proved));
    buffer_format(&finding.seen, "Customization %s", state_name(doubt->shown));
    rules_of_page(look, &finding);
    standing_report(look, &finding);
}

static bool is_behind(const struct phone_view *view, const struct event *page)
{
    return page->time_us <= view->state_since_us + PAGE_GRACE_US && view->path_count >= 2 &&
           view->path[view->path_count - 2] == page->page.state;
}

static void take_page(const struct standing_look *look, const struct event *event)
{
    const struct phone_view *view = look->view;
    struct doubt *doubt = look->state;
    if (event->page.status != 200 || event->page.state == STATE_UNKNOWN ||
        view->state == STATE_UNKNOWN || event->page.state == view->state || doubt->open ||
        is_behind(view, event))
        return;
    *doubt = (struct doubt){.shown = event->page.state,
                            .proved = view->state,
                            .rule = view->state_rule,
                            .at = sighting_of(event),
                            .deadline_us = event->time_us + PAGE_GRACE_US + 1,
                            .open = standing_state_follows(look, view->state, event->page.state)};
    if (!doubt->open)
        report(look);
}

static void page_shows_state(const struct standing_look *look, const struct event *event)
{
    struct doubt *doubt = look->state;
    if (event->type == EVENT_PAGE)
        take_page(look, event);
    else if (event->type == EVENT_ACTION && event->action.what != ACTION_CONFIGURE)
        doubt->open = false; /* no telling any more */
    else if (event->type == EVENT_STATE && event->state.state == doubt->shown)
        doubt->open = false; /* it was ahead */
}

static uint64_t end_of_doubt_us(const void *state)
{
    const struct doubt *doubt = state;
    return doubt->open ? doubt->deadline_us : NEVER_US;
}

static void end_doubt(const struct standing_look *look)
{
    ((struct doubt *)look->state)->open = false;
    report(look);
}

enum customization_state standing_page_state(const void *state)
{
    return ((const struct doubt *)state)->shown;
}

const struct standing_row standing_page_shows_state = {
    .events = 1U << EVENT_PAGE | 1U << EVENT_ACTION | 1U << EVENT_STATE,
    .state_bytes = sizeof(struct doubt),
    .on_event = page_shows_state,
    .deadline_us = end_of_doubt_us,
    .on_deadline = end_doubt};
