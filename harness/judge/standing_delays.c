/* SPDX-License-Identifier: MIT */
/* delays-never-shrink and delays-at-most-24h: the pace of retries, at EDOS while Pending
 * (RC-PEND-3, RC-PEND-4) and at the provisioning server while Custom-Pending (RC-CUST-2). */
#include "harness/base/duration.h"
#include "harness/judge/blame.h"
#include "harness/judge/standing_rule.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_DELAY_TEXT_MAX = 1024 }; /* of a profile's Resync_Error_Retry_Delay */

struct pace {   /* of a phone: what its next delay is held against */
    bool known; /* the Resync_Error_Retry_Delay of the profile it got, which is: */
    char retry_delay[RETRY_DELAY_TEXT_MAX];
    uint64_t last_gap_us; /* between the last two attempts at EDOS while Pending, 0 = none */
};

static uint64_t grace_us(const struct standing_look *look, uint64_t of_us)
{
    return tolerance_us(&look->scenario->tolerance, of_us);
}

static void report_gap(const struct standing_look *look, enum rule_id rule, struct finding *finding,
                       uint64_t gap_us)
{
    char came[DURATION_TEXT_MAX];
    buffer_format(&finding->seen, "%s", duration_format(gap_us, came));
    if (rule == RULE_CUST_2)
        finding_rule(finding, rule);
    else
        blame_edos_delay(look->scenario, look->view, rule, finding);
    standing_report(look, finding);
}

static void check_growth(const struct standing_look *look, const struct event *attempt,
                         uint64_t last_us, uint64_t gap_us)
{
    uint64_t grace = grace_us(look, last_us);
    bool shrank = gap_us + grace < last_us;
    /* It doubles up to 24 hours; a tolerance as long as the delay itself proves nothing. */
    bool stood =
        last_us + grace < RETRY_DELAY_MAX_US && grace < last_us && gap_us <= last_us + grace;
    if (!shrank && !stood)
        return;
    char last[DURATION_TEXT_MAX];
    struct finding finding = finding_at(sighting_of(attempt));
    buffer_format(&finding.expected, "the delay before the next EDOS attempt to %s %s",
                  shrank ? "be no shorter than the last," : "grow beyond the last,",
                  duration_format(last_us, last));
    report_gap(look, RULE_PEND_3, &finding, gap_us);
}

/* Since the attempt before it the phone has been Pending, and could have asked. */
static bool is_retry_at_edos(const struct standing_look *look)
{
    const struct attempt_log *log = &look->view->logs[SERVER_EDOS];
    return log->count > 0 && look->view->state == STATE_PENDING &&
           !lab_fault_dhcp_impaired_since(look->lab, log->sign_us);
}

static void edos_attempt(const struct standing_look *look, const struct event *attempt)
{
    struct pace *pace = look->state;
    uint64_t last_us = pace->last_gap_us;
    pace->last_gap_us =
        is_retry_at_edos(look) ? attempt_gap_us(&look->view->logs[SERVER_EDOS], attempt) : 0;
    if (last_us > 0 && is_retry_at_edos(look))
        check_growth(look, attempt, last_us, pace->last_gap_us);
}

/* --- the provisioning server ------------------------------------------------------------------ */
static bool read_seconds(const char **text, uint64_t *ret_us)
{
    enum { DIGITS_MAX = 9 };
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    *ret_us = strtoull(*text, NULL, 10) * DURATION_S;
    *text += digits;
    return true;
}

static void skip_blanks(const char **text)
{
    while (isspace((unsigned char)**text))
        (*text)++;
}

/* The delay before retry `index` (from 0) by a list like "60,120+30": the last one repeats, a+b is
 * a and up to b more at random. False if the list is not understood. */
static bool delay_at(const char *list, size_t index, uint64_t *ret_low_us, uint64_t *ret_high_us)
{
    uint64_t low_us = 0, more_us = 0;
    for (size_t i = 0;; i++) {
        more_us = 0;
        skip_blanks(&list);
        if (!read_seconds(&list, &low_us))
            return false;
        skip_blanks(&list);
        if (*list == '+') {
            list++;
            skip_blanks(&list);
            if (!read_seconds(&list, &more_us))
                return false;
            skip_blanks(&list);
        }
        if (i == index || *list == '\0')
            break;
        if (*list++ != ',')
            return false;
    }
    *ret_low_us = low_us;
    *ret_high_us = low_us + more_us;
    return true;
}

static void provision_attempt(const struct standing_look *look, const struct event *attempt)
{
    const struct phone_view *view = look->view;
    const struct attempt_log *log = &view->logs[SERVER_PROVISION];
    const struct pace *pace = look->state;
    uint64_t low_us, high_us;
    if (log->count == 0 || view->state != STATE_CUSTOM_PENDING || !pace->known ||
        lab_fault_dhcp_impaired_since(look->lab, log->sign_us) ||
        !delay_at(pace->retry_delay, log->count - 1, &low_us, &high_us))
        return;
    uint64_t gap_us = attempt_gap_us(log, attempt);
    bool never = high_us == 0;
    if (!never && gap_us + grace_us(look, low_us) >= low_us &&
        gap_us <= high_us + grace_us(look, high_us) + attempt_slack_us(log))
        return;
    char low[DURATION_TEXT_MAX], high[DURATION_TEXT_MAX];
    struct finding finding = finding_at(sighting_of(attempt));
    buffer_text(&finding.expected, "the provisioning server to be asked again ");
    if (never)
        buffer_text(&finding.expected, "never");
    else if (low_us == high_us)
        buffer_format(&finding.expected, "after %s", duration_format(low_us, low));
    else
        buffer_format(&finding.expected, "after %s to %s", duration_format(low_us, low),
                      duration_format(high_us, high));
    buffer_format(&finding.expected, " (%s \"%.100s\")",
                  vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_PACES)->name,
                  pace->retry_delay);
    report_gap(look, RULE_CUST_2, &finding, gap_us);
}

/* Only the profile that EDOS gave sets the pace; somebody else's configuration may change it in
 * ways that no event tells. */
static void learn_pace(const struct standing_look *look, const struct event *event)
{
    struct pace *pace = look->state;
    bool profile = event->type == EVENT_ANSWER && event->answer.peer.server == EVENT_SERVER_EDOS &&
                   event->answer.content == CONTENT_PROFILE && event->answer.complete &&
                   !event->answer.push;
    bool forgets = event->type == EVENT_ACTION && (event->action.what == ACTION_CONFIGURE ||
                                                   event->action.what == ACTION_FACTORY_RESET);
    if (!profile && !forgets)
        return;
    pace->known = profile && event->answer.retry_delay &&
                  strlen(event->answer.retry_delay) < RETRY_DELAY_TEXT_MAX;
    if (pace->known)
        snprintf(pace->retry_delay, sizeof pace->retry_delay, "%s", event->answer.retry_delay);
}

static void never_shrink(const struct standing_look *look, const struct event *event)
{
    enum scenario_server server;
    if (event->type != EVENT_ATTEMPT)
        learn_pace(look, event);
    else if (!look->view->boot_pending && event_scenario_server(event, &server))
        (server == SERVER_EDOS ? edos_attempt : provision_attempt)(look, event);
}

const struct standing_row standing_delays_never_shrink = {
    .events = 1U << EVENT_ATTEMPT | 1U << EVENT_ANSWER | 1U << EVENT_ACTION,
    .state_bytes = sizeof(struct pace),
    .on_event = never_shrink};

/* --- delays-at-most-24h ----------------------------------------------------------------------- */

static void at_most_24h(const struct standing_look *look, const struct event *attempt)
{
    if (attempt->attempt.peer.server != EVENT_SERVER_EDOS || look->view->boot_pending ||
        !is_retry_at_edos(look))
        return;
    const struct attempt_log *log = &look->view->logs[SERVER_EDOS];
    uint64_t gap_us = attempt_gap_us(log, attempt);
    if (gap_us <= RETRY_DELAY_MAX_US + grace_us(look, RETRY_DELAY_MAX_US) + attempt_slack_us(log))
        return;
    struct finding finding = finding_at(sighting_of(attempt));
    buffer_text(&finding.expected, "no delay between EDOS attempts over 24h");
    report_gap(look, RULE_PEND_4, &finding, gap_us);
}

/* A retry that never came shows in no event. */
static void none_since(const struct standing_look *look, const struct event *end)
{
    const struct attempt_log *log = &look->view->logs[SERVER_EDOS];
    uint64_t latest_us = log->sign_us + RETRY_DELAY_MAX_US + grace_us(look, RETRY_DELAY_MAX_US) +
                         (log->failed ? 0 : SILENT_ATTEMPT_US);
    if (look->view->boot_pending || !is_retry_at_edos(look) || end->time_us <= latest_us)
        return;
    char since[DURATION_TEXT_MAX];
    struct finding finding = finding_at((struct sighting){.time_us = end->time_us});
    buffer_text(&finding.expected, "no delay between EDOS attempts over 24h");
    buffer_format(&finding.seen, "no attempt in the last %s",
                  duration_format(end->time_us - log->sign_us, since));
    blame_edos_delay(look->scenario, look->view, RULE_PEND_4, &finding);
    standing_report(look, &finding);
}

const struct standing_row standing_delays_at_most_24h = {
    .events = 1U << EVENT_ATTEMPT, .on_event = at_most_24h, .on_end = none_since};
