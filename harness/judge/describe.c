/* SPDX-License-Identifier: MIT */
#include "harness/judge/describe.h"
#include "harness/base/duration.h"

static void describe_path(const enum customization_state *path, size_t count, struct buffer *buffer)
{
    for (size_t i = 0; i < count; i++)
        buffer_format(buffer, "%s%s", i ? ", " : "", state_name(path[i]));
}

static const char *server_name(enum scenario_server server)
{
    return server == SERVER_EDOS ? "edos" : "provision";
}

static void describe_detail(const char *name, const char *value, struct buffer *buffer)
{
    if (value)
        buffer_format(buffer, ", %s %s", name, value);
}

static void describe_request(const struct pattern *pattern, struct buffer *buffer)
{
    static const char *const transports[] = {[TRANSPORT_WANTED_HTTP] = "http",
                                             [TRANSPORT_WANTED_HTTPS] = "https",
                                             [TRANSPORT_WANTED_TFTP] = "tftp"};
    if (pattern->count > 1)
        buffer_format(buffer, "%u requests to %s", pattern->count, server_name(pattern->server));
    else
        buffer_format(buffer, "a request to %s", server_name(pattern->server));
    describe_detail("method", pattern->method, buffer);
    describe_detail("path", pattern->target, buffer);
    describe_detail("host", pattern->host, buffer);
    describe_detail("agent", pattern->agent, buffer);
    if (pattern->transport)
        describe_detail("transport", transports[pattern->transport], buffer);
}

static void describe_dhcp(const struct pattern *pattern, struct buffer *buffer)
{
    static const char *const names[] = {"?",   "discover", "offer",   "request", "decline",
                                        "ack", "nak",      "release", "inform"};
    size_t count = sizeof names / sizeof names[0];
    buffer_format(buffer, "a DHCP %s", names[pattern->dhcp_type < count ? pattern->dhcp_type : 0]);
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
    buffer_format(buffer, "retries to %s after", server_name(pattern->server));
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

void describe_expectation(const struct step *step, uint64_t patience_us, struct buffer *buffer)
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
    default:
        return NULL;
    }
}

void describe_step(const struct step *step, uint64_t patience_us, struct buffer *buffer)
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

void describe_seen(const struct pattern *pattern, const struct phone_view *view, unsigned count,
                   struct buffer *buffer)
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
