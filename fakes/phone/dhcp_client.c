/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/dhcp_client_options.h"
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
};
static const uint32_t broadcast_address = UINT32_MAX;
static const struct mac broadcast_mac = {{255, 255, 255, 255, 255, 255}};

void dhcp_client_init(struct dhcp_client *client, const struct dhcp_client_config *config)
{
    *client = (struct dhcp_client){.config = *config, .deadline_us = UINT64_MAX};
    if (!config->variation)
        client->config.variation = &phone_variation_plain;
    buffer_init(&client->message, DHCP_CLIENT_MESSAGE_MAX);
}

void dhcp_client_done(struct dhcp_client *client)
{
    buffer_done(&client->message);
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
        .flags = dhcp_client_options_flags(client->config.variation),
        .secs = seconds < UINT16_MAX ? (uint16_t)seconds : UINT16_MAX,
        .ciaddr = ciaddr,
        .chaddr = client->config.mac,
    };
    buffer_clear(&client->message);
    dhcp_encode_header(&client->message, &header);
    dhcp_encode_u8(&client->message, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    dhcp_client_options_identify(&client->message, &client->config);
}

static void hand_out(struct dhcp_client *client, uint32_t source, bool unicast,
                     struct dhcp_client_output *out)
{
    dhcp_encode_end(&client->message);
    if (client->message.failed)
        return; /* no memory: as if the message had been lost */
    out->send = true;
    out->bytes = client->message.data;
    out->length = client->message.length;
    out->source = source;
    out->destination = unicast ? client->lease.server : broadcast_address;
    out->destination_mac = unicast ? client->lease.server_mac : broadcast_mac;
}

static void send_discover(struct dhcp_client *client, uint64_t now_us,
                          struct dhcp_client_output *out)
{
    begin_message(client, DHCP_DISCOVER, now_us, 0);
    dhcp_client_options_append(&client->message, &client->config);
    hand_out(client, 0, false, out);
}

/* REQUESTING names address and server, REBOOTING the address, RENEWING and REBINDING speak from the
 * address (RFC 2131 section 4.3.2). */
static void send_request(struct dhcp_client *client, uint64_t now_us,
                         struct dhcp_client_output *out)
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
    dhcp_client_options_append(&client->message, &client->config);
    hand_out(client, leased ? client->lease.address : 0, client->state == DHCP_CLIENT_RENEWING,
             out);
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
static void transmit(struct dhcp_client *client, uint64_t now_us, struct dhcp_client_output *out)
{
    unsigned doublings =
        client->sent < BACKOFF_DOUBLINGS_MAX ? client->sent : (unsigned)BACKOFF_DOUBLINGS_MAX;
    uint64_t delay_us = ((uint64_t)first_backoff_s(client) << doublings) * DURATION_S - DURATION_S +
                        random_below(&client->config.random, 2 * DURATION_S + 1);
    client->sent++;
    client->deadline_us = now_us + delay_us;
    if (client->state == DHCP_CLIENT_SELECTING)
        send_discover(client, now_us, out);
    else
        send_request(client, now_us, out);
}

static void begin_transaction(struct dhcp_client *client, uint64_t now_us)
{
    client->xid = random_u32(&client->config.random);
    client->started_us = now_us;
}

static void discover(struct dhcp_client *client, uint64_t now_us, struct dhcp_client_output *out)
{
    begin_transaction(client, now_us);
    enter(client, DHCP_CLIENT_SELECTING);
    transmit(client, now_us, out);
}

static void lose(struct dhcp_client *client, struct dhcp_client_output *out)
{
    if (dhcp_client_has_lease(client))
        out->change = DHCP_CLIENT_LOST;
    client->lease = (struct dhcp_lease){0};
    client->remembered_address = 0;
}

/* Begins again after a pause, so that a server that always refuses does not make a storm. */
static void restart_later(struct dhcp_client *client, uint64_t deadline_us,
                          struct dhcp_client_output *out)
{
    lose(client, out);
    enter(client, DHCP_CLIENT_INIT);
    client->deadline_us = deadline_us;
}

void dhcp_client_start(struct dhcp_client *client, uint64_t now_us, struct dhcp_client_output *out)
{
    *out = (struct dhcp_client_output){0};
    client->lease = (struct dhcp_lease){0};
    if (client->remembered_address == 0) {
        discover(client, now_us, out);
        return;
    }
    begin_transaction(client, now_us);
    enter(client, DHCP_CLIENT_REBOOTING);
    transmit(client, now_us, out);
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

void dhcp_client_release(struct dhcp_client *client, uint64_t now_us,
                         struct dhcp_client_output *out)
{
    *out = (struct dhcp_client_output){0};
    if (dhcp_client_has_lease(client)) {
        begin_transaction(client, now_us);
        begin_message(client, DHCP_RELEASE, now_us, client->lease.address);
        dhcp_encode_u32(&client->message, DHCP_OPTION_SERVER_IDENTIFIER, client->lease.server);
        hand_out(client, client->lease.address, true, out);
    }
    dhcp_client_forget(client);
    dhcp_client_stop(client);
}

void dhcp_client_conflict(struct dhcp_client *client, uint64_t now_us,
                          struct dhcp_client_output *out)
{
    *out = (struct dhcp_client_output){0};
    if (!dhcp_client_has_lease(client))
        return;
    begin_transaction(client, now_us);
    begin_message(client, DHCP_DECLINE, now_us, 0);
    dhcp_encode_u32(&client->message, DHCP_OPTION_REQUESTED_ADDRESS, client->lease.address);
    dhcp_encode_u32(&client->message, DHCP_OPTION_SERVER_IDENTIFIER, client->lease.server);
    hand_out(client, 0, false, out);
    restart_later(client, now_us + DECLINE_WAIT_S * DURATION_S, out);
}

static void take_offer(struct dhcp_client *client, uint64_t now_us,
                       const struct dhcp_message *message, struct dhcp_client_output *out)
{
    uint32_t server;
    bool missed = client->sent <= client->config.variation->discovers;
    if (client->state != DHCP_CLIENT_SELECTING || missed || message->yiaddr == 0 ||
        !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &server))
        return;
    client->offered_address = message->yiaddr;
    client->offered_server = server;
    enter(client, DHCP_CLIENT_REQUESTING);
    transmit(client, now_us, out);
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
                     const struct mac *source_mac, struct dhcp_client_output *out)
{
    struct dhcp_lease lease;
    uint32_t seconds;
    bool had_lease = dhcp_client_has_lease(client);
    if (client->state == DHCP_CLIENT_SELECTING || client->state == DHCP_CLIENT_BOUND ||
        !dhcp_lease_read(message, source_mac, &lease) ||
        !dhcp_option_u32(message, DHCP_OPTION_LEASE_TIME, &seconds) ||
        (client->state == DHCP_CLIENT_REQUESTING && lease.server != client->offered_server))
        return;
    out->change = had_lease && lease.address == client->lease.address ? DHCP_CLIENT_RENEWED
                                                                      : DHCP_CLIENT_LEASED;
    client->lease = lease;
    client->remembered_address = lease.address;
    set_times(client, message, seconds);
    enter(client, DHCP_CLIENT_BOUND);
    client->deadline_us = client->lease.renew_us;
}

static void take_nak(struct dhcp_client *client, uint64_t now_us,
                     const struct dhcp_message *message, struct dhcp_client_output *out)
{
    uint32_t server;
    if (client->state == DHCP_CLIENT_SELECTING || client->state == DHCP_CLIENT_BOUND ||
        !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &server) ||
        (client->state == DHCP_CLIENT_REQUESTING && server != client->offered_server))
        return;
    uint64_t pause_us =
        DURATION_S + random_below(&client->config.random, (RESTART_S_MAX - 1) * DURATION_S + 1);
    restart_later(client, now_us + pause_us, out);
}

void dhcp_client_receive(struct dhcp_client *client, uint64_t now_us, const uint8_t *bytes,
                         size_t length, const struct mac *source_mac,
                         struct dhcp_client_output *out)
{
    struct dhcp_message message;
    *out = (struct dhcp_client_output){0};
    if (client->state == DHCP_CLIENT_OFF || client->state == DHCP_CLIENT_INIT ||
        !dhcp_decode(bytes, length, &message) || message.op != BOOTREPLY ||
        message.xid != client->xid || !mac_equal(&message.chaddr, &client->config.mac))
        return;
    if (message.type == DHCP_OFFER)
        take_offer(client, now_us, &message, out);
    else if (message.type == DHCP_ACK)
        take_ack(client, &message, source_mac, out);
    else if (message.type == DHCP_NAK)
        take_nak(client, now_us, &message, out);
}

/* Renews or rebinds: at most once a minute, at half of what is left until `end_us`. */
static void extend(struct dhcp_client *client, uint64_t now_us, uint64_t end_us,
                   struct dhcp_client_output *out)
{
    uint64_t half_us = (end_us - now_us) / 2;
    uint64_t pause_us = half_us > RENEW_RETRY_S * DURATION_S ? half_us : RENEW_RETRY_S * DURATION_S;
    client->sent++;
    client->deadline_us = end_us - now_us < pause_us ? end_us : now_us + pause_us;
    send_request(client, now_us, out);
}

static void lease_deadline(struct dhcp_client *client, uint64_t now_us,
                           struct dhcp_client_output *out)
{
    if (now_us >= client->lease.expire_us) {
        lose(client, out);
        discover(client, now_us, out);
        return;
    }
    bool rebind = now_us >= client->lease.rebind_us;
    if (client->state == DHCP_CLIENT_BOUND)
        begin_transaction(client, now_us);
    enum dhcp_client_state next = rebind ? DHCP_CLIENT_REBINDING : DHCP_CLIENT_RENEWING;
    if (client->state != next)
        enter(client, next);
    extend(client, now_us, rebind ? client->lease.expire_us : client->lease.rebind_us, out);
}

void dhcp_client_deadline(struct dhcp_client *client, uint64_t now_us,
                          struct dhcp_client_output *out)
{
    *out = (struct dhcp_client_output){0};
    if (now_us < client->deadline_us)
        return;
    switch (client->state) {
    case DHCP_CLIENT_OFF:
        break;
    case DHCP_CLIENT_INIT:
        discover(client, now_us, out);
        break;
    case DHCP_CLIENT_SELECTING:
        transmit(client, now_us, out);
        break;
    case DHCP_CLIENT_REQUESTING:
    case DHCP_CLIENT_REBOOTING:
        if (client->sent < REQUESTS_MAX) {
            transmit(client, now_us, out);
        } else {
            client->remembered_address = 0;
            discover(client, now_us, out);
        }
        break;
    case DHCP_CLIENT_BOUND:
    case DHCP_CLIENT_RENEWING:
    case DHCP_CLIENT_REBINDING:
        lease_deadline(client, now_us, out);
        break;
    }
}

uint64_t dhcp_client_next_deadline_us(const struct dhcp_client *client)
{
    return client->state == DHCP_CLIENT_OFF ? UINT64_MAX : client->deadline_us;
}
