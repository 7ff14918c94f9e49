/* SPDX-License-Identifier: MIT */
/* The standing rules, each a row of the table behind them, and the walk over it. */
#include "harness/judge/standing.h"
#include "harness/base/cursor.h"
#include "harness/base/duration.h"
#include "harness/judge/blame.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a rule may look at: one phone, as it was before the event. */
struct look {
    const struct scenario *scenario;
    const struct substitutions *substitutions;
    const struct lab_fault *lab;
    const struct step *step; /* the one being waited for; NULL = none, or not of interest */
    const struct phone_view *view;
    int phone;
    void *state;             /* what the rule remembers of this phone */
    void *common;            /* and of the scenario */
    enum standing_rule rule; /* these two are for `report` alone */
    struct standing *standing;
};

struct row {
    unsigned events;    /* those that it looks at: bits 1 << enum event_type */
    size_t state_bytes; /* of what it remembers of a phone, and as much of the scenario; zeroed */
    /* Any but on_event may be NULL. */
    void (*begin)(const struct look *look); /* of the scenario: there is no phone yet */
    void (*on_event)(const struct look *look, const struct event *event);
    uint64_t (*deadline_us)(const void *state); /* NEVER_US = none */
    void (*on_deadline)(const struct look *look);
    void (*on_end)(const struct look *look, const struct event *end);
};

/* The rule is broken. The finding is used up. */
static void report(const struct look *look, struct finding *finding)
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

/* Whether the phone may go from one to the other without a factory reset. */
static bool state_follows(const struct look *look, enum customization_state from,
                          enum customization_state to)
{
    bool again = look->scenario->readings.custom_pending_boot == CUSTOM_PENDING_BOOT_EDOS &&
                 look->view->booted_since_state;
    return vendor_state_follows(vendor_default(), from, to, again);
}

/* --- legal-transitions, no-edos-after-end ----------------------------------------------------- */
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
static void legal_transitions(const struct look *look, const struct event *event)
{
    const struct phone_view *view = look->view;
    enum customization_state from = event->state.previous, to = event->state.state;
    if (from == to || from == STATE_UNKNOWN)
        return;
    bool legal =
        to == STATE_OPEN ? view->fresh_boot || view->reset_pending : state_follows(look, from, to);
    if (legal)
        return;
    struct finding finding = finding_at(sighting_of(event));
    buffer_format(&finding.expected, "no way from %s to %s%s", state_name(from), state_name(to),
                  to == STATE_OPEN ? " but a factory reset" : " without a factory reset");
    buffer_format(&finding.seen, "the phone become %s", state_name(to));
    finding_rule(&finding, rule_of_leaving(from, to));
    finding_rule(&finding, event->state.rule);
    report(look, &finding);
}

/* RC-END-1 to RC-END-3. A request may still belong to an attempt that was made before the end. */
static void no_edos_after_end(const struct look *look, const struct event *event)
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
    report(look, &finding);
}

/* --- page-shows-state ------------------------------------------------------------------------- */
/* What the phone shows is what its traffic proves (RC-VIEW-2). The page may be a
 * moment behind the wire, or ahead of it, but only by one legal step. */
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
static void rules_of_page(const struct look *look, struct finding *finding)
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

static void report_page(const struct look *look)
{
    const struct doubt *doubt = look->state;
    struct finding finding = finding_at(doubt->at);
    buffer_format(&finding.expected, "the page to show %s, which the traffic proves",
                  state_name(doubt->proved));
    buffer_format(&finding.seen, "Customization %s", state_name(doubt->shown));
    rules_of_page(look, &finding);
    report(look, &finding);
}

static bool is_behind(const struct phone_view *view, const struct event *page)
{
    return page->time_us <= view->state_since_us + PAGE_GRACE_US && view->path_count >= 2 &&
           view->path[view->path_count - 2] == page->page.state;
}

static void take_page(const struct look *look, const struct event *event)
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
                            .open = state_follows(look, view->state, event->page.state)};
    if (!doubt->open)
        report_page(look);
}

static void page_shows_state(const struct look *look, const struct event *event)
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

static void end_doubt(const struct look *look)
{
    ((struct doubt *)look->state)->open = false;
    report_page(look);
}

/* --- delays-never-shrink, delays-at-most-24h -------------------------------------------------- */
/* The pace of retries, at EDOS while Pending
 * (RC-PEND-3, RC-PEND-4) and at the provisioning server while Custom-Pending (RC-CUST-2). */
enum {
    RETRY_DELAY_TEXT_MAX = 1024,                    /* of a profile's Resync_Error_Retry_Delay */
    RETRY_DELAYS_MAX = RETRY_DELAY_TEXT_MAX / 2 + 1 /* in it */
};

struct pace {   /* of a phone: what its next delay is held against */
    bool known; /* the Resync_Error_Retry_Delay of the profile it got, which is: */
    char retry_delay[RETRY_DELAY_TEXT_MAX];
    uint64_t last_gap_us; /* between the last two attempts at EDOS while Pending, 0 = none */
    /* The line may have swallowed attempts at the provisioning server since the boot, so that a
     * delay may be a later one of the list than the count says. */
    bool may_be_further;
};

static uint64_t grace_us(const struct look *look, uint64_t of_us)
{
    return tolerance_us(&look->scenario->tolerance, of_us);
}

static void report_gap(const struct look *look, enum rule_id rule, struct finding *finding,
                       uint64_t gap_us)
{
    char came[DURATION_TEXT_MAX];
    buffer_format(&finding->seen, "%s", duration_format(gap_us, came));
    if (rule == RULE_CUST_2)
        finding_rule(finding, rule);
    else
        blame_edos_delay(look->scenario, look->view, rule, finding);
    report(look, finding);
}

static void check_growth(const struct look *look, const struct event *attempt, uint64_t last_us,
                         uint64_t gap_us)
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

/* The last sign of the attempt before this one; the one itself may have been seen under way
 * already. */
static uint64_t sign_before_us(const struct attempt_log *log, const struct event *attempt)
{
    if (log->count == 0)
        return log->since_us;
    return attempt->attempt.last_sign_us ? attempt->attempt.last_sign_us : log->sign_us;
}

static bool could_be_seen_since(const struct look *look, uint64_t since_us)
{
    return !lab_fault_dhcp_impaired_since(look->lab, since_us) &&
           !lab_fault_line_failed_since(look->lab, look->phone, since_us);
}

/* Since the attempt before it the phone has been Pending, and could have asked. */
static bool is_retry_at_edos(const struct look *look, const struct event *attempt)
{
    const struct attempt_log *log = &look->view->logs[SERVER_EDOS];
    uint64_t since_us = attempt ? sign_before_us(log, attempt) : log->sign_us;
    return log->count > 0 && look->view->state == STATE_PENDING &&
           could_be_seen_since(look, since_us);
}

static void edos_attempt(const struct look *look, const struct event *attempt)
{
    struct pace *pace = look->state;
    uint64_t last_us = pace->last_gap_us;
    pace->last_gap_us = is_retry_at_edos(look, attempt)
                            ? attempt_gap_us(&look->view->logs[SERVER_EDOS], attempt)
                            : 0;
    if (last_us > 0 && is_retry_at_edos(look, attempt))
        check_growth(look, attempt, last_us, pace->last_gap_us);
}

static bool is_delay(const struct look *look, const struct attempt_log *log, uint64_t gap_us,
                     uint64_t low_us, uint64_t high_us)
{
    return high_us > 0 && gap_us + grace_us(look, low_us) >= low_us &&
           gap_us <= high_us + grace_us(look, high_us) + attempt_slack_us(log);
}

static bool is_later_delay(const struct look *look, const struct attempt_log *log, uint64_t gap_us)
{
    const struct pace *pace = look->state;
    uint64_t low_us, high_us;
    for (size_t ahead = 0; ahead < RETRY_DELAYS_MAX; ahead++)
        if (!vendor_retry_delay(pace->retry_delay, log->count + ahead, &low_us, &high_us) ||
            is_delay(look, log, gap_us, low_us * DURATION_S, high_us * DURATION_S))
            return true;
    return false;
}

static void provision_attempt(const struct look *look, const struct event *attempt)
{
    const struct phone_view *view = look->view;
    const struct attempt_log *log = &view->logs[SERVER_PROVISION];
    struct pace *pace = look->state;
    uint64_t low_us, high_us;
    bool seen_all = could_be_seen_since(look, sign_before_us(log, attempt));
    pace->may_be_further = (log->count > 0 && pace->may_be_further) || !seen_all;
    if (log->count == 0 || view->state != STATE_CUSTOM_PENDING || !pace->known || !seen_all ||
        !vendor_retry_delay(pace->retry_delay, log->count - 1, &low_us, &high_us))
        return;
    low_us *= DURATION_S;
    high_us *= DURATION_S;
    uint64_t gap_us = attempt_gap_us(log, attempt);
    bool never = high_us == 0;
    if (is_delay(look, log, gap_us, low_us, high_us) ||
        (pace->may_be_further && is_later_delay(look, log, gap_us)))
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
static void learn_pace(const struct look *look, const struct event *event)
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

static void never_shrink(const struct look *look, const struct event *event)
{
    enum scenario_server server;
    if (event->type != EVENT_ATTEMPT)
        learn_pace(look, event);
    else if (!look->view->boot_pending && event_scenario_server(event, &server))
        (server == SERVER_EDOS ? edos_attempt : provision_attempt)(look, event);
}

static void at_most_24h(const struct look *look, const struct event *attempt)
{
    if (attempt->attempt.peer.server != EVENT_SERVER_EDOS || look->view->boot_pending ||
        !is_retry_at_edos(look, attempt))
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
static void none_since(const struct look *look, const struct event *end)
{
    const struct attempt_log *log = &look->view->logs[SERVER_EDOS];
    uint64_t latest_us = log->sign_us + RETRY_DELAY_MAX_US + grace_us(look, RETRY_DELAY_MAX_US) +
                         (log->failed ? 0 : SILENT_ATTEMPT_US);
    if (look->view->boot_pending || !is_retry_at_edos(look, NULL) || end->time_us <= latest_us)
        return;
    char since[DURATION_TEXT_MAX];
    struct finding finding = finding_at((struct sighting){.time_us = end->time_us});
    buffer_text(&finding.expected, "no delay between EDOS attempts over 24h");
    buffer_format(&finding.seen, "no attempt in the last %s",
                  duration_format(end->time_us - log->sign_us, since));
    blame_edos_delay(look->scenario, look->view, RULE_PEND_4, &finding);
    report(look, &finding);
}

/* --- only-given-addresses --------------------------------------------------------------------- */
/* A phone asks servers of the lab, or what DHCP, DNS, a redirect or a text of
 * the scenario itself named (RC-PRE-3). */
enum { ADDRESSES_MAX = 1024 }; /* given, a phone */

struct given { /* to a phone by DHCP, DNS and redirects; or by the scenario's own texts to all */
    uint32_t addresses[ADDRESSES_MAX];
    size_t count;
    bool cut;
    bool push_pending;  /* told to fetch a config XML, which it has not got yet */
    bool push_answered; /* got it before the action was on the timeline */
};

static bool holds(const struct given *given, uint32_t address)
{
    for (size_t i = 0; i < given->count; i++)
        if (given->addresses[i] == address)
            return true;
    return given->cut; /* no phone is blamed for what was forgotten */
}

static void give(struct given *given, uint32_t address)
{
    if (address == 0 || holds(given, address))
        return;
    if (given->count == ADDRESSES_MAX)
        given->cut = true;
    else
        given->addresses[given->count++] = address;
}

/* Every dotted quad within bytes that may be a URL, a list, or anything. */
static void give_literals(struct given *given, const uint8_t *bytes, size_t length)
{
    size_t i = 0;
    while (i < length) {
        char text[IPV4_TEXT_MAX];
        size_t run = 0;
        while (i + run < length && bytes[i + run] && strchr("0123456789.", bytes[i + run]))
            run++;
        uint32_t address;
        if (run > 0 && run < sizeof text) {
            memcpy(text, bytes + i, run);
            text[run] = '\0';
            if (ipv4_parse(text, &address))
                give(given, address);
        }
        i += run ? run : 1;
    }
}

static void give_text(const struct look *look, struct given *given, const char *text)
{
    struct buffer expanded;
    buffer_init(&expanded, MATCH_TEXT_MAX);
    if (text && substitutions_expand(look->substitutions, text, &expanded))
        give_literals(given, expanded.data, expanded.length);
    buffer_done(&expanded);
}

static void give_parameters(const struct look *look, const struct parameter *parameters,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        give_text(look, look->common, parameters[i].value);
}

static void give_behaviours(const struct look *look, const struct behaviour_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct behaviour *item = &list->items[i];
        give_parameters(look, item->parameters, item->parameter_count);
        give_parameters(look, item->headers, item->header_count);
        give_text(look, look->common, item->redirect);
        give_literals(look->common, item->body, item->body ? item->body_length : 0);
    }
}

static void collect_literals(const struct look *look)
{
    const struct scenario *scenario = look->scenario;
    give_behaviours(look, &scenario->edos);
    give_behaviours(look, &scenario->provision);
    give_parameters(look, scenario->phone_parameters, scenario->phone_parameter_count);
    for (size_t i = 0; i < scenario->step_count; i++) {
        give_behaviours(look, &scenario->steps[i].behaviours);
        give_parameters(look, scenario->steps[i].set, scenario->steps[i].set_count);
    }
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        const char *value = look->substitutions->values[i];
        give_literals(look->common, (const uint8_t *)value, value ? strlen(value) : 0);
    }
}

static void give_option(struct given *given, const struct event *event, uint8_t code, bool listed)
{
    struct dhcp_option_view view;
    struct cursor list;
    if (!dhcp_event_option(event, code, &view))
        return;
    cursor_init(&list, view.value, view.length);
    while (listed && cursor_left(&list) >= sizeof(uint32_t))
        give(given, cursor_be32(&list));
    give_literals(given, view.value, view.length);
}

static void learn_dhcp(struct given *given, const struct event *event)
{
    static const uint8_t lists[] = {DHCP_OPTION_ROUTER, DHCP_OPTION_DOMAIN_NAME_SERVER,
                                    DHCP_OPTION_NTP_SERVERS, DHCP_OPTION_SERVER_IDENTIFIER};
    const struct vendor_option *options = vendor_default()->options;
    size_t count = vendor_default()->option_count;
    if (event->dhcp.type != DHCP_OFFER && event->dhcp.type != DHCP_ACK)
        return;
    give(given, event->dhcp.server_address);
    for (size_t i = 0; i < sizeof lists; i++)
        give_option(given, event, lists[i], true);
    give_option(given, event, DHCP_OPTION_BOOTFILE_NAME, false);
    for (size_t i = 0; i < count; i++)
        give_option(given, event, options[i].code, options[i].form == VENDOR_OPTION_ADDRESSES);
}

/* A pushed config comes from wherever the harness told the phone to get it; the action may stand on
 * the timeline behind what it set off. */
static bool is_pushed_to(const struct look *look)
{
    const struct step *step = look->step;
    return ((const struct given *)look->state)->push_pending ||
           (step && step->kind == STEP_CONFIGURE && step->via == CONFIGURE_PUSH &&
            step_concerns(step, look->phone));
}

static void take_push(struct given *given, bool answered)
{
    bool *mark = answered ? &given->push_answered : &given->push_pending;
    bool *other = answered ? &given->push_pending : &given->push_answered;
    if (*other)
        *other = false;
    else
        *mark = true;
}

static void check_address(const struct look *look, const struct event *event)
{
    const struct given *literals = look->common;
    struct given *given = look->state;
    const struct event_peer *peer = event_peer(event);
    uint32_t asked = peer ? peer->address : event->dns.address;
    if (asked == 0 || event_server(event) != EVENT_SERVER_OTHER || holds(given, asked) ||
        holds(literals, asked) || given->cut || literals->cut)
        return;
    char address[IPV4_TEXT_MAX];
    if (is_pushed_to(look)) {
        give(given, asked);
        return;
    }
    struct finding finding = finding_at(sighting_of(event));
    buffer_text(&finding.expected, "the phone to ask only addresses that it was given");
    buffer_format(&finding.seen, "%s to %s",
                  event->type == EVENT_DNS    ? "a DNS question"
                  : event->type == EVENT_TFTP ? "a TFTP request"
                                              : "a connection",
                  ipv4_format(asked, address));
    finding_rule(&finding, RULE_PRE_3);
    report(look, &finding);
    give(given, asked); /* said once */
}

static void only_given_addresses(const struct look *look, const struct event *event)
{
    struct given *given = look->state;
    switch (event->type) {
    case EVENT_DHCP:
        learn_dhcp(given, event);
        break;
    case EVENT_DNS:
        if (event->dns.response)
            give(given, event->dns.address);
        else
            check_address(look, event);
        break;
    case EVENT_ACTION:
        if (event->action.what == ACTION_CONFIGURE && event->action.by_push)
            take_push(given, false);
        break;
    case EVENT_ANSWER:
        if (event->answer.push)
            take_push(given, true);
        give_text(look, given, event->answer.location);
        break;
    case EVENT_HTTP_RESPONSE:
        give_text(look, given, event->http_response.location);
        break;
    default:
        check_address(look, event);
        break;
    }
}

/* --- the table -------------------------------------------------------------------------------- */

/* The order is that in which failures of the same moment are told. */
static const struct row rows[STANDING_COUNT] = {
    [STANDING_LEGAL_TRANSITIONS] = {.events = 1U << EVENT_STATE, .on_event = legal_transitions},
    [STANDING_NO_EDOS_AFTER_END] = {.events = 1U << EVENT_ATTEMPT | 1U << EVENT_REQUEST,
                                    .on_event = no_edos_after_end},
    [STANDING_PAGE_SHOWS_STATE] = {.events =
                                       1U << EVENT_PAGE | 1U << EVENT_ACTION | 1U << EVENT_STATE,
                                   .state_bytes = sizeof(struct doubt),
                                   .on_event = page_shows_state,
                                   .deadline_us = end_of_doubt_us,
                                   .on_deadline = end_doubt},
    [STANDING_DELAYS_NEVER_SHRINK] = {.events = 1U << EVENT_ATTEMPT | 1U << EVENT_ANSWER |
                                                1U << EVENT_ACTION,
                                      .state_bytes = sizeof(struct pace),
                                      .on_event = never_shrink},
    [STANDING_DELAYS_AT_MOST_24H] = {.events = 1U << EVENT_ATTEMPT,
                                     .on_event = at_most_24h,
                                     .on_end = none_since},
    [STANDING_ONLY_GIVEN_ADDRESSES] = {.events = 1U << EVENT_DHCP | 1U << EVENT_DNS |
                                                 1U << EVENT_ACTION | 1U << EVENT_ANSWER |
                                                 1U << EVENT_HTTP_RESPONSE | 1U << EVENT_CONNECT |
                                                 1U << EVENT_TFTP,
                                       .state_bytes = sizeof(struct given),
                                       .begin = collect_literals,
                                       .on_event = only_given_addresses},
};

/* The state behind those of the phones is the scenario's. */
static void *state_of(const struct standing *standing, size_t rule, size_t phone)
{
    return (char *)standing->states[rule] + phone * rows[rule].state_bytes;
}

static struct look look_at(struct standing *standing, size_t rule, size_t phone)
{
    size_t phones = standing->scenario->phone_count;
    return (struct look){.scenario = standing->scenario,
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
        standing->states[rule] = calloc(scenario->phone_count + 1, rows[rule].state_bytes + 1);
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
        struct look look = look_at(standing, rule, standing->scenario->phone_count);
        if (rows[rule].begin)
            rows[rule].begin(&look);
    }
}

static void lower_deadline(struct standing *standing, size_t rule, size_t phone)
{
    uint64_t deadline_us = rows[rule].deadline_us(state_of(standing, rule, phone));
    if (deadline_us < standing->deadline_us)
        standing->deadline_us = deadline_us;
}

void standing_event(struct standing *standing, const struct event *event, const struct step *step)
{
    size_t phone = (size_t)event->phone;
    for (size_t rule = 0; event->phone != EVENT_PHONE_NONE && rule < STANDING_COUNT; rule++) {
        if (!(rows[rule].events & 1U << event->type))
            continue;
        struct look look = look_at(standing, rule, phone);
        look.step = step;
        rows[rule].on_event(&look, event);
        if (rows[rule].deadline_us)
            lower_deadline(standing, rule, phone);
    }
}

void standing_deadline(struct standing *standing)
{
    uint64_t now_us = standing->deadline_us;
    standing->deadline_us = NEVER_US;
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        for (size_t i = 0; rows[rule].deadline_us && i < standing->scenario->phone_count; i++) {
            struct look look = look_at(standing, rule, i);
            if (rows[rule].deadline_us(look.state) <= now_us)
                rows[rule].on_deadline(&look);
            lower_deadline(standing, rule, i);
        }
    }
}

void standing_end(struct standing *standing, const struct event *end)
{
    for (size_t rule = 0; rule < STANDING_COUNT; rule++) {
        for (size_t i = 0; rows[rule].on_end && i < standing->scenario->phone_count; i++) {
            struct look look = look_at(standing, rule, i);
            rows[rule].on_end(&look, end);
        }
    }
}

enum customization_state standing_page_said(const struct standing *standing, int phone)
{
    const struct doubt *doubt = state_of(standing, STANDING_PAGE_SHOWS_STATE, (size_t)phone);
    return doubt->shown;
}
