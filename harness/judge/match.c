/* SPDX-License-Identifier: MIT */
/* One pattern against one event: requests, DHCP messages, names, files, pages. */
#include "harness/judge/internal.h"
#include <fnmatch.h>
#include <string.h>

bool event_scenario_server(const struct event *event, enum scenario_server *ret_server)
{
    enum event_server asked = event_server(event);
    if (asked == EVENT_SERVER_EDOS)
        *ret_server = SERVER_EDOS;
    else if (asked == EVENT_SERVER_PROVISION)
        *ret_server = SERVER_PROVISION;
    else
        return false;
    return true;
}

/* The glob is the scenario's and may hold ${name}; no glob matches anything. */
static bool glob(const struct judge *judge, const char *pattern, const char *text, int flags)
{
    if (!pattern)
        return true;
    if (!text)
        return false;
    struct buffer expanded;
    buffer_init(&expanded, JUDGE_EXPANDED_MAX);
    bool same = judge_expand(judge, pattern, &expanded) &&
                fnmatch(buffer_string(&expanded), text, flags) == 0;
    buffer_done(&expanded);
    return same;
}

/* A scenario may name a path without the query that a phone appends. */
static bool target_matches(const struct judge *judge, const char *pattern, const char *target)
{
    if (glob(judge, pattern, target, 0))
        return true;
    const char *query = target ? strchr(target, '?') : NULL;
    if (!query)
        return false;
    struct buffer path;
    buffer_init(&path, JUDGE_EXPANDED_MAX);
    buffer_append(&path, target, (size_t)(query - target));
    bool same = !path.failed && glob(judge, pattern, buffer_string(&path), 0);
    buffer_done(&path);
    return same;
}

static bool transport_matches(const struct pattern *pattern, const struct request_event *request)
{
    static const enum event_transport transports[] = {
        [TRANSPORT_WANTED_HTTP] = TRANSPORT_HTTP,
        [TRANSPORT_WANTED_HTTPS] = TRANSPORT_HTTPS,
        [TRANSPORT_WANTED_TFTP] = TRANSPORT_TFTP,
    };
    return !pattern->transport || request->peer.transport == transports[pattern->transport];
}

/* Some phones look by HEAD first. It is not a second request, unless a method was named. */
static bool method_matches(const struct judge *judge, const struct pattern *pattern,
                           const struct request_event *request)
{
    if (!pattern->method)
        return !request->method || strcmp(request->method, "HEAD") != 0;
    return glob(judge, pattern->method, request->method, FNM_CASEFOLD);
}

static bool request_matches(const struct judge *judge, const struct pattern *pattern,
                            const struct event *event)
{
    enum scenario_server server;
    if (!event_scenario_server(event, &server) || server != pattern->server)
        return false;
    bool detailed =
        pattern->method || pattern->target || pattern->host || pattern->agent || pattern->transport;
    if (!detailed)
        return event->type == EVENT_ATTEMPT;
    const struct request_event *request = &event->request;
    return event->type == EVENT_REQUEST && !request->push && transport_matches(pattern, request) &&
           method_matches(judge, pattern, request) &&
           target_matches(judge, pattern->target, request->target) &&
           glob(judge, pattern->host, request->host, FNM_CASEFOLD) &&
           glob(judge, pattern->agent, request->agent, 0);
}

static bool dhcp_matches(const struct judge *judge, const struct pattern *pattern,
                         const struct event *event)
{
    if (event->type != EVENT_DHCP || event->dhcp.type != pattern->dhcp_type)
        return false;
    for (size_t i = 0; i < pattern->option_count; i++)
        if (!match_dhcp_option(judge, event, &pattern->options[i]))
            return false;
    return true;
}

static bool tftp_matches(const struct judge *judge, const struct pattern *pattern,
                         const struct event *event)
{
    /* As seen on the wire or as logged by the fake. */
    const char *file = NULL;
    if (event->type == EVENT_TFTP && event->tftp.packet == TFTP_PACKET_RRQ)
        file = event->tftp.file;
    else if (event->type == EVENT_REQUEST && event->request.peer.transport == TRANSPORT_TFTP)
        file = event->request.host ? event->request.host : event->request.target;
    if (!file)
        return false;
    return glob(judge, pattern->name, file, 0) ||
           (file[0] == '/' && glob(judge, pattern->name, file + 1, 0));
}

bool match_page(const struct pattern *pattern, enum customization_state shown)
{
    for (size_t i = 0; i < pattern->page_count; i++) {
        /* Events carry the one value that the rules speak of. */
        if (strcmp(pattern->page[i].name, "Customization") != 0 || shown == STATE_UNKNOWN ||
            strcmp(pattern->page[i].value, customization_state_names[shown]) != 0)
            return false;
    }
    return true;
}

bool match_event(const struct judge *judge, const struct pattern *pattern,
                 const struct event *event)
{
    switch (pattern->kind) {
    case PATTERN_REQUEST:
        return request_matches(judge, pattern, event);
    case PATTERN_DHCP:
        return dhcp_matches(judge, pattern, event);
    case PATTERN_DNS:
        return event->type == EVENT_DNS && !event->dns.response &&
               glob(judge, pattern->name, event->dns.question, FNM_CASEFOLD);
    case PATTERN_TFTP:
        return tftp_matches(judge, pattern, event);
    case PATTERN_PAGE:
        return event->type == EVENT_PAGE && event->page.status == 200 &&
               match_page(pattern, event->page.state);
    case PATTERN_STATE:
    case PATTERN_PATH:
    case PATTERN_RETRIES:
        break;
    }
    return false;
}
