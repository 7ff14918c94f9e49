/* SPDX-License-Identifier: MIT */
/* delays-never-shrink and delays-at-most-24h: the pace of retries, at EDOS while Pending
 * (RC-PEND-3, RC-PEND-4) and at the provisioning server while Custom-Pending (RC-CUST-2). */
#include "harness/judge/internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static uint64_t grace_us(const struct judge *judge, uint64_t of_us)
{
    return tolerance_us(&judge->scenario->tolerance, of_us);
}

static void report_gap(struct judge *judge, const struct event *attempt, enum standing_rule rule,
                       enum rule_id rule_id, struct finding *finding, uint64_t gap_us)
{
    char came[DURATION_TEXT_MAX];
    finding->at = (struct sighting){attempt->time_us, attempt->number, attempt->frame};
    buffer_format(&finding->seen, "%s", duration_format(gap_us, came));
    if (rule_id == RULE_CUST_2)
        finding_rule(finding, rule_id);
    else
        rules_of_edos_delay(judge, (size_t)attempt->phone, rule_id, finding);
    standing_report(judge, rule, attempt->phone, finding);
}

static void check_growth(struct judge *judge, const struct event *attempt, uint64_t last_us,
                         uint64_t gap_us)
{
    uint64_t grace = grace_us(judge, last_us);
    bool shrank = gap_us + grace < last_us;
    /* It doubles up to 24 hours; a tolerance as long as the delay itself proves nothing. */
    bool stood =
        last_us + grace < RETRY_DELAY_MAX_US && grace < last_us && gap_us <= last_us + grace;
    if (!shrank && !stood)
        return;
    char last[DURATION_TEXT_MAX];
    struct finding finding;
    finding_init(&finding);
    buffer_format(&finding.expected, "the delay before the next EDOS attempt to %s %s",
                  shrank ? "be no shorter than the last," : "grow beyond the last,",
                  duration_format(last_us, last));
    report_gap(judge, attempt, STANDING_DELAYS_NEVER_SHRINK, RULE_PEND_3, &finding, gap_us);
    finding_done(&finding);
}

static void check_maximum(struct judge *judge, const struct event *attempt, uint64_t gap_us)
{
    const struct attempt_log *log = &judge->views[attempt->phone].logs[SERVER_EDOS];
    if (gap_us <= RETRY_DELAY_MAX_US + grace_us(judge, RETRY_DELAY_MAX_US) + attempt_slack_us(log))
        return;
    struct finding finding;
    finding_init(&finding);
    buffer_text(&finding.expected, "no delay between EDOS attempts over 24h");
    report_gap(judge, attempt, STANDING_DELAYS_AT_MOST_24H, RULE_PEND_4, &finding, gap_us);
    finding_done(&finding);
}

static void edos_attempt(struct judge *judge, const struct event *attempt)
{
    const struct phone_view *view = &judge->views[attempt->phone];
    const struct attempt_log *log = &view->logs[SERVER_EDOS];
    struct standing_phone *standing = &judge->standing[attempt->phone];
    uint64_t last_us = standing->last_gap_us;
    standing->last_gap_us = 0;
    if (log->count == 0 || view->state != STATE_PENDING ||
        evidence_dhcp_impaired_since(judge, log->sign_us))
        return;
    uint64_t gap_us = attempt_gap_us(log, attempt);
    standing->last_gap_us = gap_us;
    if (last_us > 0)
        check_growth(judge, attempt, last_us, gap_us);
    check_maximum(judge, attempt, gap_us);
}

/* --- the provisioning server ---------------------------------------------------------------- */
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

static void provision_attempt(struct judge *judge, const struct event *attempt)
{
    const struct phone_view *view = &judge->views[attempt->phone];
    const struct attempt_log *log = &view->logs[SERVER_PROVISION];
    const char *list = judge->standing[attempt->phone].retry_delay;
    uint64_t low_us, high_us;
    if (log->count == 0 || view->state != STATE_CUSTOM_PENDING || !list ||
        evidence_dhcp_impaired_since(judge, log->sign_us) ||
        !delay_at(list, log->count - 1, &low_us, &high_us))
        return;
    uint64_t gap_us = attempt_gap_us(log, attempt);
    bool never = high_us == 0;
    if (!never && gap_us + grace_us(judge, low_us) >= low_us &&
        gap_us <= high_us + grace_us(judge, high_us) + attempt_slack_us(log))
        return;
    char low[DURATION_TEXT_MAX], high[DURATION_TEXT_MAX];
    struct finding finding;
    finding_init(&finding);
    buffer_text(&finding.expected, "the provisioning server to be asked again ");
    if (never)
        buffer_text(&finding.expected, "never");
    else if (low_us == high_us)
        buffer_format(&finding.expected, "after %s", duration_format(low_us, low));
    else
        buffer_format(&finding.expected, "after %s to %s", duration_format(low_us, low),
                      duration_format(high_us, high));
    buffer_format(&finding.expected, " (Resync_Error_Retry_Delay \"%.100s\")", list);
    report_gap(judge, attempt, STANDING_DELAYS_NEVER_SHRINK, RULE_CUST_2, &finding, gap_us);
    finding_done(&finding);
}

/* Only the profile that EDOS gave sets the pace; somebody else's configuration may change it in
 * ways that no event tells. */
static void learn_pace(struct judge *judge, const struct event *event)
{
    struct standing_phone *standing = &judge->standing[event->phone];
    bool profile = event->type == EVENT_ANSWER && event->answer.peer.server == EVENT_SERVER_EDOS &&
                   event->answer.content == CONTENT_PROFILE && event->answer.complete &&
                   !event->answer.push;
    bool forgets = event->type == EVENT_ACTION && (event->action.what == ACTION_CONFIGURE ||
                                                   event->action.what == ACTION_FACTORY_RESET);
    if (!profile && !forgets)
        return;
    free(standing->retry_delay);
    standing->retry_delay = NULL;
    if (profile && event->answer.retry_delay &&
        strlen(event->answer.retry_delay) < JUDGE_RETRY_DELAY_TEXT_MAX)
        standing->retry_delay = strdup(event->answer.retry_delay);
}

void standing_delays(struct judge *judge, const struct event *event)
{
    enum scenario_server server;
    if (event->type != EVENT_ATTEMPT) {
        learn_pace(judge, event);
        return;
    }
    if (judge->views[event->phone].boot_pending || !event_scenario_server(event, &server))
        return;
    if (server == SERVER_EDOS)
        edos_attempt(judge, event);
    else
        provision_attempt(judge, event);
}

/* A retry that never came shows in no event. */
void standing_delays_end(struct judge *judge, const struct event *end)
{
    for (size_t i = 0; i < judge->scenario->phone_count; i++) {
        const struct phone_view *view = &judge->views[i];
        const struct attempt_log *log = &view->logs[SERVER_EDOS];
        uint64_t latest_us = log->sign_us + RETRY_DELAY_MAX_US +
                             grace_us(judge, RETRY_DELAY_MAX_US) +
                             (log->failed ? 0 : SILENT_ATTEMPT_US);
        if (view->state != STATE_PENDING || view->boot_pending || log->count == 0 ||
            end->time_us <= latest_us || evidence_dhcp_impaired_since(judge, log->sign_us))
            continue;
        char since[DURATION_TEXT_MAX];
        struct finding finding;
        finding_init(&finding);
        finding.at.time_us = end->time_us;
        buffer_text(&finding.expected, "no delay between EDOS attempts over 24h");
        buffer_format(&finding.seen, "no attempt in the last %s",
                      duration_format(end->time_us - log->sign_us, since));
        rules_of_edos_delay(judge, i, RULE_PEND_4, &finding);
        standing_report(judge, STANDING_DELAYS_AT_MOST_24H, (int)i, &finding);
        finding_done(&finding);
    }
}
