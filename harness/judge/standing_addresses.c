/* SPDX-License-Identifier: MIT */
/* only-given-addresses: a phone asks servers of the lab, or what DHCP, DNS, a redirect or a text of
 * the scenario itself named (RC-PRE-3). */
#include "harness/judge/internal.h"
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_BYTES_MAX = 1 << 16,
    OPTION_ROUTER = 3,
    OPTION_NAME_SERVERS = 6,
    OPTION_TIME_SERVERS = 42,
    OPTION_SERVER_IDENTIFIER = 54,
    OPTION_TFTP_ADDRESSES = 150,
};

static bool holds(const struct standing_phone *given, uint32_t address)
{
    for (size_t i = 0; i < given->address_count; i++)
        if (given->addresses[i] == address)
            return true;
    return false;
}

static bool give(struct standing_phone *given, uint32_t address)
{
    if (address == 0 || holds(given, address))
        return true;
    if (given->address_count == JUDGE_ADDRESSES_MAX) {
        given->addresses_cut = true; /* no phone is blamed for what was forgotten */
        return true;
    }
    if (given->address_count == given->address_capacity) {
        size_t capacity = given->address_capacity ? 2 * given->address_capacity : 8;
        uint32_t *grown = realloc(given->addresses, capacity * sizeof *grown);
        if (!grown)
            return false;
        given->addresses = grown;
        given->address_capacity = capacity;
    }
    given->addresses[given->address_count++] = address;
    return true;
}

/* Every dotted quad within bytes that may be a URL, a list, or anything. */
static bool give_literals(struct standing_phone *given, const uint8_t *bytes, size_t length)
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
            if (ipv4_parse(text, &address) && !give(given, address))
                return false;
        }
        i += run ? run : 1;
    }
    return true;
}

static bool give_text(const struct judge *judge, struct standing_phone *given, const char *text)
{
    if (!text)
        return true;
    struct buffer expanded;
    buffer_init(&expanded, JUDGE_EXPANDED_MAX);
    bool fits = !judge_expand(judge, text, &expanded) ||
                give_literals(given, expanded.data, expanded.length);
    buffer_done(&expanded);
    return fits;
}

/* --- what the scenario names ----------------------------------------------------------------- */
static bool give_parameters(const struct judge *judge, struct standing_phone *given,
                            const struct parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!give_text(judge, given, parameters[i].value))
            return false;
    return true;
}

static bool give_behaviours(const struct judge *judge, struct standing_phone *given,
                            const struct behaviour_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct behaviour *item = &list->items[i];
        if (!give_parameters(judge, given, item->parameters, item->parameter_count) ||
            !give_parameters(judge, given, item->headers, item->header_count) ||
            !give_text(judge, given, item->redirect) ||
            !give_literals(given, item->body, item->body ? item->body_length : 0))
            return false;
    }
    return true;
}

bool standing_collect_literals(struct judge *judge)
{
    const struct scenario *scenario = judge->scenario;
    struct standing_phone *given = &judge->literals;
    bool fits =
        give_behaviours(judge, given, &scenario->edos) &&
        give_behaviours(judge, given, &scenario->provision) &&
        give_parameters(judge, given, scenario->phone_parameters, scenario->phone_parameter_count);
    for (size_t i = 0; fits && i < scenario->step_count; i++)
        fits = give_behaviours(judge, given, &scenario->steps[i].behaviours) &&
               give_parameters(judge, given, scenario->steps[i].set, scenario->steps[i].set_count);
    for (size_t i = 0; fits && i < SUBSTITUTE_COUNT; i++)
        fits = !judge->values[i] ||
               give_literals(given, (const uint8_t *)judge->values[i], strlen(judge->values[i]));
    return fits;
}

/* --- what the wire names -----------------------------------------------------------------------
 */
static bool is_list_of_addresses(uint8_t code)
{
    return code == OPTION_ROUTER || code == OPTION_NAME_SERVERS || code == OPTION_TIME_SERVERS ||
           code == OPTION_SERVER_IDENTIFIER || code == OPTION_TFTP_ADDRESSES;
}

static bool give_option(struct standing_phone *given, const struct event *event, uint8_t code)
{
    struct buffer value;
    bool fits = true;
    buffer_init(&value, OPTION_BYTES_MAX);
    if (dhcp_event_option(event, code, &value)) {
        for (size_t i = 0; fits && is_list_of_addresses(code) && i + 4 <= value.length; i += 4)
            fits = give(given, (uint32_t)value.data[i] << 24 | (uint32_t)value.data[i + 1] << 16 |
                                   (uint32_t)value.data[i + 2] << 8 | value.data[i + 3]);
        fits = fits && give_literals(given, value.data, value.length);
    }
    buffer_done(&value);
    return fits;
}

static bool learn_dhcp(struct standing_phone *given, const struct event *event)
{
    static const uint8_t codes[] = {OPTION_ROUTER,
                                    OPTION_NAME_SERVERS,
                                    OPTION_TIME_SERVERS,
                                    OPTION_SERVER_IDENTIFIER,
                                    OPTION_TFTP_ADDRESSES,
                                    43,
                                    60,
                                    66,
                                    67,
                                    125,
                                    159,
                                    160};
    enum { OFFER = 2, ACK = 5 };
    if (event->dhcp.type != OFFER && event->dhcp.type != ACK)
        return true;
    bool fits = give(given, event->dhcp.server_address);
    for (size_t i = 0; fits && i < sizeof codes / sizeof codes[0]; i++)
        fits = give_option(given, event, codes[i]);
    return fits;
}

/* A pushed config comes from wherever the harness told the phone to get it; the action may stand on
 * the timeline behind what it set off. */
static bool is_pushed_to(const struct judge *judge, int phone)
{
    const struct step *step = judge_current_step(judge);
    return judge->standing[phone].push_pending ||
           (step && step->kind == STEP_CONFIGURE && step->via == CONFIGURE_PUSH &&
            step_concerns(step, phone));
}

static void take_push(struct standing_phone *given, bool answered)
{
    bool *mark = answered ? &given->push_answered : &given->push_pending;
    bool *other = answered ? &given->push_pending : &given->push_answered;
    if (*other)
        *other = false;
    else
        *mark = true;
}

/* address: of the server asked. */
static bool check(struct judge *judge, const struct event *event, uint32_t address)
{
    struct standing_phone *given = &judge->standing[event->phone];
    if (address == 0 || event_server(event) != EVENT_SERVER_OTHER || holds(given, address) ||
        holds(&judge->literals, address) || given->addresses_cut || judge->literals.addresses_cut)
        return true;
    char text[IPV4_TEXT_MAX];
    if (is_pushed_to(judge, event->phone))
        return give(given, address);
    struct finding finding;
    finding_init(&finding);
    finding.at = (struct sighting){event->time_us, event->number, event->frame};
    buffer_text(&finding.expected, "the phone to ask only addresses that it was given");
    buffer_format(&finding.seen, "%s to %s",
                  event->type == EVENT_DNS    ? "a DNS question"
                  : event->type == EVENT_TFTP ? "a TFTP request"
                                              : "a connection",
                  ipv4_format(address, text));
    finding_rule(&finding, RULE_PRE_3);
    standing_report(judge, STANDING_ONLY_GIVEN_ADDRESSES, event->phone, &finding);
    finding_done(&finding);
    return give(given, address); /* said once */
}

bool standing_addresses(struct judge *judge, const struct event *event)
{
    struct standing_phone *given = &judge->standing[event->phone];
    switch (event->type) {
    case EVENT_DHCP:
        return learn_dhcp(given, event);
    case EVENT_DNS:
        return event->dns.response ? give(given, event->dns.address)
                                   : check(judge, event, event->dns.address);
    case EVENT_ACTION:
        if (event->action.what == ACTION_CONFIGURE && event->action.by_push)
            take_push(given, false);
        return true;
    case EVENT_ANSWER:
        if (event->answer.push)
            take_push(given, true);
        return give_text(judge, given, event->answer.location);
    case EVENT_HTTP_RESPONSE:
        return give_text(judge, given, event->http_response.location);
    case EVENT_CONNECT:
    case EVENT_TFTP:
        return check(judge, event, event_peer(event)->address);
    default:
        return true;
    }
}
