/* SPDX-License-Identifier: MIT */
#include "harness/judge/phone_view.h"
#include "harness/judge/match.h"
#include <stdlib.h>

/* As SILENT_ATTEMPT_US, for the answer of a name server: phones don't wait as long for it. */
#define SILENT_END_US (10 * DURATION_S)

struct phone_view *phone_views_new(const struct scenario *scenario)
{
    size_t kept_max[SERVER_COUNT] = {0};
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct pattern *pattern = &scenario->steps[i].pattern;
        if (pattern->kind == PATTERN_RETRIES && kept_max[pattern->server] < pattern->gap_count + 1)
            kept_max[pattern->server] = pattern->gap_count + 1;
    }
    struct phone_view *views = calloc(scenario->phone_count + 1, sizeof *views);
    bool fits = views != NULL;
    for (size_t i = 0; views && i < scenario->phone_count; i++) {
        for (size_t server = 0; server < SERVER_COUNT; server++) {
            struct attempt_log *log = &views[i].logs[server];
            log->kept_max = kept_max[server];
            log->kept = calloc(log->kept_max + 1, sizeof *log->kept);
            fits = fits && log->kept;
        }
    }
    if (fits)
        return views;
    phone_views_free(views, scenario->phone_count);
    return NULL;
}

void phone_views_free(struct phone_view *views, size_t count)
{
    for (size_t i = 0; views && i < count; i++)
        for (size_t server = 0; server < SERVER_COUNT; server++)
            free(views[i].logs[server].kept);
    free(views);
}

static void log_restart(struct attempt_log *log, uint64_t time_us)
{
    log->kept_count = log->count = 0;
    log->sign_us = 0;
    log->failed = log->connecting = log->unanswered = false;
    log->since_us = time_us;
}

uint64_t attempt_gap_us(const struct attempt_log *log, const struct event *attempt)
{
    if (log->count == 0)
        return 0;
    uint64_t from_us = attempt->attempt.last_sign_us ? attempt->attempt.last_sign_us : log->sign_us;
    return attempt->time_us > from_us ? attempt->time_us - from_us : 0;
}

uint64_t attempt_slack_us(const struct attempt_log *log)
{
    if (log->count == 0 || log->failed)
        return 0;
    return log->connecting ? SILENT_ATTEMPT_US : log->unanswered ? SILENT_END_US : 0;
}

static void log_attempt(struct attempt_log *log, const struct event *event)
{
    if (log->kept_count < log->kept_max)
        log->kept[log->kept_count++] = (struct attempt_gap){.at = sighting_of(event),
                                                            .gap_us = attempt_gap_us(log, event),
                                                            .slack_us = attempt_slack_us(log)};
    log->count++;
    log->sign_us = event->time_us;
    log->failed = log->connecting = false;
    log->unanswered = event->attempt.peer.transport == TRANSPORT_DNS;
}

/* Signs of life of the latest attempt: when the next one is due counts from the last of them. */
static void log_sign(struct attempt_log *log, const struct event *event)
{
    switch (event->type) {
    case EVENT_FAILED:
        log->failed = true;
        log->unanswered = false;
        log->sign_us = event->time_us;
        break;
    case EVENT_CONNECT:
    case EVENT_REQUEST:
    case EVENT_HTTP_REQUEST:
    case EVENT_TFTP:
        /* More of the same attempt after all, for instance at a second address. */
        log->failed = log->unanswered = false;
        log->connecting =
            event->type == EVENT_CONNECT || (event->type == EVENT_TFTP && !event->tftp.from_server);
        log->sign_us = event->time_us;
        break;
    case EVENT_REFUSED:
    case EVENT_TLS:
    case EVENT_HTTP_RESPONSE:
    case EVENT_ANSWER:
        log->connecting = false;
        if (!log->failed)
            log->sign_us = event->time_us;
        break;
    default:
        break;
    }
}

static void path_append(struct phone_view *view, enum customization_state state)
{
    if (view->path_count && view->path[view->path_count - 1] == state)
        return;
    if (view->path_count == VIEW_PATH_MAX)
        view->path_cut = true;
    else
        view->path[view->path_count++] = state;
}

static void begin_path(struct phone_view *view)
{
    view->path_count = 0;
    view->path_cut = false;
    view->reset_pending = false;
    view->fresh_boot = true;
}

static void take_state(struct phone_view *view, const struct event *event)
{
    view->inferred = event->state.state;
    if (view->reset_pending && event->state.state == STATE_OPEN)
        begin_path(view);
    if (view->reset_pending)
        return; /* what the phone was still at when it was reset */
    if (event->state.state == STATE_OPEN)
        view->fresh_boot = false;
    if (event->state.state == STATE_CUSTOM_PENDING && view->state != STATE_CUSTOM_PENDING)
        log_restart(&view->logs[SERVER_PROVISION], event->time_us);
    path_append(view, event->state.state);
    view->state = event->state.state;
    view->state_rule = event->state.rule;
    view->state_since_us = event->time_us;
    view->state_at = sighting_of(event);
    view->booted_since_state = view->shown_since_state = view->read_since_state = false;
}

static void take_boot(struct phone_view *view, const struct event *event)
{
    bool reset = view->reset_pending ||
                 (event->boot.action_known && event->boot.action == ACTION_FACTORY_RESET);
    view->boot_pending = false;
    view->booted_since_state = true;
    view->fresh_boot = false;
    view->page_known = false;
    for (size_t i = 0; i < SERVER_COUNT; i++)
        log_restart(&view->logs[i], event->time_us);
    if (!reset)
        return;
    begin_path(view);
    view->resets++;
    view->shown_since_state = view->read_since_state = false;
    view->state = STATE_UNKNOWN;
    if (view->inferred == STATE_OPEN) {
        /* Open before and Open again: no change, hence no STATE event of its own (RC-OPEN-1). */
        view->state = STATE_OPEN;
        view->state_rule = RULE_OPEN_1;
        view->state_since_us = event->time_us;
        view->state_at = sighting_of(event);
        path_append(view, STATE_OPEN);
    }
}

static void take_action(struct phone_view *view, const struct event *event)
{
    if (event->action.what == ACTION_CONFIGURE)
        return;
    view->boot_pending = true;
    view->page_known = false;
    for (size_t i = 0; i < SERVER_COUNT; i++)
        log_restart(&view->logs[i], event->time_us);
    if (event->action.what == ACTION_FACTORY_RESET) {
        view->reset_pending = true;
        view->state = STATE_UNKNOWN;
        view->path_count = 0;
    }
}

void phone_view_event(struct phone_view *view, const struct event *event)
{
    enum scenario_server server;
    bool of_server = event_scenario_server(event, &server);
    switch (event->type) {
    case EVENT_ACTION:
        take_action(view, event);
        break;
    case EVENT_BOOT:
        take_boot(view, event);
        break;
    case EVENT_STATE:
        take_state(view, event);
        break;
    case EVENT_PAGE:
        if (event->page.status == 200 && !view->boot_pending) {
            view->page_known = true;
            view->page_state = event->page.state;
            view->read_since_state = true;
            view->shown_since_state = view->shown_since_state || event->page.state == view->state;
        }
        break;
    case EVENT_ATTEMPT:
        if (of_server && !view->boot_pending)
            log_attempt(&view->logs[server], event);
        break;
    default:
        if (of_server && view->logs[server].count > 0)
            log_sign(&view->logs[server], event);
        break;
    }
}
