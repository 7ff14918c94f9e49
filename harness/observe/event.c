/* SPDX-License-Identifier: MIT */
#include "harness/observe/event.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <stdio.h>

#define TYPE_NAME(type, name, member) [EVENT_##type] = name,
const char *const event_type_names[EVENT_TYPE_COUNT] = {EVENT_TYPES(TYPE_NAME)};

const char *const event_server_names[EVENT_SERVER_COUNT] = {
    [EVENT_SERVER_NONE] = "none",           [EVENT_SERVER_EDOS] = "edos",
    [EVENT_SERVER_PROVISION] = "provision", [EVENT_SERVER_NAME] = "name",
    [EVENT_SERVER_OTHER] = "other",
};

const char *const event_action_names[ACTION_COUNT] = {
    [ACTION_FACTORY_RESET] = "factory-reset", [ACTION_REBOOT] = "reboot",
    [ACTION_POWER_OFF] = "power-off",         [ACTION_POWER_ON] = "power-on",
    [ACTION_CONFIGURE] = "configure",
};

const char *const event_transport_names[TRANSPORT_COUNT] = {
    [TRANSPORT_NONE] = "none", [TRANSPORT_HTTP] = "http", [TRANSPORT_HTTPS] = "https",
    [TRANSPORT_TFTP] = "tftp", [TRANSPORT_DNS] = "dns",
};

const char *const event_content_names[CONTENT_COUNT] = {
    [CONTENT_NONE] = "none",   [CONTENT_PROFILE] = "profile", [CONTENT_CONFIG] = "config",
    [CONTENT_EMPTY] = "empty", [CONTENT_GARBAGE] = "garbage", [CONTENT_OTHER] = "other",
};

const char *const event_tftp_packet_names[TFTP_PACKET_COUNT] = {[TFTP_PACKET_RRQ] = "RRQ",
                                                                [TFTP_PACKET_ERROR] = "ERROR",
                                                                [TFTP_PACKET_ACK] = "ACK",
                                                                [TFTP_PACKET_DATA] = "DATA"};

/* --- of a step -------------------------------------------------------------------------------- */

bool event_action_of_step(enum step_kind kind, enum event_action *ret_action)
{
    static const enum event_action actions[] = {[STEP_FACTORY_RESET] = ACTION_FACTORY_RESET,
                                                [STEP_REBOOT] = ACTION_REBOOT,
                                                [STEP_POWER_OFF] = ACTION_POWER_OFF,
                                                [STEP_POWER_ON] = ACTION_POWER_ON,
                                                [STEP_CONFIGURE] = ACTION_CONFIGURE};
    if ((size_t)kind >= sizeof actions / sizeof actions[0])
        return false;
    *ret_action = actions[kind];
    return true;
}

struct event event_of_action(const struct step *step, int phone, bool by_page)
{
    struct event event = {.type = EVENT_ACTION, .phone = phone, .action.by_page = by_page};
    event_action_of_step(step->kind, &event.action.what);
    if (step->kind != STEP_CONFIGURE)
        return event;
    event.action.by_push = step->via == CONFIGURE_PUSH;
    for (size_t i = 0; i < step->set_count; i++)
        if (vendor_parameter_aborts(vendor_default(), step->set[i].name))
            event.action.aborts = true;
    return event;
}

/* --- a line for a person --- */

/* Events come from files too: an enum may hold anything. */
static const char *name_of(const char *const *names, size_t count, unsigned value)
{
    return value < count ? names[value] : "?";
}

static const char *server_text(enum event_server server)
{
    switch (server) {
    case EVENT_SERVER_EDOS:
        return "EDOS";
    case EVENT_SERVER_PROVISION:
        return "the provisioning server";
    case EVENT_SERVER_NAME:
        return "the name server";
    case EVENT_SERVER_NONE:
        return "the phone";
    case EVENT_SERVER_OTHER:
        break;
    }
    return "another server";
}

static const char *state_name(enum customization_state state)
{
    return name_of(vendor_default()->state_names, STATE_COUNT, (unsigned)state);
}

static void describe_peer(const struct event_peer *peer, struct buffer *buffer)
{
    char address[IPV4_TEXT_MAX];
    buffer_text(buffer, server_text(peer->server));
    if (!peer->address)
        return;
    buffer_texts(buffer, " (", ipv4_format(peer->address, address), ":", NULL);
    buffer_number(buffer, peer->port);
    buffer_u8(buffer, ')');
}

static void describe_action(const struct action_event *action, struct buffer *buffer)
{
    buffer_text(buffer, name_of(event_action_names, ACTION_COUNT, action->what));
    if (action->what == ACTION_CONFIGURE)
        buffer_text(buffer, action->by_push ? " by a pushed config" : " by the web page");
    else if (action->by_page)
        buffer_text(buffer, " by the web page");
    if (action->aborts)
        buffer_format(buffer, " (%s)", vendor_default()->aborting);
    if (action->text)
        buffer_format(buffer, ": %s", action->text);
}

/* Whether it says something about provisioning; the others are on every message. */
static bool option_is_telling(uint8_t code)
{
    return vendor_option_find(vendor_default(), code) != NULL;
}

/* Option values are outside bytes: shown only when they are plain text. */
static bool is_plain_text(const uint8_t *value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (value[i] < 0x20 || value[i] > 0x7e)
            return false;
    return length > 0;
}

static void describe_addresses(const uint8_t *value, size_t length, struct buffer *buffer)
{
    char text[IPV4_TEXT_MAX];
    for (size_t at = 0; at + 4 <= length; at += 4)
        buffer_texts(buffer, " ",
                     ipv4_format((uint32_t)value[at] << 24 | (uint32_t)value[at + 1] << 16 |
                                     (uint32_t)value[at + 2] << 8 | value[at + 3],
                                 text),
                     NULL);
}

static void describe_text(const uint8_t *text, size_t length, struct buffer *buffer)
{
    buffer_text(buffer, " \"");
    buffer_append(buffer, text, length);
    buffer_u8(buffer, '"');
}

/* What the option says, where that is a text or a list of addresses. */
static void describe_value(const struct dhcp_item *item, struct buffer *buffer)
{
    size_t length = item->length;
    if (length > 0 && item->value[length - 1] == '\0') /* some servers end texts so */
        length--;
    bool addresses =
        vendor_option_find(vendor_default(), item->code)->form == VENDOR_OPTION_ADDRESSES;
    if (addresses && length % 4 == 0)
        describe_addresses(item->value, length, buffer);
    else if (!addresses && is_plain_text(item->value, length))
        describe_text(item->value, length, buffer);
}

/* Of a long one only the first piece. */
static void describe_options(const struct event_options *options, struct buffer *buffer)
{
    const char *separator = ", with option ";
    int last = -1;
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_area(&walk, options->bytes, options->length);
    for (; dhcp_walk_next(&walk, &item); last = item.code) {
        if (!option_is_telling(item.code) || item.code == last)
            continue;
        buffer_text(buffer, separator);
        buffer_number(buffer, item.code);
        describe_value(&item, buffer);
        separator = ", ";
    }
}

/* Of the parameter request list, what could configure a phone. */
static void describe_asked(const struct event_options *options, struct buffer *buffer)
{
    const char *separator = ", asks for ";
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_area(&walk, options->bytes, options->length);
    while (dhcp_walk_next(&walk, &item)) {
        for (size_t i = 0; item.code == DHCP_OPTION_PARAMETER_REQUEST_LIST && i < item.length;
             i++) {
            if (!option_is_telling(item.value[i]))
                continue;
            buffer_text(buffer, separator);
            buffer_number(buffer, item.value[i]);
            separator = " ";
        }
    }
}

static void describe_lease(uint32_t lease_s, struct buffer *buffer)
{
    char text[DURATION_TEXT_MAX];
    if (lease_s == UINT32_MAX) /* RFC 2131, section 3.3: infinity */
        buffer_text(buffer, " for ever");
    else if (lease_s)
        buffer_texts(buffer, " for ", duration_format(lease_s * DURATION_S, text), NULL);
}

static void describe_dhcp(const struct dhcp_event *dhcp, struct buffer *buffer)
{
    char text[IPV4_TEXT_MAX];
    const char *name = dhcp_type_name((enum dhcp_type)dhcp->type);
    if (name)
        buffer_texts(buffer, "DHCP ", name, NULL);
    else
        buffer_format(buffer, "DHCP type %u", dhcp->type);
    if (dhcp->address)
        buffer_texts(buffer, " ", ipv4_format(dhcp->address, text), NULL);
    if (dhcp->type == DHCP_OFFER || dhcp->type == DHCP_ACK || dhcp->type == DHCP_NAK) {
        if (dhcp->server_address)
            buffer_texts(buffer, " from ", ipv4_format(dhcp->server_address, text), NULL);
        describe_lease(dhcp->lease_s, buffer);
    }
    if (dhcp->unasked)
        buffer_text(buffer, ", whom it did not ask");
    if (dhcp->malformed)
        buffer_format(buffer, ", malformed (%s)", dhcp->malformed);
    describe_options(&dhcp->options, buffer);
    describe_asked(&dhcp->options, buffer);
}

static void describe_dns(const struct dns_event *dns, struct buffer *buffer)
{
    char text[IPV4_TEXT_MAX];
    const char *type = dns->query_type == DNS_A      ? "A"
                       : dns->query_type == DNS_AAAA ? "AAAA"
                       : dns->query_type == DNS_SRV  ? "SRV"
                                                     : "?";
    buffer_texts(buffer, "DNS ", dns->response ? "answer" : "question", " ", type, " ",
                 dns->question ? dns->question : "?", NULL);
    if (!dns->response)
        return;
    const char *rcode = dns_rcode_name((uint8_t)dns->rcode);
    if (dns->rcode != DNS_NOERROR)
        buffer_texts(buffer, ": ", rcode ? rcode : "an error", NULL);
    else if (dns->target)
        buffer_format(buffer, ": %s port %u", dns->target, dns->target_port);
    else
        buffer_texts(buffer, ": ", dns->address ? ipv4_format(dns->address, text) : "none", NULL);
}

static void describe_http_request(const struct http_request_event *request, struct buffer *buffer)
{
    buffer_texts(buffer, "HTTP ", request->method ? request->method : "?", " ",
                 request->target ? request->target : "?", " to ", NULL);
    describe_peer(&request->peer, buffer);
    if (request->host)
        buffer_texts(buffer, ", host ", request->host, NULL);
}

static void describe_http_response(const struct http_response_event *response,
                                   struct buffer *buffer)
{
    buffer_text(buffer, "HTTP ");
    buffer_number(buffer, response->status);
    buffer_text(buffer, " from ");
    describe_peer(&response->peer, buffer);
    if (response->location)
        buffer_texts(buffer, ", to ", response->location, NULL);
    if (response->encoding)
        buffer_texts(buffer, ", ", response->encoding, NULL);
    if (response->challenge)
        buffer_texts(buffer, ", asks who it is (", response->challenge, ")", NULL);
    if (response->framing)
        buffer_texts(buffer, ", ", response->framing, NULL);
}

static void describe_tftp(const struct tftp_event *tftp, struct buffer *buffer)
{
    buffer_texts(buffer, "TFTP ", name_of(event_tftp_packet_names, TFTP_PACKET_COUNT, tftp->packet),
                 " ", tftp->file ? tftp->file : "?", tftp->from_server ? " from " : " to ", NULL);
    describe_peer(&tftp->peer, buffer);
    if (tftp->packet == TFTP_PACKET_ERROR)
        buffer_format(buffer, ": error %u", tftp->error);
    if (tftp->disorder)
        buffer_format(buffer, ": block %llu, %s", (unsigned long long)tftp->block, tftp->disorder);
    if (tftp->message)
        buffer_format(buffer, " \"%s\"", tftp->message);
}

/* "EDOS is asked GET /rc (https)", as fakes log it. */
static void describe_exchange(const struct event_peer *peer, bool push, const char *verb,
                              const char *method, const char *target, struct buffer *buffer)
{
    buffer_format(buffer, "%s %s %s %s (%s)", push ? "push server" : server_text(peer->server),
                  verb, method ? method : "?", target ? target : "?",
                  name_of(event_transport_names, TRANSPORT_COUNT, peer->transport));
}

static void describe_request(const struct request_event *request, struct buffer *buffer)
{
    describe_exchange(&request->peer, request->push, "is asked", request->method, request->target,
                      buffer);
    if (request->behaviour)
        buffer_format(buffer, " [%s]", request->behaviour);
    if (request->certificate)
        buffer_format(buffer, " by %s", request->certificate);
}

static void describe_answer(const struct answer_event *answer, struct buffer *buffer)
{
    describe_exchange(&answer->peer, answer->push, "answers", answer->method, answer->target,
                      buffer);
    buffer_format(buffer, ": %u, %s, %llu bytes%s", answer->status,
                  name_of(event_content_names, CONTENT_COUNT, answer->content),
                  (unsigned long long)answer->bytes, answer->complete ? "" : ", cut short");
    if (answer->location)
        buffer_format(buffer, ", to %s", answer->location);
    if (answer->behaviour)
        buffer_format(buffer, " [%s]", answer->behaviour);
}

static void describe_tls(const struct tls_event *tls, struct buffer *buffer)
{
    if (tls->response) {
        buffer_format(buffer, "%s at the TLS handshake: %s", server_text(tls->peer.server),
                      tls->fault ? tls->fault : "?");
        return;
    }
    buffer_texts(buffer, "TLS hello, server name ", tls->server_name ? tls->server_name : "none",
                 ", to ", NULL);
    describe_peer(&tls->peer, buffer);
}

static void describe_page(const struct page_event *page, struct buffer *buffer)
{
    if (page->status != 200) {
        if (page->status)
            buffer_format(buffer, "page answers %u", page->status);
        else
            buffer_text(buffer, "page does not answer");
        return;
    }
    buffer_format(buffer, "page shows %s", state_name(page->state));
}

static void describe_attempt(const struct attempt_event *attempt, uint64_t time_us,
                             struct buffer *buffer)
{
    char text[DURATION_TEXT_MAX];
    buffer_texts(buffer, "attempt at ", server_text(attempt->peer.server), NULL);
    if (attempt->last_sign_us && time_us >= attempt->last_sign_us) {
        /* To the millisecond, rounded: a minute less a microsecond is a minute to a person. */
        uint64_t gap_ms = (time_us - attempt->last_sign_us + DURATION_MS / 2) / DURATION_MS;
        buffer_texts(buffer, ", ", duration_format(gap_ms * DURATION_MS, text), " after the last",
                     NULL);
    }
}

static void describe_sentence(const char *what, const char *text, struct buffer *buffer)
{
    buffer_text(buffer, what);
    if (text)
        buffer_texts(buffer, ": ", text, NULL);
}

static void describe_boot(const struct boot_event *boot, struct buffer *buffer)
{
    buffer_text(buffer, "boots");
    if (boot->action_known)
        buffer_format(buffer, " after %s", name_of(event_action_names, ACTION_COUNT, boot->action));
    else
        buffer_text(buffer, " by itself");
}

static void describe_state(const struct state_event *state, struct buffer *buffer)
{
    buffer_format(buffer, "state %s", state_name(state->state));
    if (state->previous != STATE_UNKNOWN)
        buffer_format(buffer, ", was %s", state_name(state->previous));
    if ((unsigned)state->rule < RULE_COUNT)
        buffer_format(buffer, " (%s)", vendor_rule(vendor_default(), state->rule)->id);
}

static void describe_conflict(const struct conflict_event *conflict, struct buffer *buffer)
{
    char address[IPV4_TEXT_MAX], owner[MAC_TEXT_MAX];
    buffer_format(buffer, "its address %s is used by %s", ipv4_format(conflict->address, address),
                  mac_format(&conflict->owner, owner));
}

void event_describe(const struct event *event, struct buffer *buffer)
{
    switch (event->type) {
    case EVENT_ACTION:
        describe_action(&event->action, buffer);
        return;
    case EVENT_SETTING:
        buffer_text(buffer, name_of(setting_names, SETTING_KINDS, event->setting.what));
        describe_sentence(" is now set", event->setting.text, buffer);
        return;
    case EVENT_DHCP:
        describe_dhcp(&event->dhcp, buffer);
        return;
    case EVENT_DNS:
        describe_dns(&event->dns, buffer);
        return;
    case EVENT_CONFLICT:
        describe_conflict(&event->conflict, buffer);
        return;
    case EVENT_CONNECT:
        buffer_text(buffer, "connects to ");
        describe_peer(&event->connection.peer, buffer);
        return;
    case EVENT_LOST:
        buffer_format(buffer, "the line lost a frame %s the phone: %s",
                      event->lost.to_phone ? "to" : "from",
                      event->lost.what ? event->lost.what : "of some kind");
        return;
    case EVENT_CARRIER:
        buffer_text(buffer,
                    event->carrier.present ? "its cable is in again" : "its cable is pulled");
        return;
    case EVENT_REFUSED:
        buffer_text(buffer, "is refused by ");
        describe_peer(&event->connection.peer, buffer);
        return;
    case EVENT_TLS:
        describe_tls(&event->tls, buffer);
        return;
    case EVENT_HTTP_REQUEST:
        describe_http_request(&event->http_request, buffer);
        return;
    case EVENT_HTTP_RESPONSE:
        describe_http_response(&event->http_response, buffer);
        return;
    case EVENT_TFTP:
        describe_tftp(&event->tftp, buffer);
        return;
    case EVENT_REQUEST:
        describe_request(&event->request, buffer);
        return;
    case EVENT_ANSWER:
        describe_answer(&event->answer, buffer);
        return;
    case EVENT_PAGE:
        describe_page(&event->page, buffer);
        return;
    case EVENT_BOOT:
        describe_boot(&event->boot, buffer);
        return;
    case EVENT_ATTEMPT:
        describe_attempt(&event->attempt, event->time_us, buffer);
        return;
    case EVENT_FAILED:
        buffer_texts(buffer, "attempt at ", server_text(event->failed.peer.server), " failed",
                     NULL);
        describe_sentence("", event->failed.reason, buffer);
        return;
    case EVENT_STATE:
        describe_state(&event->state, buffer);
        return;
    case EVENT_LAB_ERROR:
        describe_sentence("lab error", event->note.text, buffer);
        return;
    case EVENT_END:
        describe_sentence("end", event->note.text, buffer);
        return;
    case EVENT_TYPE_COUNT:
        break;
    }
    buffer_text(buffer, "?");
}
