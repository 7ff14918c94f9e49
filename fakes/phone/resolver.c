/* SPDX-License-Identifier: MIT */
#include "fakes/phone/resolver.h"
#include "harness/base/address.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void settle(struct resolver *resolver, enum resolver_state state)
{
    resolver->state = state;
    resolver->deadline_us = UINT64_MAX;
}

static void fail(struct resolver *resolver, const char *text)
{
    snprintf(resolver->failure, sizeof resolver->failure, "%s", text);
    settle(resolver, RESOLVER_FAILED);
}

/* --- questions -------------------------------------------------------------------------------- */
/* False: such a name cannot be asked for. */
static bool send_question(const struct resolver *resolver, const struct phone_network *network,
                          uint32_t server, uint16_t type)
{
    struct dns_message message = {.id = resolver->id, .type = type};
    struct buffer bytes;
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    memcpy(message.name, resolver->name, sizeof message.name);
    if (type == DNS_AAAA)
        message.id++;
    bool encoded = dns_encode(&bytes, &message);
    if (encoded)
        phone_actions_put(network->actions, &(const struct phone_action){.kind = PHONE_SEND_DNS,
                                                                         .destination = server,
                                                                         .bytes = bytes.data,
                                                                         .length = bytes.length});
    buffer_done(&bytes);
    return encoded;
}

/* Nobody waits for the answer about IPv6: there is none here, and a phone would not use it. */
static void ask(struct resolver *resolver, const struct phone_network *network, uint64_t now_us)
{
    enum variation_aaaa aaaa =
        resolver->type == DNS_A ? network->policy->variation.aaaa : AAAA_NEVER;
    uint32_t server = resolver->servers[resolver->asked++ % resolver->server_count];
    if (aaaa == AAAA_BEFORE)
        send_question(resolver, network, server, DNS_AAAA);
    if (!send_question(resolver, network, server, resolver->type)) {
        fail(resolver, "no valid host name");
        return;
    }
    if (aaaa == AAAA_AFTER)
        send_question(resolver, network, server, DNS_AAAA);
    resolver->deadline_us = now_us + RESOLVER_TIMEOUT_US;
}

/* Two at a time: the one behind is for the question about IPv6. */
static uint16_t next_id(struct phone_network *network)
{
    if (network->policy->variation.dns_id == DNS_ID_COUNTING)
        return network->last_question_id = (uint16_t)(network->last_question_id + 2);
    return (uint16_t)random_u32(network->random);
}

static void start(struct resolver *resolver, struct phone_network *network, uint64_t now_us,
                  const char *name, uint16_t type)
{
    const uint32_t *own = &network->policy->name_server;
    const uint32_t *servers = *own ? own : network->lease->dns;
    size_t length = strlen(name), server_count = *own ? 1 : network->lease->dns_count;
    *resolver = (struct resolver){
        .state = RESOLVER_ASKING, .type = type, .id = next_id(network), .deadline_us = UINT64_MAX};
    if (type == DNS_A && ipv4_parse(name, &resolver->address)) {
        settle(resolver, RESOLVER_FOUND);
        return;
    }
    if (length == 0 || length >= sizeof resolver->name) {
        fail(resolver, "no valid host name");
        return;
    }
    memcpy(resolver->name, name, length + 1);
    for (size_t i = 0; i < server_count && resolver->server_count < RESOLVER_SERVERS_MAX; i++)
        if (servers[i] != 0)
            resolver->servers[resolver->server_count++] = servers[i];
    if (resolver->server_count == 0)
        fail(resolver, "no name server");
    else
        ask(resolver, network, now_us);
}

void resolver_start(struct resolver *resolver, struct phone_network *network, uint64_t now_us,
                    const char *name)
{
    start(resolver, network, now_us, name, DNS_A);
}

void resolver_start_service(struct resolver *resolver, struct phone_network *network,
                            uint64_t now_us, const char *name)
{
    start(resolver, network, now_us, name, DNS_SRV);
}

/* --- answers ---------------------------------------------------------------------------------- */
static bool answers(const struct resolver *resolver, uint32_t source,
                    const struct dns_message *message)
{
    bool known = false;
    for (size_t i = 0; i < resolver->server_count && i < resolver->asked; i++)
        known = known || resolver->servers[i] == source;
    size_t length = strlen(resolver->name);
    if (length > 0 && resolver->name[length - 1] == '.')
        length--; /* decoded names have no final dot */
    return known && message->response && message->id == resolver->id &&
           message->type == resolver->type && strlen(message->name) == length &&
           strncasecmp(message->name, resolver->name, length) == 0;
}

bool resolver_is_ours(const struct resolver *resolver, uint32_t source, const uint8_t *bytes,
                      size_t length)
{
    struct dns_message message;
    return dns_decode(bytes, length, &message) && answers(resolver, source, &message);
}

/* One that has the address: any other is known to have failed to whoever looks at the wire. */
static bool misses(const struct resolver *resolver, const struct phone_network *network,
                   const struct dns_message *message)
{
    return network->policy->variation.dns_answer_lost && !resolver->missed &&
           message->address_count > 0;
}

bool resolver_receive(struct resolver *resolver, const struct phone_network *network,
                      uint64_t now_us, uint32_t source, const uint8_t *bytes, size_t length)
{
    struct dns_message message;
    if (resolver->state != RESOLVER_ASKING || !dns_decode(bytes, length, &message) ||
        !answers(resolver, source, &message))
        return false;
    if (misses(resolver, network, &message)) {
        resolver->missed = true;
        resolver->deadline_us = now_us + RESOLVER_ASK_AGAIN_US;
        return false;
    }
    if (message.rcode != DNS_NOERROR) {
        const char *name = dns_rcode_name(message.rcode);
        fail(resolver, name ? name : "refused by the name server");
        return true;
    }
    if (resolver->type == DNS_SRV) {
        const struct dns_service *service = dns_first_service(&message);
        if (service)
            resolver->service = *service;
        if (service)
            settle(resolver, RESOLVER_FOUND);
        else
            fail(resolver, "the name has no service");
        return true;
    }
    if (message.address_count == 0 || message.addresses[0] == 0) {
        fail(resolver, "the name has no address");
        return true;
    }
    resolver->address = message.addresses[0];
    settle(resolver, RESOLVER_FOUND);
    if (network->policy->variation.aaaa != AAAA_NEVER) {
        resolver->state = RESOLVER_ANSWERED;
        resolver->deadline_us = now_us + RESOLVER_MORE_ANSWERS_US;
    }
    return resolver->state == RESOLVER_FOUND;
}

bool resolver_deadline(struct resolver *resolver, const struct phone_network *network,
                       uint64_t now_us)
{
    if (now_us < resolver_next_deadline_us(resolver))
        return false;
    if (resolver->state == RESOLVER_ANSWERED)
        settle(resolver, RESOLVER_FOUND);
    else if (resolver->asked >= RESOLVER_QUESTIONS_MAX)
        fail(resolver, "no answer from the name server");
    else
        ask(resolver, network, now_us);
    return resolver->state != RESOLVER_ASKING;
}

void resolver_cancel(struct resolver *resolver)
{
    settle(resolver, RESOLVER_IDLE);
}

uint64_t resolver_next_deadline_us(const struct resolver *resolver)
{
    bool waits = resolver->state == RESOLVER_ASKING || resolver->state == RESOLVER_ANSWERED;
    return waits ? resolver->deadline_us : UINT64_MAX;
}
