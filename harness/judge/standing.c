/* SPDX-License-Identifier: MIT */
/* The table of standing rules, the walk over it, and the two rules that need nothing but the
 * state. */
#include "harness/judge/standing.h"
#include "harness/base/duration.h"
#include "harness/judge/blame.h"
#include "harness/judge/standing_rule.h"
#include "harness/vendor/vendor.h"
#include <stdlib.h>

void standing_report(const struct standing_look *look, struct finding *finding)
{
    struct standing *standing = look->standing;
    unsigned *reported = &standing->reported[look->phone][look->rule];
    if (!standing->waived[look->rule] && *reported == STANDING_FAILURES_PER_PHONE)
        standing->findings->omitted++;
    else if (!standing->waived[look->rule]) {
        (*reported)++;
        findings_add(standing->findings, NULL, look->rule, look->phone, finding);
    }
    finding_done(finding);
}

bool standing_state_follows(const struct standing_look *look, enum customization_state from,
                            enum customization_state to)
{
    bool again = look->scenario->readings.custom_pending_boot == CUSTOM_PENDING_BOOT_EDOS &&
                 look->view->booted_since_state;
    return vendor_state_follows(vendor_default(), from, to, again);
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
static void legal_transitions(const struct standing_look *look, const struct event *event)
{
    const struct phone_view *view = look->view;
    enum customization_state from = event->state.previous, to = event->state.state;
    if (from == to || from == STATE_UNKNOWN)
        return;
    bool legal = to == STATE_OPEN ? view->fresh_boot || view->reset_pending
                                  : standing_state_follows(look, from, to);
    if (legal)
        return;
    struct finding finding = finding_at(sighting_of(event));
    buffer_format(&finding.expected, "no way from %s to %s%s", state_name(from), state_name(to),
                  to == STATE_OPEN ? " but a factory reset" : " without a factory reset");
    buffer_format(&finding.seen, "the phone become %s", state_name(to));
    finding_rule(&finding, rule_of_leaving(from, to));
    finding_rule(&finding, event->state.rule);
    standing_report(look, &finding);
}

/* RC-END-1 to RC-END-3. A request may still belong to an attempt that was made before the end. */
static void no_edos_after_end(const struct standing_look *look, const struct event *event)
{
    const struct phone_view *view = look->view;
    const struct attempt_log *log = &view->logs[SERVER_EDOS];
    bool pushed = event->type == EVENT_REQUEST && event->request.push;
    if (event_server(event) != EVENT_SERVER_EDOS || pushed || !state_is_terminal(view->state))
        return;
    if (event->type == EVENT_REQUEST && log->count > 0 &&
        event->time_us <= log->sign_us + SILENT_ATTEMPT_US)
        return;
    char since[DURATION_TEXT_MAX];
    struct finding finding = finding_at(sighting_of(event));
    buffer_format(&finding.expected, "EDOS not to be asked in state %s", state_name(view->state));
    buffer_format(&finding.seen, "%s, %s since %s",
                  event->type == EVENT_REQUEST ? "a request" : "an attempt",
                  state_name(view->state), duration_format(view->state_since_us, since));
    blame_going_on(view, &finding);
    standing_report(look, &finding);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct standing_row standing_legal_transitions = {.events = 1U << EVENT_STATE,
                                                               .on_event = legal_transitions};
static const struct standing_row standing_no_edos_after_end = {
    .events = 1U << EVENT_ATTEMPT | 1U << EVENT_REQUEST, .on_event = no_edos_after_end};

/* The order is that in which failures of the same moment are told. */
static const struct standing_row *const rows[STANDING_COUNT] = {
    [STANDING_LEGAL_TRANSITIONS] = &standing_legal_transitions,
    [STANDING_NO_EDOS_AFTER_END] = &standing_no_edos_after_end,
    [STANDING_PAGE_SHOWS_STATE] = &standing_page_shows_state,
    [STANDING_DELAYS_NEVER_SHRINK] = &standing_delays_never_shrink,
    [STANDING_DELAYS_AT_MOST_24H] = &standing_delays_at_most_24h,
    [STANDING_ONLY_GIVEN_ADDRESSES] = &standing_only_given_addresses,
};

/* The state behind those of the phones is the scenario's. */
static void *state_of(const struct standing *standing, size_t rule, size_t phone)
{
    return (char *)standing->states[rule] + phone * rows[rule]->state_bytes;
}

static struct standing_look look_at(struct standing *standing, size_t rule, size_t phone)
{
    size_t phones = standing->scenario->phone_count;
    return (struct standing_look){.scenario = standing->scenario,
                                  .substitutions = standing->substitutions,
                                  .lab = standing->lab,
                                  .view = phone < phones ? &standing->views[phone] : NULL,
                                  .phone = phone < phones ? (int)phone : EVENT_PHONE_NONE,
                                  .state = state_of(standing, rule, phone),
                                  .common = state_of(standing, rule, phones),
                                  .rule = (enum standing_rule)rule,
                                  .standing = standing};
}

bool standing_init(struct standing *standing)
{
    const struct scenario *scenario = standing->scenario;
    standing->deadline_us = NEVER_US;
    standing->reported = calloc(scenario->phone_count + 1, sizeof *standing->reported);
    bool fits = standing->reported != NULL;
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        /* A byte at least, so that no memory is not taken for none left. */
        standing->states[rule] = calloc(scenario->phone_count + 1, rows[rule]->state_bytes + 1);
        fits = fits && standing->states[rule];
    }
    for (size_t i = 0; i < scenario->waiver_count; i++)
        standing->waived[scenario->waivers[i].rule] = true;
    return fits;
}

void standing_done(struct standing *standing)
{
    for (size_t rule = 0; rule < STANDING_COUNT; rule++)
        free(standing->states[rule]);
    free(standing->reported);
}

void standing_begin(struct standing *standing)
{
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        struct standing_look look = look_at(standing, rule, standing->scenario->phone_count);
        if (rows[rule]->begin)
            rows[rule]->begin(&look);
    }
}

static void lower_deadline(struct standing *standing, size_t rule, size_t phone)
{
    uint64_t deadline_us = rows[rule]->deadline_us(state_of(standing, rule, phone));
    if (deadline_us < standing->deadline_us)
        standing->deadline_us = deadline_us;
}

void standing_event(struct standing *standing, const struct event *event, const struct step *step)
{
    size_t phone = (size_t)event->phone;
    for (size_t rule = 0; event->phone != EVENT_PHONE_NONE && rule < STANDING_COUNT; rule++) {
        if (!(rows[rule]->events & 1U << event->type))
            continue;
        struct standing_look look = look_at(standing, rule, phone);
        look.step = step;
        rows[rule]->on_event(&look, event);
        if (rows[rule]->deadline_us)
            lower_deadline(standing, rule, phone);
    }
}

void standing_deadline(struct standing *standing)
{
    uint64_t now_us = standing->deadline_us;
    standing->deadline_us = NEVER_US;
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        for (size_t i = 0; rows[rule]->deadline_us && i < standing->scenario->phone_count; i++) {
            struct standing_look look = look_at(standing, rule, i);
            if (rows[rule]->deadline_us(look.state) <= now_us)
                rows[rule]->on_deadline(&look);
            lower_deadline(standing, rule, i);
        }
    }
}

void standing_end(struct standing *standing, const struct event *end)
{
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        for (size_t i = 0; rows[rule]->on_end && i < standing->scenario->phone_count; i++) {
            struct standing_look look = look_at(standing, rule, i);
            rows[rule]->on_end(&look, end);
        }
    }
}

enum customization_state standing_page_said(const struct standing *standing, int phone)
{
    return standing_page_state(state_of(standing, STANDING_PAGE_SHOWS_STATE, (size_t)phone));
}
