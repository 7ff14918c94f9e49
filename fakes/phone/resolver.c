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

static void ask(struct resolver *resolver, uint64_t now_us, struct resolver_question *question)
{
    struct dns_message message = {.id = resolver->id, .type = DNS_A};
    memcpy(message.name, resolver->name, sizeof message.name);
    if (!dns_encode(question->bytes, &message)) {
        buffer_clear(question->bytes);
        fail(resolver, "no valid host name");
        return;
    }
    question->server = resolver->servers[resolver->asked++ % resolver->server_count];
    resolver->deadline_us = now_us + RESOLVER_TIMEOUT_US;
}

void resolver_start(struct resolver *resolver, uint64_t now_us, const char *name,
                    const uint32_t *servers, size_t server_count, uint16_t id,
                    struct resolver_question *question)
{
    *resolver = (struct resolver){.state = RESOLVER_ASKING, .deadline_us = UINT64_MAX};
    buffer_clear(question->bytes);
    size_t length = strlen(name);
    if (ipv4_parse(name, &resolver->address)) {
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
    if (resolver->server_count == 0) {
        fail(resolver, "no name server");
        return;
    }
    resolver->id = id;
    ask(resolver, now_us, question);
}

static bool is_ours(const struct resolver *resolver, uint32_t source,
                    const struct dns_message *message)
{
    bool known = false;
    for (size_t i = 0; i < resolver->server_count && i < resolver->asked; i++)
        known = known || resolver->servers[i] == source;
    size_t length = strlen(resolver->name);
    if (length > 0 && resolver->name[length - 1] == '.')
        length--; /* decoded names have no final dot */
    return known && message->response && message->id == resolver->id && message->type == DNS_A &&
           strlen(message->name) == length &&
           strncasecmp(message->name, resolver->name, length) == 0;
}

bool resolver_receive(struct resolver *resolver, uint32_t source, const uint8_t *bytes,
                      size_t length)
{
    struct dns_message message;
    if (resolver->state != RESOLVER_ASKING || !dns_decode(bytes, length, &message) ||
        !is_ours(resolver, source, &message))
        return false;
    if (message.rcode != DNS_NOERROR) {
        const char *name = dns_rcode_name(message.rcode);
        fail(resolver, name ? name : "refused by the name server");
    } else if (message.address_count == 0 || message.addresses[0] == 0) {
        fail(resolver, "the name has no address");
    } else {
        resolver->address = message.addresses[0];
        settle(resolver, RESOLVER_FOUND);
    }
    return true;
}

bool resolver_deadline(struct resolver *resolver, uint64_t now_us,
                       struct resolver_question *question)
{
    buffer_clear(question->bytes);
    if (resolver->state != RESOLVER_ASKING || now_us < resolver->deadline_us)
        return false;
    if (resolver->asked >= RESOLVER_QUESTIONS_MAX)
        fail(resolver, "no answer from the name server");
    else
        ask(resolver, now_us, question);
    return resolver->state == RESOLVER_FAILED;
}

void resolver_cancel(struct resolver *resolver)
{
    settle(resolver, RESOLVER_IDLE);
}

uint64_t resolver_next_deadline_us(const struct resolver *resolver)
{
    return resolver->state == RESOLVER_ASKING ? resolver->deadline_us : UINT64_MAX;
}
