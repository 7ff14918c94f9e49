/* SPDX-License-Identifier: MIT */
/* page-shows-state: what the phone shows is what its traffic proves (RC-VIEW-2). The page may be a
 * moment behind the wire, or ahead of it, but only by one legal step. */
#include "harness/judge/internal.h"

#define PAGE_GRACE_US (5 * DURATION_S)

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
    finding_rule(&finding, RULE_VIEW_2);
    finding_rule(&finding, standing->page_rule);
    standing_report(judge, STANDING_PAGE_SHOWS_STATE, phone, &finding);
    finding_done(&finding);
}

static bool is_behind(const struct phone_view *view, const struct event *page)
{
    return page->time_us <= view->state_since_us + PAGE_GRACE_US && view->path_count >= 2 &&
           view->path[view->path_count - 2] == page->state;
}

static void take_page(struct judge *judge, const struct event *event)
{
    const struct phone_view *view = &judge->views[event->phone];
    struct standing_phone *standing = &judge->standing[event->phone];
    if (event->status != 200 || event->state == STATE_UNKNOWN || view->state == STATE_UNKNOWN ||
        event->state == view->state || standing->page_in_doubt || is_behind(view, event))
        return;
    standing->page_state = event->state;
    standing->page_inferred = view->state;
    standing->page_rule = view->state_rule;
    standing->page_at = (struct sighting){event->time_us, event->number, event->frame};
    if (!standing_transition_is_legal(judge, view->state, event->state, view->booted_since_state)) {
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
    else if (event->type == EVENT_ACTION && event->action != ACTION_CONFIGURE)
        standing->page_in_doubt = false; /* no telling any more */
    else if (event->type == EVENT_STATE && event->state == standing->page_state)
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
