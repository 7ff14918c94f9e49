/* SPDX-License-Identifier: MIT */
#include "harness/observe/event.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <stdio.h>

const char *const event_type_names[EVENT_TYPE_COUNT] = {
    [EVENT_ACTION] = "action",
    [EVENT_SETTING] = "setting",
    [EVENT_DHCP] = "dhcp",
    [EVENT_DNS] = "dns",
    [EVENT_CONNECT] = "connect",
    [EVENT_REFUSED] = "refused",
    [EVENT_TLS] = "tls",
    [EVENT_HTTP_REQUEST] = "http-request",
    [EVENT_HTTP_RESPONSE] = "http-response",
    [EVENT_TFTP] = "tftp",
    [EVENT_REQUEST] = "request",
    [EVENT_ANSWER] = "answer",
    [EVENT_PAGE] = "page",
    [EVENT_BOOT] = "boot",
    [EVENT_ATTEMPT] = "attempt",
    [EVENT_FAILED] = "failed",
    [EVENT_STATE] = "state",
    [EVENT_LAB_ERROR] = "lab-error",
    [EVENT_END] = "end",
};

const char *const event_server_names[EVENT_SERVER_NAMES] = {
    [EVENT_SERVER_NONE] = "none",           [EVENT_SERVER_EDOS] = "edos",
    [EVENT_SERVER_PROVISION] = "provision", [EVENT_SERVER_NAME] = "name",
    [EVENT_SERVER_OTHER] = "other",
};

const char *const event_action_names[EVENT_ACTION_NAMES] = {
    [ACTION_FACTORY_RESET] = "factory-reset", [ACTION_REBOOT] = "reboot",
    [ACTION_POWER_OFF] = "power-off",         [ACTION_POWER_ON] = "power-on",
    [ACTION_CONFIGURE] = "configure",
};

const char *const event_transport_names[EVENT_TRANSPORT_NAMES] = {
    [TRANSPORT_NONE] = "none", [TRANSPORT_HTTP] = "http", [TRANSPORT_HTTPS] = "https",
    [TRANSPORT_TFTP] = "tftp", [TRANSPORT_DNS] = "dns",
};

const char *const event_content_names[EVENT_CONTENT_NAMES] = {
    [CONTENT_NONE] = "none",   [CONTENT_PROFILE] = "profile", [CONTENT_CONFIG] = "config",
    [CONTENT_EMPTY] = "empty", [CONTENT_GARBAGE] = "garbage", [CONTENT_OTHER] = "other",
};

/* Events come from files too: an enum may hold anything. */
static const char *name_of(const char *const *names, size_t count, unsigned value)
{
    return value < count ? names[value] : "?";
}

static const char *server_text(const struct event *event)
{
    switch (event->server) {
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
    return name_of(customization_state_names, STATE_COUNT, (unsigned)state);
}

static void describe_peer(const struct event *event, struct buffer *buffer)
{
    char address[IPV4_TEXT_MAX];
    buffer_text(buffer, server_text(event));
    if (event->address)
        buffer_format(buffer, " (%s:%u)", ipv4_format(event->address, address),
                      (unsigned)event->port);
}

static void describe_action(const struct event *event, struct buffer *buffer)
{
    buffer_text(buffer, name_of(event_action_names, EVENT_ACTION_NAMES, event->action));
    if (event->action == ACTION_CONFIGURE)
        buffer_text(buffer, event->push ? " by a pushed config" : " by the web page");
    else if (event->page)
        buffer_text(buffer, " by the web page");
    if (event->aborts)
        buffer_text(buffer, " (Profile Rule or Proxy)");
    if (event->text)
        buffer_format(buffer, ": %s", event->text);
}

/* The codes that say something about provisioning; the others are on every message. */
static bool option_is_telling(uint8_t code)
{
    static const uint8_t telling[] = {66, 160, 159, 150, 60, 43, 125};
    for (size_t i = 0; i < sizeof telling; i++)
        if (telling[i] == code)
            return true;
    return false;
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
        buffer_format(buffer, " %s",
                      ipv4_format((uint32_t)value[at] << 24 | (uint32_t)value[at + 1] << 16 |
                                      (uint32_t)value[at + 2] << 8 | value[at + 3],
                                  text));
}

/* What the option says, where that is a text or a list of addresses. */
static void describe_value(uint8_t code, const uint8_t *value, size_t length, struct buffer *buffer)
{
    if (length > 0 && value[length - 1] == '\0') /* some servers end texts so */
        length--;
    if (code == DHCP_OPTION_TFTP_SERVER_ADDRESS && length % 4 == 0)
        describe_addresses(value, length, buffer);
    else if (code != DHCP_OPTION_TFTP_SERVER_ADDRESS && is_plain_text(value, length))
        buffer_format(buffer, " \"%.*s\"", (int)length, (const char *)value);
}

static void describe_options(const struct event *event, struct buffer *buffer)
{
    const char *separator = ", with option ";
    unsigned last = 0;
    for (size_t at = 0; at + 2 <= event->options_length;) {
        uint8_t code = event->options[at], length = event->options[at + 1];
        if (at + 2 + length > event->options_length)
            return;
        if (option_is_telling(code) && code != last) {
            buffer_format(buffer, "%s%u", separator, (unsigned)code);
            describe_value(code, event->options + at + 2, length, buffer);
            separator = ", ";
        }
        last = code;
        at += 2 + (size_t)length;
    }
}

/* Of the parameter request list, what could configure a phone. */
static void describe_asked(const struct event *event, struct buffer *buffer)
{
    const char *separator = ", asks for ";
    for (size_t at = 0; at + 2 <= event->options_length;) {
        uint8_t code = event->options[at], length = event->options[at + 1];
        if (at + 2 + length > event->options_length)
            return;
        for (size_t i = 0; code == DHCP_OPTION_PARAMETER_REQUEST_LIST && i < length; i++) {
            if (!option_is_telling(event->options[at + 2 + i]))
                continue;
            buffer_format(buffer, "%s%u", separator, (unsigned)event->options[at + 2 + i]);
            separator = " ";
        }
        at += 2 + (size_t)length;
    }
}

static void describe_lease(uint32_t lease_s, struct buffer *buffer)
{
    char text[DURATION_TEXT_MAX];
    if (lease_s == UINT32_MAX) /* RFC 2131, section 3.3: infinity */
        buffer_text(buffer, " for ever");
    else if (lease_s)
        buffer_format(buffer, " for %s", duration_format(lease_s * DURATION_S, text));
}

static void describe_dhcp(const struct event *event, struct buffer *buffer)
{
    char text[IPV4_TEXT_MAX];
    const char *name = dhcp_type_name((enum dhcp_type)event->dhcp_type);
    if (name)
        buffer_format(buffer, "DHCP %s", name);
    else
        buffer_format(buffer, "DHCP type %u", event->dhcp_type);
    if (event->address)
        buffer_format(buffer, " %s", ipv4_format(event->address, text));
    if (event->dhcp_type == DHCP_OFFER || event->dhcp_type == DHCP_ACK ||
        event->dhcp_type == DHCP_NAK) {
        if (event->server_address)
            buffer_format(buffer, " from %s", ipv4_format(event->server_address, text));
        describe_lease(event->lease_s, buffer);
    }
    describe_options(event, buffer);
    describe_asked(event, buffer);
}

static void describe_dns(const struct event *event, struct buffer *buffer)
{
    char text[IPV4_TEXT_MAX];
    const char *type = event->query_type == DNS_A      ? "A"
                       : event->query_type == DNS_AAAA ? "AAAA"
                       : event->query_type == DNS_SRV  ? "SRV"
                                                       : "?";
    buffer_format(buffer, "DNS %s %s %s", event->response ? "answer" : "question", type,
                  event->name ? event->name : "?");
    if (!event->response)
        return;
    const char *rcode = dns_rcode_name((uint8_t)event->status);
    if (event->status != DNS_NOERROR)
        buffer_format(buffer, ": %s", rcode ? rcode : "an error");
    else
        buffer_format(buffer, ": %s", event->address ? ipv4_format(event->address, text) : "none");
}

static void describe_http(const struct event *event, struct buffer *buffer)
{
    if (event->type == EVENT_HTTP_REQUEST) {
        buffer_format(buffer, "HTTP %s %s to ", event->method ? event->method : "?",
                      event->target ? event->target : "?");
        describe_peer(event, buffer);
        if (event->name)
            buffer_format(buffer, ", host %s", event->name);
        return;
    }
    buffer_format(buffer, "HTTP %u from ", event->status);
    describe_peer(event, buffer);
    if (event->redirect)
        buffer_format(buffer, ", to %s", event->redirect);
}

static void describe_tftp(const struct event *event, struct buffer *buffer)
{
    buffer_format(buffer, "TFTP %s %s ", event->method ? event->method : "?",
                  event->name ? event->name : "?");
    buffer_text(buffer, event->response ? "from " : "to ");
    describe_peer(event, buffer);
    if (event->method && event->method[0] == 'E')
        buffer_format(buffer, ": error %u", event->status);
    if (event->text)
        buffer_format(buffer, " \"%s\"", event->text);
}

static void describe_log(const struct event *event, struct buffer *buffer)
{
    buffer_format(buffer, "%s %s ", event->push ? "push server" : server_text(event),
                  event->type == EVENT_REQUEST ? "is asked" : "answers");
    buffer_format(buffer, "%s %s", event->method ? event->method : "?",
                  event->target ? event->target : "?");
    buffer_format(buffer, " (%s)",
                  name_of(event_transport_names, EVENT_TRANSPORT_NAMES, event->transport));
    if (event->type == EVENT_ANSWER) {
        buffer_format(buffer, ": %u, %s, %llu bytes%s", event->status,
                      name_of(event_content_names, EVENT_CONTENT_NAMES, event->content),
                      (unsigned long long)event->bytes, event->complete ? "" : ", cut short");
        if (event->redirect)
            buffer_format(buffer, ", to %s", event->redirect);
    }
    if (event->text)
        buffer_format(buffer, " [%s]", event->text);
    if (event->certificate)
        buffer_format(buffer, " by %s", event->certificate);
}

static void describe_tls(const struct event *event, struct buffer *buffer)
{
    if (event->response) {
        buffer_format(buffer, "%s at the TLS handshake: %s", server_text(event),
                      event->text ? event->text : "?");
        return;
    }
    buffer_format(buffer, "TLS hello, server name %s, to ", event->name ? event->name : "none");
    describe_peer(event, buffer);
}

static void describe_page(const struct event *event, struct buffer *buffer)
{
    if (event->status != 200) {
        if (event->status)
            buffer_format(buffer, "page answers %u", event->status);
        else
            buffer_text(buffer, "page does not answer");
        return;
    }
    buffer_format(buffer, "page shows %s", state_name(event->state));
}

static void describe_attempt(const struct event *event, struct buffer *buffer)
{
    char text[DURATION_TEXT_MAX];
    if (event->type == EVENT_FAILED) {
        buffer_format(buffer, "attempt at %s failed", server_text(event));
        if (event->text)
            buffer_format(buffer, ": %s", event->text);
        return;
    }
    buffer_format(buffer, "attempt at %s", server_text(event));
    if (event->last_sign_us && event->time_us >= event->last_sign_us) {
        /* To the millisecond, rounded: a minute less a microsecond is a minute to a person. */
        uint64_t gap_ms = (event->time_us - event->last_sign_us + DURATION_MS / 2) / DURATION_MS;
        buffer_format(buffer, ", %s after the last", duration_format(gap_ms * DURATION_MS, text));
    }
}

static void describe_boot(const struct event *event, struct buffer *buffer)
{
    buffer_text(buffer, "boots");
    if (event->action_known)
        buffer_format(buffer, " after %s",
                      name_of(event_action_names, EVENT_ACTION_NAMES, event->action));
    else
        buffer_text(buffer, " by itself");
}

static void describe_state(const struct event *event, struct buffer *buffer)
{
    buffer_format(buffer, "state %s", state_name(event->state));
    if (event->previous != STATE_UNKNOWN)
        buffer_format(buffer, ", was %s", state_name(event->previous));
    if ((unsigned)event->rule < RULE_COUNT)
        buffer_format(buffer, " (%s)", rules[event->rule].id);
}

static void describe_sentence(const struct event *event, struct buffer *buffer)
{
    switch (event->type) {
    case EVENT_SETTING:
        buffer_format(buffer, "%s is now set", event->name ? event->name : "something");
        break;
    case EVENT_LAB_ERROR:
        buffer_text(buffer, "lab error");
        break;
    default:
        buffer_text(buffer, "end");
    }
    if (event->text)
        buffer_format(buffer, ": %s", event->text);
}

void event_describe(const struct event *event, struct buffer *buffer)
{
    switch (event->type) {
    case EVENT_ACTION:
        describe_action(event, buffer);
        return;
    case EVENT_DHCP:
        describe_dhcp(event, buffer);
        return;
    case EVENT_DNS:
        describe_dns(event, buffer);
        return;
    case EVENT_CONNECT:
        buffer_text(buffer, "connects to ");
        describe_peer(event, buffer);
        return;
    case EVENT_REFUSED:
        buffer_text(buffer, "is refused by ");
        describe_peer(event, buffer);
        return;
    case EVENT_TLS:
        describe_tls(event, buffer);
        return;
    case EVENT_HTTP_REQUEST:
    case EVENT_HTTP_RESPONSE:
        describe_http(event, buffer);
        return;
    case EVENT_TFTP:
        describe_tftp(event, buffer);
        return;
    case EVENT_REQUEST:
    case EVENT_ANSWER:
        describe_log(event, buffer);
        return;
    case EVENT_PAGE:
        describe_page(event, buffer);
        return;
    case EVENT_BOOT:
        describe_boot(event, buffer);
        return;
    case EVENT_ATTEMPT:
    case EVENT_FAILED:
        describe_attempt(event, buffer);
        return;
    case EVENT_STATE:
        describe_state(event, buffer);
        return;
    case EVENT_SETTING:
    case EVENT_LAB_ERROR:
    case EVENT_END:
        describe_sentence(event, buffer);
        return;
    case EVENT_TYPE_COUNT:
        break;
    }
    buffer_text(buffer, "?");
}
