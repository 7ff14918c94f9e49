/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "harness/base/cursor.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <string.h>

enum {
    BOOTREQUEST = 1,
    BOOTREPLY = 2,
    BACKOFF_FIRST_S = 4,  /* RFC 2131 section 4.1: 4, 8, 16, 32, 64 s, each ±1 s */
    BACKOFF_VARIED_S = 3, /* or 4, or 5 */
    BACKOFF_DOUBLINGS_MAX = 4,
    REQUESTS_MAX = 4, /* after a minute without an answer it begins again */
    LEASE_SECONDS_MIN = 4,
    RENEW_RETRY_S = 60,  /* section 4.4.5 */
    RESTART_S_MAX = 10,  /* section 4.4.1: wait between one and ten seconds */
    DECLINE_WAIT_S = 10, /* section 3.1 */
    LEASE_INFINITE = -1,
    FLAG_BROADCAST = 0x8000,
    HARDWARE_ETHERNET = 1,
    IDENTIFIER_DUID = 255, /* RFC 4361 section 6.1 */
    DUID_LINK_LAYER = 3,   /* RFC 8415 section 11.4 */
    BROADBAND_FORUM = 3561,
    VENDOR_OUI = 1,
    VENDOR_SERIAL = 2,
    VENDOR_CLASS = 3,
    VENDOR_BYTES_MAX = 255,
    UNDERSTOOD_BYTES_MAX = 2048,
};
static const uint32_t broadcast_address = UINT32_MAX;
static const struct dhcp_policy sound_policy;
static const struct mac broadcast_mac = {{255, 255, 255, 255, 255, 255}};

/* --- what a server grants --------------------------------------------------------------------- */
const uint8_t dhcp_provisioning_options[DHCP_PROVISIONING_OPTIONS] = {
    DHCP_OPTION_TFTP_SERVER_NAME,
    DHCP_OPTION_160,
    DHCP_OPTION_159,
    DHCP_OPTION_TFTP_SERVER_ADDRESS,
    DHCP_OPTION_CLASS_IDENTIFIER,
    DHCP_OPTION_VENDOR_SPECIFIC,
    DHCP_OPTION_VENDOR_IDENTIFYING};

static size_t read_servers(const struct dhcp_message *message, uint8_t code,
                           uint32_t servers[DHCP_LEASE_SERVERS_MAX])
{
    struct dhcp_option_view view;
    struct cursor cursor;
    size_t count = 0;
    if (!dhcp_option_get(message, code, &view))
        return 0;
    cursor_init(&cursor, view.value, view.length);
    while (cursor_left(&cursor) >= 4 && count < DHCP_LEASE_SERVERS_MAX) {
        uint32_t address = cursor_be32(&cursor);
        if (address != 0)
            servers[count++] = address;
    }
    return count;
}

static void read_domain(const struct dhcp_message *message, char domain[DHCP_LEASE_DOMAIN_MAX])
{
    struct dhcp_option_view view;
    if (!dhcp_option_get(message, DHCP_OPTION_DOMAIN_NAME, &view) ||
        view.length >= DHCP_LEASE_DOMAIN_MAX)
        return;
    for (size_t i = 0; i < view.length; i++) {
        if (view.value[i] == '\0')
            view.length = i;
        else if (view.value[i] <= ' ' || view.value[i] > '~')
            return;
    }
    memcpy(domain, view.value, view.length);
    domain[view.length] = '\0';
}

/* What an ACK grants, but for the times. False: no address or no server in it. */
static bool read_lease(const struct dhcp_message *message, const struct mac *source_mac,
                       struct dhcp_lease *ret_lease)
{
    struct dhcp_option_view view;
    struct dhcp_lease lease = {.address = message->yiaddr};
    if (lease.address == 0 ||
        !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &lease.server))
        return false;
    if (!dhcp_option_ipv4(message, DHCP_OPTION_SUBNET_MASK, &lease.mask))
        lease.mask = UINT32_C(0xffffff00);
    dhcp_option_ipv4(message, DHCP_OPTION_ROUTER, &lease.router);
    lease.dns_count = read_servers(message, DHCP_OPTION_DOMAIN_NAME_SERVER, lease.dns);
    read_domain(message, lease.domain);
    if (source_mac && message->giaddr == 0)
        lease.server_mac = *source_mac; /* through a relay it would be the relay's */
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++) {
        struct dhcp_lease_option *option = &lease.options[i];
        if (!dhcp_option_get(message, dhcp_provisioning_options[i], &view) ||
            view.length > sizeof option->value)
            continue;
        option->present = true;
        option->length = view.length;
        memcpy(option->value, view.value, view.length);
    }
    *ret_lease = lease;
    return true;
}

const struct dhcp_lease_option *dhcp_lease_option(const struct dhcp_lease *lease, uint8_t code)
{
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++)
        if (dhcp_provisioning_options[i] == code && lease->options[i].present)
            return &lease->options[i];
    return NULL;
}

/* --- what it makes of a reply ----------------------------------------------------------------- */

/* The bytes behind the last whole option of the options field. */
static struct cursor broken_option(const struct dhcp_message *message)
{
    struct dhcp_walk walk;
    struct dhcp_item item;
    struct cursor rest;
    const uint8_t *end = message->options;
    dhcp_walk_vendor_specific(&walk, message->options, message->options_length);
    while (dhcp_walk_next(&walk, &item))
        end = item.value + item.length;
    cursor_init(&rest, end, message->options_length - (size_t)(end - message->options));
    return rest;
}

/* Whatever is there of an option that claims more. */
static void read_past(struct buffer *understood, const struct dhcp_message *message)
{
    struct cursor rest = broken_option(message);
    uint8_t code = cursor_u8(&rest);
    cursor_u8(&rest);
    size_t left = cursor_left(&rest) < UINT8_MAX ? cursor_left(&rest) : UINT8_MAX;
    const uint8_t *value = cursor_take(&rest, left);
    if (value)
        dhcp_encode_option(understood, code, value, left);
}

/* With a defect: the options as this client reads them take the place of those that there are. */
static void misread(struct dhcp_client *client, struct dhcp_message *message)
{
    const struct dhcp_policy *policy = client->config.policy;
    bool seen[UINT8_MAX + 1] = {false};
    struct dhcp_walk walk;
    struct dhcp_item item;
    buffer_clear(&client->understood);
    if (policy->ignores_overload)
        message->file = message->sname = NULL;
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item)) {
        if (!seen[item.code] || !policy->first_piece_only)
            dhcp_encode_option(&client->understood, item.code, item.value, item.length);
        seen[item.code] = true;
    }
    if (walk.failed && policy->reads_past_length)
        read_past(&client->understood, message);
    buffer_u8(&client->understood, DHCP_OPTION_END);
    message->options = client->understood.data;
    message->options_length = client->understood.length;
    message->file = message->sname = NULL;
}

/* False: it is broken, and ignored (RFC 2131 leaves a client nothing else). One without an end
 * option is whole. */
static bool understand(struct dhcp_client *client, struct dhcp_message *message)
{
    const struct dhcp_policy *policy = client->config.policy;
    enum dhcp_form form = dhcp_form(message);
    if ((form == DHCP_FORM_TRUNCATED && !policy->takes_truncated) ||
        (form == DHCP_FORM_BAD_LENGTH && !policy->reads_past_length) ||
        (form == DHCP_FORM_NO_END && client->config.variation->wants_end))
        return false;
    if (memcmp(policy, &sound_policy, sizeof sound_policy) != 0)
        misread(client, message);
    return !client->understood.failed;
}

/* --- what the client says of itself, and would like to know ---------------------------------- */
static void append_duid(struct buffer *message, const struct mac *mac)
{
    uint8_t identifier[1 + 4 + 2 + 2 + MAC_BYTES] = {
        IDENTIFIER_DUID, 0, 0, 0, 1, 0, DUID_LINK_LAYER, 0, HARDWARE_ETHERNET};
    memcpy(identifier + sizeof identifier - MAC_BYTES, mac->bytes, MAC_BYTES);
    dhcp_encode_option(message, DHCP_OPTION_CLIENT_IDENTIFIER, identifier, sizeof identifier);
}

/* Option 61, in every message. */
static void identify(struct buffer *message, const struct dhcp_client_config *config)
{
    uint8_t identifier[1 + MAC_BYTES] = {HARDWARE_ETHERNET};
    switch (config->variation->client_id) {
    case CLIENT_ID_ABSENT:
        break;
    case CLIENT_ID_DUID:
        append_duid(message, &config->mac);
        break;
    default:
        memcpy(identifier + 1, config->mac.bytes, MAC_BYTES);
        dhcp_encode_option(message, DHCP_OPTION_CLIENT_IDENTIFIER, identifier, sizeof identifier);
    }
}

static void append_text(struct buffer *message, uint8_t code, const char *text)
{
    if (text && text[0] != '\0')
        dhcp_encode_option(message, code, text, strlen(text));
}

static void append_part(struct buffer *data, uint8_t code, const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > UINT8_MAX)
        return;
    buffer_u8(data, code);
    buffer_u8(data, (uint8_t)length);
    buffer_append(data, text, length);
}

/* Option 125 as devices of the Broadband Forum send it: OUI, serial number, product class. */
static void append_vendor(struct buffer *message, const struct dhcp_client_config *config)
{
    const struct mac *mac = &config->mac;
    char oui[8];
    struct buffer data, option;
    snprintf(oui, sizeof oui, "%02X%02X%02X", mac->bytes[0], mac->bytes[1], mac->bytes[2]);
    buffer_init(&data, VENDOR_BYTES_MAX - 5);
    buffer_init(&option, VENDOR_BYTES_MAX);
    append_part(&data, VENDOR_OUI, oui);
    append_part(&data, VENDOR_SERIAL, config->serial ? config->serial : "");
    append_part(&data, VENDOR_CLASS, config->device_class ? config->device_class : "");
    buffer_be32(&option, BROADBAND_FORUM);
    buffer_u8(&option, (uint8_t)data.length);
    buffer_append(&option, data.data, data.length);
    if (!data.failed && !option.failed)
        dhcp_encode_option(message, DHCP_OPTION_VENDOR_IDENTIFYING, option.data, option.length);
    buffer_done(&data);
    buffer_done(&option);
}

size_t dhcp_client_wanted(const struct phone_variation *variation,
                          uint8_t codes[DHCP_CLIENT_OPTIONS_MAX])
{
    static const uint8_t usual[] = {
        DHCP_OPTION_SUBNET_MASK,       DHCP_OPTION_ROUTER,       DHCP_OPTION_DOMAIN_NAME_SERVER,
        DHCP_OPTION_DOMAIN_NAME,       DHCP_OPTION_NTP_SERVERS,  DHCP_OPTION_LEASE_TIME,
        DHCP_OPTION_SERVER_IDENTIFIER, DHCP_OPTION_RENEWAL_TIME, DHCP_OPTION_REBINDING_TIME};
    struct random_source random;
    size_t count = sizeof usual;
    memcpy(codes, usual, sizeof usual);
    memcpy(codes + count, dhcp_provisioning_options, DHCP_PROVISIONING_OPTIONS);
    count += DHCP_PROVISIONING_OPTIONS;
    for (size_t i = 0; i < VARIATION_EXTRA_OPTIONS_MAX && variation->option_55_extra[i]; i++)
        codes[count++] = variation->option_55_extra[i];
    if (variation->option_55_order != 0) {
        random_seed(&random, variation->option_55_order);
        random_shuffle(&random, codes, count, 1);
    }
    return count;
}

/* Options 57, 12, 60, 55 and 125, in DISCOVER and REQUEST. */
static void introduce(struct buffer *message, const struct dhcp_client_config *config)
{
    const uint8_t maximum[] = {DHCP_CLIENT_MESSAGE_MAX >> 8, DHCP_CLIENT_MESSAGE_MAX & 0xff};
    uint8_t wanted[DHCP_CLIENT_OPTIONS_MAX];
    size_t count = dhcp_client_wanted(config->variation, wanted);
    dhcp_encode_option(message, DHCP_OPTION_MAXIMUM_MESSAGE_SIZE, maximum, sizeof maximum);
    append_text(message, DHCP_OPTION_HOST_NAME, config->host_name);
    append_text(message, DHCP_OPTION_CLASS_IDENTIFIER, config->class_name);
    dhcp_encode_option(message, DHCP_OPTION_PARAMETER_REQUEST_LIST, wanted, count);
    if (config->variation->vendor_option)
        append_vendor(message, config);
}

/* --- life --- */
void dhcp_client_init(struct dhcp_client *client, const struct dhcp_client_config *config)
{
    *client = (struct dhcp_client){.config = *config, .deadline_us = UINT64_MAX};
    if (!config->variation)
        client->config.variation = &phone_variation_plain;
    if (!config->policy)
        client->config.policy = &sound_policy;
    buffer_init(&client->message, DHCP_CLIENT_MESSAGE_MAX);
    buffer_init(&client->understood, UNDERSTOOD_BYTES_MAX);
}

void dhcp_client_done(struct dhcp_client *client)
{
    buffer_done(&client->message);
    buffer_done(&client->understood);
}

bool dhcp_client_has_lease(const struct dhcp_client *client)
{
    return client->state == DHCP_CLIENT_BOUND || client->state == DHCP_CLIENT_RENEWING ||
           client->state == DHCP_CLIENT_REBINDING;
}

/* --- messages --------------------------------------------------------------------------------- */
static void begin_message(struct dhcp_client *client, enum dhcp_type type, uint64_t now_us,
                          uint32_t ciaddr)
{
    uint64_t seconds = (now_us - client->started_us) / DURATION_S;
    struct dhcp_message header = {
        .op = BOOTREQUEST,
        .xid = client->xid,
        .flags = client->config.variation->broadcast_flag ? FLAG_BROADCAST : 0,
        .secs = seconds < UINT16_MAX ? (uint16_t)seconds : UINT16_MAX,
        .ciaddr = ciaddr,
        .chaddr = client->config.mac,
    };
    buffer_clear(&client->message);
    dhcp_encode_header(&client->message, &header);
    dhcp_encode_u8(&client->message, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    identify(&client->message, &client->config);
}

static void hand_out(struct dhcp_client *client, uint32_t source, bool unicast)
{
    dhcp_encode_end(&client->message);
    if (client->message.failed)
        return; /* no memory: as if the message had been lost */
    client->output.send = true;
    client->output.bytes = client->message.data;
    client->output.length = client->message.length;
    client->output.source = source;
    client->output.destination = unicast ? client->lease.server : broadcast_address;
    client->output.destination_mac = unicast ? client->lease.server_mac : broadcast_mac;
}

static void send_discover(struct dhcp_client *client, uint64_t now_us)
{
    begin_message(client, DHCP_DISCOVER, now_us, 0);
    introduce(&client->message, &client->config);
    hand_out(client, 0, false);
}

/* REQUESTING names address and server, REBOOTING the address, RENEWING and REBINDING speak from the
 * address (RFC 2131 section 4.3.2). */
static void send_request(struct dhcp_client *client, uint64_t now_us)
{
    bool leased = dhcp_client_has_lease(client);
    client->requested_us = now_us;
    begin_message(client, DHCP_REQUEST, now_us, leased ? client->lease.address : 0);
    if (!leased)
        dhcp_encode_u32(&client->message, DHCP_OPTION_REQUESTED_ADDRESS,
                        client->state == DHCP_CLIENT_REBOOTING ? client->remembered_address
                                                               : client->offered_address);
    if (client->state == DHCP_CLIENT_REQUESTING)
        dhcp_encode_u32(&client->message, DHCP_OPTION_SERVER_IDENTIFIER, client->offered_server);
    introduce(&client->message, &client->config);
    hand_out(client, leased ? client->lease.address : 0, client->state == DHCP_CLIENT_RENEWING);
}

/* --- the state machine ------------------------------------------------------------------------ */
static void enter(struct dhcp_client *client, enum dhcp_client_state state)
{
    client->state = state;
    client->sent = 0;
}

static unsigned first_backoff_s(struct dhcp_client *client)
{
    bool varies = client->config.variation->retransmission_jitter;
    return varies ? BACKOFF_VARIED_S + (unsigned)random_below(&client->config.random, 3)
                  : (unsigned)BACKOFF_FIRST_S;
}

/* Sends what the state sends and arms its retransmission. */
static void transmit(struct dhcp_client *client, uint64_t now_us)
{
    unsigned doublings =
        client->sent < BACKOFF_DOUBLINGS_MAX ? client->sent : (unsigned)BACKOFF_DOUBLINGS_MAX;
    uint64_t delay_us = ((uint64_t)first_backoff_s(client) << doublings) * DURATION_S - DURATION_S +
                        random_below(&client->config.random, 2 * DURATION_S + 1);
    client->sent++;
    client->deadline_us = now_us + delay_us;
    if (client->state == DHCP_CLIENT_SELECTING)
        send_discover(client, now_us);
    else
        send_request(client, now_us);
}

static void begin_transaction(struct dhcp_client *client, uint64_t now_us)
{
    client->xid = random_u32(&client->config.random);
    client->started_us = now_us;
}

static void discover(struct dhcp_client *client, uint64_t now_us)
{
    begin_transaction(client, now_us);
    enter(client, DHCP_CLIENT_SELECTING);
    transmit(client, now_us);
}

static void lose(struct dhcp_client *client)
{
    if (dhcp_client_has_lease(client))
        client->output.change = DHCP_CLIENT_LOST;
    client->lease = (struct dhcp_lease){0};
    client->remembered_address = 0;
}

/* Begins again after a pause, so that a server that always refuses does not make a storm. */
static void restart_later(struct dhcp_client *client, uint64_t deadline_us)
{
    lose(client);
    enter(client, DHCP_CLIENT_INIT);
    client->deadline_us = deadline_us;
}

const struct dhcp_client_output *dhcp_client_start(struct dhcp_client *client, uint64_t now_us)
{
    client->output = (struct dhcp_client_output){0};
    client->lease = (struct dhcp_lease){0};
    if (client->remembered_address == 0) {
        discover(client, now_us);
        return &client->output;
    }
    begin_transaction(client, now_us);
    enter(client, DHCP_CLIENT_REBOOTING);
    transmit(client, now_us);
    return &client->output;
}

void dhcp_client_stop(struct dhcp_client *client)
{
    enter(client, DHCP_CLIENT_OFF);
    client->deadline_us = UINT64_MAX;
    client->lease = (struct dhcp_lease){0};
}

void dhcp_client_forget(struct dhcp_client *client)
{
    client->remembered_address = 0;
}

const struct dhcp_client_output *dhcp_client_release(struct dhcp_client *client, uint64_t now_us)
{
    client->output = (struct dhcp_client_output){0};
    if (dhcp_client_has_lease(client)) {
        begin_transaction(client, now_us);
        begin_message(client, DHCP_RELEASE, now_us, client->lease.address);
        dhcp_encode_u32(&client->message, DHCP_OPTION_SERVER_IDENTIFIER, client->lease.server);
        hand_out(client, client->lease.address, true);
    }
    dhcp_client_forget(client);
    dhcp_client_stop(client);
    return &client->output;
}

const struct dhcp_client_output *dhcp_client_conflict(struct dhcp_client *client, uint64_t now_us)
{
    client->output = (struct dhcp_client_output){0};
    if (!dhcp_client_has_lease(client))
        return &client->output;
    begin_transaction(client, now_us);
    begin_message(client, DHCP_DECLINE, now_us, 0);
    dhcp_encode_u32(&client->message, DHCP_OPTION_REQUESTED_ADDRESS, client->lease.address);
    dhcp_encode_u32(&client->message, DHCP_OPTION_SERVER_IDENTIFIER, client->lease.server);
    hand_out(client, 0, false);
    restart_later(client, now_us + DECLINE_WAIT_S * DURATION_S);
    return &client->output;
}

/* With a defect: what another server offers takes the place of what its own has given. */
static void mix(struct dhcp_client *client, const struct dhcp_message *message)
{
    struct dhcp_lease offered;
    if (!dhcp_client_has_lease(client) || !read_lease(message, NULL, &offered))
        return;
    memcpy(client->lease.options, offered.options, sizeof offered.options);
    client->output.change = DHCP_CLIENT_RENEWED;
}

static void take_offer(struct dhcp_client *client, uint64_t now_us,
                       const struct dhcp_message *message)
{
    uint32_t server;
    const struct dhcp_policy *policy = client->config.policy;
    bool missed = client->sent <= client->config.variation->discovers;
    bool selecting = client->state == DHCP_CLIENT_SELECTING && !missed;
    if (policy->mixes_offers)
        mix(client, message);
    if ((!selecting && !(policy->takes_late_offer && client->state == DHCP_CLIENT_BOUND)) ||
        message->yiaddr == 0 || !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &server))
        return;
    client->offered_address = message->yiaddr;
    client->offered_server = server;
    enter(client, DHCP_CLIENT_REQUESTING);
    transmit(client, now_us);
}

/* T1 and T2 as the server says if they make sense, else one half and seven eighths. */
static void set_times(struct dhcp_client *client, const struct dhcp_message *message,
                      uint32_t seconds)
{
    struct dhcp_lease *lease = &client->lease;
    uint32_t t1, t2;
    lease->bound_us = client->requested_us;
    if (seconds == (uint32_t)LEASE_INFINITE) {
        lease->renew_us = lease->rebind_us = lease->expire_us = UINT64_MAX;
        return;
    }
    if (seconds < LEASE_SECONDS_MIN)
        seconds = LEASE_SECONDS_MIN;
    uint64_t lease_us = seconds * DURATION_S, t1_us = lease_us / 2, t2_us = lease_us / 8 * 7;
    if (dhcp_option_u32(message, DHCP_OPTION_REBINDING_TIME, &t2) && t2 > 0 && t2 < seconds)
        t2_us = t2 * DURATION_S;
    if (dhcp_option_u32(message, DHCP_OPTION_RENEWAL_TIME, &t1) && t1 > 0)
        t1_us = t1 * DURATION_S;
    if (t1_us > lease_us / 100 * client->config.variation->renew_percent)
        t1_us = lease_us / 100 * client->config.variation->renew_percent;
    if (t1_us >= t2_us)
        t1_us = t2_us / 7 * 4;
    lease->renew_us = lease->bound_us + t1_us;
    lease->rebind_us = lease->bound_us + t2_us;
    lease->expire_us = lease->bound_us + lease_us;
}

static void take_ack(struct dhcp_client *client, const struct dhcp_message *message,
                     const struct mac *source_mac)
{
    struct dhcp_lease lease;
    uint32_t seconds;
    bool had_lease = dhcp_client_has_lease(client);
    bool any = client->config.policy->takes_any_ack;
    if (client->state == DHCP_CLIENT_SELECTING || (client->state == DHCP_CLIENT_BOUND && !any) ||
        !read_lease(message, source_mac, &lease) ||
        !dhcp_option_u32(message, DHCP_OPTION_LEASE_TIME, &seconds) ||
        (client->state == DHCP_CLIENT_REQUESTING && lease.server != client->offered_server && !any))
        return;
    client->output.change = had_lease && lease.address == client->lease.address
                                ? DHCP_CLIENT_RENEWED
                                : DHCP_CLIENT_LEASED;
    client->lease = lease;
    client->remembered_address = lease.address;
    set_times(client, message, seconds);
    enter(client, DHCP_CLIENT_BOUND);
    client->deadline_us = client->lease.renew_us;
}

static void take_nak(struct dhcp_client *client, uint64_t now_us,
                     const struct dhcp_message *message)
{
    uint32_t server;
    if (client->state == DHCP_CLIENT_SELECTING || client->state == DHCP_CLIENT_BOUND ||
        !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &server) ||
        (client->state == DHCP_CLIENT_REQUESTING && server != client->offered_server))
        return;
    uint64_t pause_us =
        DURATION_S + random_below(&client->config.random, (RESTART_S_MAX - 1) * DURATION_S + 1);
    restart_later(client, now_us + pause_us);
}

const struct dhcp_client_output *dhcp_client_receive(struct dhcp_client *client, uint64_t now_us,
                                                     const uint8_t *bytes, size_t length,
                                                     const struct mac *source_mac)
{
    struct dhcp_message message;
    client->output = (struct dhcp_client_output){0};
    if (client->state == DHCP_CLIENT_OFF || client->state == DHCP_CLIENT_INIT ||
        !dhcp_decode(bytes, length, &message) || message.op != BOOTREPLY ||
        message.xid != client->xid || !mac_equal(&message.chaddr, &client->config.mac) ||
        !understand(client, &message))
        return &client->output;
    if (message.type == DHCP_OFFER)
        take_offer(client, now_us, &message);
    else if (message.type == DHCP_ACK)
        take_ack(client, &message, source_mac);
    else if (message.type == DHCP_NAK)
        take_nak(client, now_us, &message);
    return &client->output;
}

/* Renews or rebinds: at most once a minute, at half of what is left until `end_us`. */
static void extend(struct dhcp_client *client, uint64_t now_us, uint64_t end_us)
{
    uint64_t half_us = (end_us - now_us) / 2;
    uint64_t pause_us = half_us > RENEW_RETRY_S * DURATION_S ? half_us : RENEW_RETRY_S * DURATION_S;
    client->sent++;
    client->deadline_us = end_us - now_us < pause_us ? end_us : now_us + pause_us;
    send_request(client, now_us);
}

static void lease_deadline(struct dhcp_client *client, uint64_t now_us)
{
    if (now_us >= client->lease.expire_us) {
        lose(client);
        discover(client, now_us);
        return;
    }
    bool rebind = now_us >= client->lease.rebind_us;
    if (client->state == DHCP_CLIENT_BOUND)
        begin_transaction(client, now_us);
    enum dhcp_client_state next = rebind ? DHCP_CLIENT_REBINDING : DHCP_CLIENT_RENEWING;
    if (client->state != next)
        enter(client, next);
    extend(client, now_us, rebind ? client->lease.expire_us : client->lease.rebind_us);
}

const struct dhcp_client_output *dhcp_client_deadline(struct dhcp_client *client, uint64_t now_us)
{
    client->output = (struct dhcp_client_output){0};
    if (now_us < client->deadline_us)
        return &client->output;
    switch (client->state) {
    case DHCP_CLIENT_OFF:
        break;
    case DHCP_CLIENT_INIT:
        discover(client, now_us);
        break;
    case DHCP_CLIENT_SELECTING:
        transmit(client, now_us);
        break;
    case DHCP_CLIENT_REQUESTING:
    case DHCP_CLIENT_REBOOTING:
        if (client->sent < REQUESTS_MAX) {
            transmit(client, now_us);
        } else {
            client->remembered_address = 0;
            discover(client, now_us);
        }
        break;
    case DHCP_CLIENT_BOUND:
    case DHCP_CLIENT_RENEWING:
    case DHCP_CLIENT_REBINDING:
        lease_deadline(client, now_us);
        break;
    }
    return &client->output;
}

uint64_t dhcp_client_next_deadline_us(const struct dhcp_client *client)
{
    return client->state == DHCP_CLIENT_OFF ? UINT64_MAX : client->deadline_us;
}
