/* SPDX-License-Identifier: MIT */
/* only-given-addresses: a phone asks servers of the lab, or what DHCP, DNS, a redirect or a text of
 * the scenario itself named (RC-PRE-3). */
#include "harness/base/cursor.h"
#include "harness/judge/standing_rule.h"
#include "harness/vendor/vendor.h"
#include <string.h>

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

static void give_text(const struct standing_look *look, struct given *given, const char *text)
{
    struct buffer expanded;
    buffer_init(&expanded, MATCH_TEXT_MAX);
    if (text && substitutions_expand(look->substitutions, text, &expanded))
        give_literals(given, expanded.data, expanded.length);
    buffer_done(&expanded);
}

/* --- what the scenario names ------------------------------------------------------------------ */

static void give_parameters(const struct standing_look *look, const struct parameter *parameters,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        give_text(look, look->common, parameters[i].value);
}

static void give_behaviours(const struct standing_look *look, const struct behaviour_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct behaviour *item = &list->items[i];
        give_parameters(look, item->parameters, item->parameter_count);
        give_parameters(look, item->headers, item->header_count);
        give_text(look, look->common, item->redirect);
        give_literals(look->common, item->body, item->body ? item->body_length : 0);
    }
}

static void collect_literals(const struct standing_look *look)
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

/* --- what the wire names ---------------------------------------------------------------------- */
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
static bool is_pushed_to(const struct standing_look *look)
{
    const struct step *step = look->step;
    return ((const struct given *)look->state)->push_pending ||
           (step && step->kind == STEP_CONFIGURE && step->via == CONFIGURE_PUSH &&
            (step->phone == STEP_ALL_PHONES || step->phone == look->phone));
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

static void check(const struct standing_look *look, const struct event *event)
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
    standing_report(look, &finding);
    give(given, asked); /* said once */
}

static void only_given_addresses(const struct standing_look *look, const struct event *event)
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
            check(look, event);
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
        check(look, event);
        break;
    }
}

const struct standing_row standing_only_given_addresses = {
    .events = 1U << EVENT_DHCP | 1U << EVENT_DNS | 1U << EVENT_ACTION | 1U << EVENT_ANSWER |
              1U << EVENT_HTTP_RESPONSE | 1U << EVENT_CONNECT | 1U << EVENT_TFTP,
    .state_bytes = sizeof(struct given),
    .begin = collect_literals,
    .on_event = only_given_addresses};
