/* SPDX-License-Identifier: MIT */
#include "harness/judge/expectation.h"
#include "harness/base/duration.h"
#include "harness/judge/blame.h"
#include "harness/scenario/words.h"
#include "harness/wire/dhcp.h"

/* --- in words that fit behind "expected" and "seen" ------------------------------------------- */
static void describe_path(const enum customization_state *path, size_t count, struct buffer *buffer)
{
    for (size_t i = 0; i < count; i++)
        buffer_format(buffer, "%s%s", i ? ", " : "", state_name(path[i]));
}

static void describe_detail(const char *name, const char *value, struct buffer *buffer)
{
    if (value)
        buffer_format(buffer, ", %s %s", name, value);
}

static void describe_request(const struct pattern *pattern, struct buffer *buffer)
{
    if (pattern->count > 1)
        buffer_format(buffer, "%u requests to %s", pattern->count, server_words[pattern->server]);
    else
        buffer_format(buffer, "a request to %s", server_words[pattern->server]);
    describe_detail("method", pattern->method, buffer);
    describe_detail("path", pattern->target, buffer);
    describe_detail("host", pattern->host, buffer);
    describe_detail("agent", pattern->agent, buffer);
    if (pattern->transport)
        describe_detail("transport", transport_words[pattern->transport], buffer);
}

static void describe_dhcp(const struct pattern *pattern, struct buffer *buffer)
{
    const char *name = dhcp_type_name((enum dhcp_type)pattern->dhcp_type);
    buffer_format(buffer, "a DHCP %s", name ? name : "?");
    for (size_t i = 0; i < pattern->option_count; i++) {
        const struct dhcp_value *value = &pattern->options[i];
        buffer_format(buffer, "%s option %u", i ? "," : " with", value->code);
        if (value->form == DHCP_VALUE_TEXT)
            buffer_format(buffer, " \"%s\"", value->text);
    }
}

static void describe_page(const struct pattern *pattern, struct buffer *buffer)
{
    buffer_text(buffer, "the page to show");
    for (size_t i = 0; i < pattern->page_count; i++)
        buffer_format(buffer, "%s %s %s", i ? "," : "", pattern->page[i].name,
                      pattern->page[i].value);
}

static void describe_retries(const struct pattern *pattern, struct buffer *buffer)
{
    buffer_format(buffer, "retries to %s after", server_words[pattern->server]);
    for (size_t i = 0; i < pattern->gap_count; i++) {
        char gap[DURATION_TEXT_MAX];
        buffer_format(buffer, "%s %s", i ? "," : "", duration_format(pattern->gaps_us[i], gap));
    }
}

static void describe_pattern(const struct pattern *pattern, struct buffer *buffer)
{
    switch (pattern->kind) {
    case PATTERN_STATE:
        buffer_format(buffer, "state %s", state_name(pattern->state));
        break;
    case PATTERN_PATH:
        buffer_text(buffer, "the states ");
        describe_path(pattern->path, pattern->path_count, buffer);
        buffer_text(buffer, " and no others since the factory reset");
        break;
    case PATTERN_REQUEST:
        describe_request(pattern, buffer);
        break;
    case PATTERN_RETRIES:
        describe_retries(pattern, buffer);
        break;
    case PATTERN_DHCP:
        describe_dhcp(pattern, buffer);
        break;
    case PATTERN_DNS:
        buffer_format(buffer, "a DNS question for %s", pattern->name);
        break;
    case PATTERN_TFTP:
        buffer_format(buffer, "a TFTP request for %s", pattern->name);
        break;
    case PATTERN_PAGE:
        describe_page(pattern, buffer);
        break;
    }
}

static void describe_expectation(const struct step *step, uint64_t patience_us,
                                 struct buffer *buffer)
{
    char time[DURATION_TEXT_MAX];
    if (step->kind == STEP_NEVER)
        buffer_text(buffer, "never ");
    describe_pattern(&step->pattern, buffer);
    if (step->kind == STEP_NEVER)
        buffer_format(buffer, " for %s", duration_format(step->duration_us, time));
    else if (step->kind == STEP_STAYS)
        buffer_format(buffer, " to stay for %s", duration_format(step->duration_us, time));
    else if (step->within_us)
        buffer_format(buffer, " within %s", duration_format(step->within_us, time));
    else if (step->pattern.kind != PATTERN_RETRIES)
        buffer_format(buffer, " within %s", duration_format(step->after_us + patience_us, time));
    if (step->iteration > 1)
        buffer_format(buffer, " (repetition %u)", step->iteration);
}

static const char *action_of(const struct step *step)
{
    switch (step->kind) {
    case STEP_FACTORY_RESET:
        return "a factory reset, and the boot after it";
    case STEP_REBOOT:
        return "a reboot";
    case STEP_POWER_OFF:
        return "power off";
    case STEP_POWER_ON:
        return "power on, and the boot after it";
    case STEP_CONFIGURE:
        return "a configuration to be taken";
    case STEP_DHCP:
    case STEP_DNS:
    case STEP_EDOS:
    case STEP_PROVISION:
        return "the servers";
    case STEP_NETWORK:
        return "the line";
    default:
        return NULL;
    }
}

void expectation_describe(const struct step *step, uint64_t patience_us, struct buffer *buffer)
{
    char time[DURATION_TEXT_MAX];
    if (step->kind == STEP_WAIT)
        buffer_format(buffer, "wait %s", duration_format(step->duration_us, time));
    else if (action_of(step))
        buffer_text(buffer, action_of(step));
    else
        describe_expectation(step, patience_us, buffer);
}

static void describe_state(const struct phone_view *view, struct buffer *buffer)
{
    char since[DURATION_TEXT_MAX];
    if (view->state == STATE_UNKNOWN)
        buffer_text(buffer,
                    view->reset_pending ? "no boot since the factory reset" : "no state yet");
    else
        buffer_format(buffer, "state %s since %s", state_name(view->state),
                      duration_format(view->state_since_us, since));
}

static void describe_shown(const struct phone_view *view, struct buffer *buffer)
{
    if (!view->page_known)
        buffer_text(buffer, "no page that could be read");
    else if (view->page_state == STATE_UNKNOWN)
        buffer_text(buffer, "a page without Customization");
    else
        buffer_format(buffer, "Customization %s", state_name(view->page_state));
}

static void describe_seen(const struct pattern *pattern, const struct phone_view *view,
                          unsigned count, struct buffer *buffer)
{
    switch (pattern->kind) {
    case PATTERN_STATE:
        describe_state(view, buffer);
        break;
    case PATTERN_PATH:
        if (view->path_count == 0)
            buffer_text(buffer, "no state since the factory reset");
        describe_path(view->path, view->path_count, buffer);
        break;
    case PATTERN_PAGE:
        describe_shown(view, buffer);
        break;
    default:
        if (count == 0)
            buffer_text(buffer, "none");
        else
            buffer_format(buffer, "only %u", count);
        break;
    }
}

/* By how much a duration of this step may differ from what it says. */
static uint64_t grace_us(const struct step_case *look, uint64_t of_us)
{
    const struct step *step = look->step;
    return tolerance_us(step->has_tolerance ? &step->tolerance : &look->scenario->tolerance, of_us);
}

/* --- retries: {to: S, after: [D, …]} ---------------------------------------------------------- */
/* The attempts since the last boot, whose first one starts the count, with exactly these gaps
 * between them (RC-PEND-3, RC-PEND-4, RC-CUST-2). */

static void describe_ordinal(size_t number, struct buffer *buffer)
{
    const char *ending = "th";
    if (number % 100 < 11 || number % 100 > 13) {
        if (number % 10 == 1)
            ending = "st";
        else if (number % 10 == 2)
            ending = "nd";
        else if (number % 10 == 3)
            ending = "rd";
    }
    buffer_format(buffer, "%zu%s", number, ending);
}

static const struct attempt_log *log_of(const struct step_case *look)
{
    return &look->view->logs[look->step->pattern.server];
}

static void rules_of_gap(const struct step_case *look, uint64_t gap_us, struct finding *finding)
{
    if (look->step->pattern.server == SERVER_PROVISION)
        finding_rule(finding, RULE_CUST_2);
    else
        blame_edos_delay(look->scenario, look->view,
                         gap_us >= RETRY_DELAY_MAX_US ? RULE_PEND_4 : RULE_PEND_3, finding);
}

/* "the 3rd retry to edos 4m ±24s after the 2nd failed" */
static void describe_gap(const struct step_case *look, size_t index, struct finding *finding)
{
    const struct step *step = look->step;
    uint64_t gap_us = step->pattern.gaps_us[index];
    char gap[DURATION_TEXT_MAX], grace[DURATION_TEXT_MAX];
    struct buffer *text = &finding->expected;
    buffer_text(text, "the ");
    describe_ordinal(index + 1, text);
    buffer_format(text, " retry to %s %s ±%s after the ",
                  step->pattern.server == SERVER_EDOS ? "edos" : "the provisioning server",
                  duration_format(gap_us, gap), duration_format(grace_us(look, gap_us), grace));
    if (index == 0)
        buffer_text(text, "first attempt");
    else
        describe_ordinal(index, text);
    buffer_text(text, " failed");
    rules_of_gap(look, gap_us, finding);
}

static enum outcome retries_look(const struct step_case *look, struct finding *finding)
{
    const struct step *step = look->step;
    const struct attempt_log *log = log_of(look);
    if (log->count == 0)
        return OUTCOME_WAITING;
    for (size_t i = 0; i < step->pattern.gap_count; i++) {
        if (i + 1 >= log->kept_count)
            return OUTCOME_WAITING;
        uint64_t expected_us = step->pattern.gaps_us[i], seen_us = log->kept[i + 1].gap_us;
        uint64_t grace = grace_us(look, expected_us);
        uint64_t unseen_us = log->kept[i + 1].slack_us;
        if (seen_us + grace >= expected_us && seen_us <= expected_us + grace + unseen_us)
            continue;
        if (step->kind == STEP_NEVER)
            return OUTCOME_WAITING;
        char came[DURATION_TEXT_MAX];
        describe_gap(look, i, finding);
        buffer_format(&finding->seen, "it after %s", duration_format(seen_us, came));
        finding->at.event = log->kept[i + 1].at.event;
        finding->at.frame = log->kept[i + 1].at.frame;
        return OUTCOME_BROKEN;
    }
    return OUTCOME_MET;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The gap that the phone is in, counted from 0. */
static bool in_gap(const struct step_case *look, size_t *ret_index)
{
    const struct attempt_log *log = log_of(look);
    if (log->count == 0 || log->count > look->step->pattern.gap_count)
        return false;
    *ret_index = log->count - 1;
    return true;
}

static uint64_t retries_deadline_us(const struct step_case *look)
{
    const struct step *step = look->step;
    const struct attempt_log *log = log_of(look);
    size_t index;
    if (in_gap(look, &index)) {
        uint64_t gap_us = step->pattern.gaps_us[index];
        return log->sign_us + gap_us + grace_us(look, gap_us) +
               (log->failed ? 0 : SILENT_ATTEMPT_US) + 1;
    }
    if (log->count > 0 || step->within_us)
        return NEVER_US;
    uint64_t first_us = look->patience_us;
    if (look->scenario->readings.pending_boot == PENDING_BOOT_WAIT_FIRST)
        first_us += DURATION_M + grace_us(look, DURATION_M);
    return later(look->begin_us, log->since_us) + first_us + 1;
}

static void retries_missing(const struct step_case *look, struct finding *finding)
{
    const struct attempt_log *log = log_of(look);
    char since[DURATION_TEXT_MAX];
    size_t index;
    if (!in_gap(look, &index)) {
        buffer_format(&finding->expected, "a first attempt at %s",
                      look->step->pattern.server == SERVER_EDOS ? "edos"
                                                                : "the provisioning server");
        buffer_text(&finding->seen, "none");
        finding_rule(finding, rule_of_first_attempt(look->view, look->step->pattern.server));
        return;
    }
    describe_gap(look, index, finding);
    uint64_t waited_us =
        finding->at.time_us > log->sign_us ? finding->at.time_us - log->sign_us : 0;
    buffer_format(&finding->seen, "none in %s", duration_format(waited_us, since));
}

/* --- what a step means ------------------------------------------------------------------------ */
static enum outcome path_look(const struct pattern *pattern, const struct phone_view *view)
{
    if (view->path_count > pattern->path_count || view->path_cut)
        return OUTCOME_BROKEN;
    for (size_t i = 0; i < view->path_count; i++)
        if (view->path[i] != pattern->path[i])
            return OUTCOME_BROKEN;
    return view->path_count == pattern->path_count ? OUTCOME_MET : OUTCOME_WAITING;
}

/* Patterns that look at what is known of the phone, not at a single event. */
static enum outcome look_at_view(const struct step_case *look, struct finding *finding)
{
    const struct pattern *pattern = &look->step->pattern;
    const struct phone_view *view = look->view;
    switch (pattern->kind) {
    case PATTERN_STATE:
        return view->state == pattern->state ? OUTCOME_MET : OUTCOME_WAITING;
    case PATTERN_PATH:
        return path_look(pattern, view);
    case PATTERN_PAGE:
        return view->page_known && match_page(pattern, view->page_state) ? OUTCOME_MET
                                                                         : OUTCOME_WAITING;
    case PATTERN_RETRIES:
        return retries_look(look, finding);
    default:
        return OUTCOME_WAITING;
    }
}

/* Fills what the pattern itself did not say. */
static void explain(const struct step_case *look, struct finding *finding)
{
    if (finding->expected.length == 0)
        describe_expectation(look->step, look->patience_us, &finding->expected);
    if (finding->seen.length == 0)
        describe_seen(&look->step->pattern, look->view, look->progress->count, &finding->seen);
    if (finding->rule_count == 0)
        blame_step(look->scenario, look->step, look->view, look->begin_us, finding);
}

static enum outcome too_early(const struct step_case *look, struct finding *finding)
{
    const struct step *step = look->step;
    char after[DURATION_TEXT_MAX], came[DURATION_TEXT_MAX];
    describe_expectation(look->step, look->patience_us, &finding->expected);
    buffer_format(&finding->expected, ", not before %s", duration_format(step->after_us, after));
    buffer_format(&finding->seen, "it too early, after %s",
                  duration_format(finding->at.time_us - look->begin_us, came));
    explain(look, finding);
    return OUTCOME_BROKEN;
}

/* What the pattern found, in the sense of the step: an expect may come too early, a never must not
 * be met. */
static enum outcome outcome_of_step(const struct step_case *look, enum outcome outcome,
                                    struct finding *finding)
{
    const struct step *step = look->step;
    if (step->kind == STEP_NEVER) {
        if (outcome != OUTCOME_MET)
            return OUTCOME_WAITING;
        char came[DURATION_TEXT_MAX];
        buffer_format(&finding->seen, "it after %s",
                      duration_format(finding->at.time_us - look->begin_us, came));
        explain(look, finding);
        return OUTCOME_BROKEN;
    }
    if (outcome == OUTCOME_BROKEN) {
        explain(look, finding);
    } else if (outcome == OUTCOME_MET && step->after_us > 0) {
        if (finding->at.time_us + grace_us(look, step->after_us) < look->begin_us + step->after_us)
            return too_early(look, finding);
    }
    return outcome;
}

static enum outcome stays_look(const struct step_case *look, struct finding *finding)
{
    if (look->view->state == look->step->pattern.state)
        return OUTCOME_WAITING;
    explain(look, finding);
    return OUTCOME_BROKEN;
}

/* What made the phone's state what it is, when that is the evidence. */
static void point_to_state(const struct step_case *look, struct finding *finding)
{
    const struct pattern *pattern = &look->step->pattern;
    if (pattern->kind != PATTERN_STATE && pattern->kind != PATTERN_PATH)
        return;
    finding->at.event = look->view->state_at.event;
    finding->at.frame = look->view->state_at.frame;
}

enum outcome expectation_begin(const struct step_case *look, struct finding *finding)
{
    const struct step *step = look->step;
    const struct pattern *pattern = &step->pattern;
    point_to_state(look, finding);
    if (step->kind == STEP_STAYS)
        return stays_look(look, finding);
    if (pattern_is_of_events(pattern->kind)) {
        unsigned needed = pattern->count ? pattern->count : 1;
        return look->progress->count >= needed ? OUTCOME_MET : OUTCOME_WAITING;
    }
    if (step->kind == STEP_NEVER && pattern->kind == PATTERN_PAGE)
        return OUTCOME_WAITING; /* what was read before does not count */
    return outcome_of_step(look, look_at_view(look, finding), finding);
}

static bool can_change_view(const struct pattern *pattern, const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTION:
    case EVENT_BOOT:
        return pattern->kind != PATTERN_PAGE;
    case EVENT_STATE:
        return pattern->kind == PATTERN_STATE || pattern->kind == PATTERN_PATH;
    case EVENT_ATTEMPT:
        return pattern->kind == PATTERN_RETRIES;
    case EVENT_PAGE:
        return pattern->kind == PATTERN_PAGE;
    default:
        return false;
    }
}

enum outcome expectation_event(const struct step_case *look, const struct event *event,
                               struct finding *finding)
{
    const struct step *step = look->step;
    const struct pattern *pattern = &step->pattern;
    if (pattern_is_of_events(pattern->kind)) {
        if (!match_event(look->substitutions, pattern, event))
            return OUTCOME_WAITING;
        unsigned needed = pattern->count ? pattern->count : 1;
        enum outcome outcome = ++look->progress->count >= needed ? OUTCOME_MET : OUTCOME_WAITING;
        return outcome_of_step(look, outcome, finding);
    }
    if (!can_change_view(pattern, event))
        return OUTCOME_WAITING;
    if (step->kind == STEP_STAYS)
        return stays_look(look, finding);
    return outcome_of_step(look, look_at_view(look, finding), finding);
}

uint64_t expectation_deadline_us(const struct step_case *look)
{
    const struct step *step = look->step;
    uint64_t begin_us = look->begin_us;
    uint64_t overall_us = NEVER_US;
    if (step->within_us)
        overall_us = begin_us + step->within_us + 1;
    else if (step->pattern.kind != PATTERN_RETRIES)
        overall_us = begin_us + step->after_us + look->patience_us + 1;
    if (step->pattern.kind != PATTERN_RETRIES)
        return overall_us;
    uint64_t gap_us = retries_deadline_us(look);
    return gap_us < overall_us ? gap_us : overall_us;
}

void expectation_missing(const struct step_case *look, struct finding *finding)
{
    if (look->step->pattern.kind == PATTERN_RETRIES)
        retries_missing(look, finding);
    explain(look, finding);
}
