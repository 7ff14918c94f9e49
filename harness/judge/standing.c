/* SPDX-License-Identifier: MIT */
/* The rules that hold in every scenario: which event concerns which rule, and the two rules that
 * need nothing but the state. */
#include "harness/judge/internal.h"
#include <stdlib.h>

void standing_report(struct judge *judge, enum standing_rule rule, int phone,
                     const struct finding *finding)
{
    if (judge->waived[rule])
        return;
    unsigned *reported = &judge->standing[phone].reported[rule];
    if (*reported == STANDING_FAILURES_PER_PHONE) {
        judge->result.failures_omitted++;
        return;
    }
    (*reported)++;
    judge_fail(judge, NULL, phone, finding, rule);
}

bool standing_transition_is_legal(const struct judge *judge, enum customization_state from,
                                  enum customization_state to, bool rebooted)
{
    bool starts_again =
        judge->scenario->readings.custom_pending_boot == CUSTOM_PENDING_BOOT_EDOS && rebooted;
    switch (from) {
    case STATE_OPEN:
        return to == STATE_PENDING || to == STATE_ABORTED;
    case STATE_PENDING:
        return to == STATE_CUSTOM_PENDING || to == STATE_UNAVAILABLE || to == STATE_ABORTED;
    case STATE_CUSTOM_PENDING:
        return to == STATE_ACQUIRED || to == STATE_ABORTED || (to == STATE_PENDING && starts_again);
    case STATE_UNKNOWN:
        return true;
    default:
        return false;
    }
}

static enum rule_id rule_of_leaving(enum customization_state from, enum customization_state to)
{
    if (to == STATE_OPEN)
        return RULE_END_4;
    if (state_is_terminal(from))
        return rule_of_end(from);
    if (from == STATE_PENDING)
        return RULE_PEND_1;
    return from == STATE_CUSTOM_PENDING ? RULE_CUST_1 : RULE_OPEN_3;
}

/* RC-OPEN-1 to RC-END-4 as a graph. */
static void legal_transitions(struct judge *judge, const struct event *event)
{
    const struct phone_view *view = &judge->views[event->phone];
    enum customization_state from = event->state.previous, to = event->state.state;
    if (from == to || from == STATE_UNKNOWN)
        return;
    bool legal = to == STATE_OPEN
                     ? view->fresh_boot || view->reset_pending
                     : standing_transition_is_legal(judge, from, to, view->booted_since_state);
    if (legal)
        return;
    struct finding finding;
    finding_init(&finding);
    finding.at = (struct sighting){event->time_us, event->number, event->frame};
    buffer_format(&finding.expected, "no way from %s to %s%s", customization_state_names[from],
                  customization_state_names[to],
                  to == STATE_OPEN ? " but a factory reset" : " without a factory reset");
    buffer_format(&finding.seen, "the phone become %s", customization_state_names[to]);
    finding_rule(&finding, rule_of_leaving(from, to));
    finding_rule(&finding, event->state.rule);
    standing_report(judge, STANDING_LEGAL_TRANSITIONS, event->phone, &finding);
    finding_done(&finding);
}

/* RC-END-1 to RC-END-3. A request may still belong to an attempt that was made before the end. */
static void no_edos_after_end(struct judge *judge, const struct event *event)
{
    const struct phone_view *view = &judge->views[event->phone];
    const struct attempt_log *log = &view->logs[SERVER_EDOS];
    bool pushed = event->type == EVENT_REQUEST && event->request.push;
    if (event_server(event) != EVENT_SERVER_EDOS || pushed || !state_is_terminal(view->state))
        return;
    if (event->type == EVENT_REQUEST && log->count > 0 &&
        event->time_us <= log->sign_us + SILENT_ATTEMPT_US)
        return;
    char since[DURATION_TEXT_MAX];
    struct finding finding;
    finding_init(&finding);
    finding.at = (struct sighting){event->time_us, event->number, event->frame};
    buffer_format(&finding.expected, "EDOS not to be asked in state %s",
                  customization_state_names[view->state]);
    buffer_format(
        &finding.seen, "%s, %s since %s", event->type == EVENT_REQUEST ? "a request" : "an attempt",
        customization_state_names[view->state], duration_format(view->state_since_us, since));
    rules_of_going_on(view, &finding);
    standing_report(judge, STANDING_NO_EDOS_AFTER_END, event->phone, &finding);
    finding_done(&finding);
}

bool standing_event(struct judge *judge, const struct event *event)
{
    if (event->phone == EVENT_PHONE_NONE)
        return true;
    switch (event->type) {
    case EVENT_STATE:
        legal_transitions(judge, event);
        standing_page(judge, event);
        return true;
    case EVENT_ATTEMPT:
        no_edos_after_end(judge, event);
        standing_delays(judge, event);
        return true;
    case EVENT_REQUEST:
        no_edos_after_end(judge, event);
        return true;
    case EVENT_PAGE:
        standing_page(judge, event);
        return true;
    case EVENT_ACTION:
        standing_page(judge, event);
        standing_delays(judge, event);
        return standing_addresses(judge, event);
    case EVENT_ANSWER:
        standing_delays(judge, event);
        return standing_addresses(judge, event);
    default:
        return standing_addresses(judge, event);
    }
}

void standing_end(struct judge *judge, const struct event *end)
{
    standing_delays_end(judge, end);
}

void standing_done(struct standing_phone *phone)
{
    free(phone->retry_delay);
    free(phone->addresses);
}
