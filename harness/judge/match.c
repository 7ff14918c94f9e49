/* SPDX-License-Identifier: MIT */
#include "harness/judge/match.h"
#include "harness/base/cursor.h"
#include "harness/judge/judgement.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void substitutions_done(struct substitutions *substitutions)
{
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        free(substitutions->values[i]);
}

bool substitutions_expand(const struct substitutions *substitutions, const char *text,
                          struct buffer *buffer)
{
    const char *values[SUBSTITUTE_COUNT];
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        values[i] = substitutions->values[i] ? substitutions->values[i] : "";
        if (substitutions->values[i])
            continue;
        for (const char *at = strstr(text, "${"); at; at = strstr(at + 2, "${")) {
            size_t length = strlen(substitution_names[i]);
            if (strncmp(at + 2, substitution_names[i], length) == 0 && at[2 + length] == '}')
                return false;
        }
    }
    scenario_substitute(text, values, buffer);
    return !buffer->failed;
}

uint64_t tolerance_us(const struct tolerance *tolerance, uint64_t of_us)
{
    uint64_t part_us = (uint64_t)((double)of_us * tolerance->percent / 100.0);
    return part_us > tolerance->at_least_us ? part_us : tolerance->at_least_us;
}

/* --- DHCP options ----------------------------------------------------------------------------- */

bool dhcp_event_option(const struct event *event, uint8_t code, struct dhcp_option_view *view)
{
    struct dhcp_walk walk;
    dhcp_walk_area(&walk, event->dhcp.options.bytes, event->dhcp.options.length);
    return dhcp_walk_get(walk, code, view);
}

/* Texts may end in a NUL on the wire (RFC 2132 section 2 lets servers send one). */
static bool text_is(const struct substitutions *substitutions, const char *text,
                    const uint8_t *bytes, size_t length)
{
    struct buffer expanded;
    buffer_init(&expanded, MATCH_TEXT_MAX);
    bool same = substitutions_expand(substitutions, text, &expanded);
    if (length == expanded.length + 1 && bytes[length - 1] == 0)
        length--;
    same = same && length == expanded.length &&
           (length == 0 || memcmp(bytes, expanded.data, length) == 0);
    buffer_done(&expanded);
    return same;
}

static bool addresses_are(const struct substitutions *substitutions, const struct dhcp_value *value,
                          const struct dhcp_option_view *wire)
{
    struct cursor cursor;
    cursor_init(&cursor, wire->value, wire->length);
    for (size_t i = 0; i < value->address_count; i++) {
        struct buffer text;
        uint32_t address = 0;
        buffer_init(&text, MATCH_TEXT_MAX);
        bool known = substitutions_expand(substitutions, value->addresses[i], &text) &&
                     ipv4_parse(buffer_string(&text), &address);
        buffer_done(&text);
        if (!known || cursor_be32(&cursor) != address || cursor.failed)
            return false;
    }
    return cursor_left(&cursor) == 0;
}

static bool suboption_is(const struct substitutions *substitutions,
                         const struct dhcp_suboption *wanted, const struct dhcp_option_view *wire)
{
    struct dhcp_walk walk;
    struct dhcp_item item;
    if (wanted->enterprise)
        dhcp_walk_vendor_identifying(&walk, wire->value, wire->length);
    else
        dhcp_walk_vendor_specific(&walk, wire->value, wire->length);
    while (dhcp_walk_next(&walk, &item))
        if (item.enterprise == wanted->enterprise && item.code == wanted->code &&
            text_is(substitutions, wanted->text, item.value, item.length))
            return true;
    return false;
}

bool match_dhcp_option(const struct substitutions *substitutions, const struct event *event,
                       const struct dhcp_value *value)
{
    struct dhcp_option_view wire;
    if (!dhcp_event_option(event, value->code, &wire))
        return false;
    switch (value->form) {
    case DHCP_VALUE_TEXT:
        return text_is(substitutions, value->text, wire.value, wire.length);
    case DHCP_VALUE_ADDRESSES:
        return addresses_are(substitutions, value, &wire);
    case DHCP_VALUE_HEX:
        return wire.length == value->byte_count &&
               (wire.length == 0 || memcmp(wire.value, value->bytes, wire.length) == 0);
    case DHCP_VALUE_SUBOPTIONS:
        for (size_t i = 0; i < value->suboption_count; i++)
            if (!suboption_is(substitutions, &value->suboptions[i], &wire))
                return false;
        return true;
    }
    return false;
}

/* --- patterns --------------------------------------------------------------------------------- */

bool event_scenario_server(const struct event *event, enum scenario_server *ret_server)
{
    enum event_server asked = event_server(event);
    if (asked != EVENT_SERVER_EDOS && asked != EVENT_SERVER_PROVISION)
        return false;
    *ret_server = asked == EVENT_SERVER_EDOS ? SERVER_EDOS : SERVER_PROVISION;
    return true;
}

bool pattern_is_of_events(enum pattern_kind kind)
{
    return kind == PATTERN_REQUEST || kind == PATTERN_DHCP || kind == PATTERN_DNS ||
           kind == PATTERN_TFTP;
}

/* The glob is the scenario's and may hold ${name}; no glob matches anything. */
static bool glob(const struct substitutions *substitutions, const char *pattern, const char *text,
                 int flags)
{
    if (!pattern)
        return true;
    if (!text)
        return false;
    struct buffer expanded;
    buffer_init(&expanded, MATCH_TEXT_MAX);
    bool same = substitutions_expand(substitutions, pattern, &expanded) &&
                fnmatch(buffer_string(&expanded), text, flags) == 0;
    buffer_done(&expanded);
    return same;
}

/* A scenario may name a path without the query that a phone appends. */
static bool target_matches(const struct substitutions *substitutions, const char *pattern,
                           const char *target)
{
    if (glob(substitutions, pattern, target, 0))
        return true;
    const char *query = target ? strchr(target, '?') : NULL;
    if (!query)
        return false;
    struct buffer path;
    buffer_init(&path, MATCH_TEXT_MAX);
    buffer_append(&path, target, (size_t)(query - target));
    bool same = !path.failed && glob(substitutions, pattern, buffer_string(&path), 0);
    buffer_done(&path);
    return same;
}

static bool transport_matches(const struct pattern *pattern, const struct request_event *request)
{
    static const enum transport transports[] = {
        [TRANSPORT_WANTED_HTTP] = TRANSPORT_HTTP,
        [TRANSPORT_WANTED_HTTPS] = TRANSPORT_HTTPS,
        [TRANSPORT_WANTED_TFTP] = TRANSPORT_TFTP,
    };
    return !pattern->transport || request->peer.transport == transports[pattern->transport];
}

/* Some phones look by HEAD first. It is not a second request, unless a method was named. */
static bool method_matches(const struct substitutions *substitutions, const struct pattern *pattern,
                           const struct request_event *request)
{
    if (!pattern->method)
        return !request->method || strcmp(request->method, "HEAD") != 0;
    return glob(substitutions, pattern->method, request->method, FNM_CASEFOLD);
}

static bool request_matches(const struct substitutions *substitutions,
                            const struct pattern *pattern, const struct event *event)
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
           method_matches(substitutions, pattern, request) &&
           target_matches(substitutions, pattern->target, request->target) &&
           glob(substitutions, pattern->host, request->host, FNM_CASEFOLD) &&
           glob(substitutions, pattern->agent, request->agent, 0);
}

static bool dhcp_matches(const struct substitutions *substitutions, const struct pattern *pattern,
                         const struct event *event)
{
    if (event->type != EVENT_DHCP || event->dhcp.type != pattern->dhcp_type)
        return false;
    for (size_t i = 0; i < pattern->option_count; i++)
        if (!match_dhcp_option(substitutions, event, &pattern->options[i]))
            return false;
    return true;
}

static bool tftp_matches(const struct substitutions *substitutions, const struct pattern *pattern,
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
    return glob(substitutions, pattern->name, file, 0) ||
           (file[0] == '/' && glob(substitutions, pattern->name, file + 1, 0));
}

bool match_page(const struct pattern *pattern, enum customization_state shown)
{
    /* Events carry the one value that the rules speak of. */
    const char *label = vendor_default()->page.state_label;
    for (size_t i = 0; i < pattern->page_count; i++) {
        if (!label || strcmp(pattern->page[i].name, label) != 0 || shown == STATE_UNKNOWN ||
            strcmp(pattern->page[i].value, state_name(shown)) != 0)
            return false;
    }
    return true;
}

bool match_event(const struct substitutions *substitutions, const struct pattern *pattern,
                 const struct event *event)
{
    switch (pattern->kind) {
    case PATTERN_REQUEST:
        return request_matches(substitutions, pattern, event);
    case PATTERN_DHCP:
        return dhcp_matches(substitutions, pattern, event);
    case PATTERN_DNS:
        return event->type == EVENT_DNS && !event->dns.response &&
               glob(substitutions, pattern->name, event->dns.question, FNM_CASEFOLD);
    case PATTERN_TFTP:
        return tftp_matches(substitutions, pattern, event);
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
