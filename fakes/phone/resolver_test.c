/* SPDX-License-Identifier: MIT */
#include "fakes/phone/resolver.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_phone_resolver(void);

#define SERVER UINT32_C(0x0a000001)

struct bench {
    struct resolver resolver;
    struct random_source random;
    struct phone_actions actions;
    struct dhcp_lease lease;
    struct phone_policy policy;
    struct phone_network network;
    struct phone_action question; /* the latest; length 0 = none */
};

static void take_question(struct bench *bench)
{
    bench->question.length = 0;
    phone_actions_take(&bench->actions, &bench->question);
    CU_ASSERT_EQUAL(bench->actions.count, 0);
}

static void begin(struct bench *bench, const char *name, const uint32_t *servers, size_t count)
{
    memset(bench, 0, sizeof *bench);
    random_seed(&bench->random, 5);
    for (size_t i = 0; i < count; i++)
        bench->lease.dns[bench->lease.dns_count++] = servers[i];
    bench->network = (struct phone_network){.actions = &bench->actions,
                                            .random = &bench->random,
                                            .lease = &bench->lease,
                                            .policy = &bench->policy};
    resolver_start(&bench->resolver, &bench->network, 1000, name);
    take_question(bench);
}

static bool deadline(struct bench *bench, uint64_t now_us)
{
    bool changed = resolver_deadline(&bench->resolver, &bench->network, now_us);
    take_question(bench);
    return changed;
}

static bool answer(struct bench *bench, uint32_t source, uint8_t rcode, uint32_t address,
                   const char *name, uint16_t id_change)
{
    struct buffer bytes;
    struct dns_message message = {.id = (uint16_t)(bench->resolver.id + id_change),
                                  .response = true,
                                  .rcode = rcode,
                                  .type = DNS_A,
                                  .addresses = {address},
                                  .address_count = address ? 1 : 0};
    memcpy(message.name, name, strlen(name) + 1);
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    CU_ASSERT_TRUE(dns_encode(&bytes, &message));
    bool changed =
        resolver_receive(&bench->resolver, &bench->network, 2000, source, bytes.data, bytes.length);
    buffer_done(&bytes);
    return changed;
}

static void found(void)
{
    struct bench bench;
    uint32_t server = SERVER;
    begin(&bench, "H.Test", &server, 1);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_ASKING);
    CU_ASSERT_EQUAL(bench.question.destination, SERVER);
    CU_ASSERT_TRUE(bench.question.length > 0);
    CU_ASSERT_FALSE(answer(&bench, SERVER + 1, DNS_NOERROR, 7, "h.test", 0));
    CU_ASSERT_FALSE(answer(&bench, SERVER, DNS_NOERROR, 7, "h.test", 1));
    CU_ASSERT_FALSE(answer(&bench, SERVER, DNS_NOERROR, 7, "other.test", 0));
    CU_ASSERT_FALSE(
        resolver_receive(&bench.resolver, &bench.network, 2000, SERVER, (const uint8_t *)"x", 1));
    CU_ASSERT_TRUE(answer(&bench, SERVER, DNS_NOERROR, 7, "h.test", 0));
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FOUND);
    CU_ASSERT_EQUAL(bench.resolver.address, 7);
    CU_ASSERT_EQUAL(resolver_next_deadline_us(&bench.resolver), UINT64_MAX);
    CU_ASSERT_FALSE(answer(&bench, SERVER, DNS_NOERROR, 8, "h.test", 0));
    phone_actions_done(&bench.actions);
}

static void refused(void)
{
    static const struct {
        uint8_t rcode;
        const char *failure;
    } cases[] = {{DNS_NXDOMAIN, "nxdomain"},
                 {DNS_SERVFAIL, "servfail"},
                 {DNS_NOERROR, "the name has no address"},
                 {14, "refused by the name server"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        uint32_t server = SERVER;
        begin(&bench, "h.test", &server, 1);
        CU_ASSERT_TRUE(answer(&bench, SERVER, cases[i].rcode, 0, "h.test", 0));
        CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
        CU_ASSERT_STRING_EQUAL(bench.resolver.failure, cases[i].failure);
        phone_actions_done(&bench.actions);
    }
}

static void silence(void)
{
    struct bench bench;
    const uint32_t servers[] = {SERVER, SERVER + 1};
    begin(&bench, "h.test", servers, 2);
    uint64_t now_us = 1000;
    uint8_t first[DNS_MESSAGE_MAX];
    size_t length = bench.question.length;
    memcpy(first, bench.question.bytes, length);
    CU_ASSERT_FALSE(deadline(&bench, now_us + 1));
    CU_ASSERT_EQUAL(bench.question.length, 0); /* not yet */
    for (unsigned i = 1; i <= 2; i++) {
        CU_ASSERT_EQUAL(resolver_next_deadline_us(&bench.resolver), now_us + 5 * DURATION_S);
        now_us += 5 * DURATION_S;
        CU_ASSERT_FALSE(deadline(&bench, now_us));
        CU_ASSERT_EQUAL(bench.question.destination, servers[i % 2]);
        CU_ASSERT_EQUAL_FATAL(bench.question.length, length);
        CU_ASSERT_EQUAL(memcmp(bench.question.bytes, first, length), 0); /* the same question */
    }
    now_us += 5 * DURATION_S;
    CU_ASSERT_TRUE(deadline(&bench, now_us));
    CU_ASSERT_EQUAL(now_us, 1000 + 15 * DURATION_S);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
    CU_ASSERT_EQUAL(bench.question.length, 0);
    CU_ASSERT_FALSE(answer(&bench, SERVER, DNS_NOERROR, 7, "h.test", 0)); /* too late */
    phone_actions_done(&bench.actions);
}

static void nothing_to_ask(void)
{
    struct bench bench;
    uint32_t server = SERVER, none = 0;
    begin(&bench, "10.1.2.3", NULL, 0);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FOUND);
    CU_ASSERT_EQUAL(bench.resolver.address, 0x0a010203);
    begin(&bench, "h.test", NULL, 0);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
    begin(&bench, "h.test", &none, 1);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
    begin(&bench, "bad..name", &server, 1);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
    CU_ASSERT_EQUAL(bench.question.length, 0);
    phone_actions_done(&bench.actions);
    begin(&bench, "", &server, 1);
    CU_ASSERT_EQUAL(bench.resolver.state, RESOLVER_FAILED);
    begin(&bench, "h.test", &server, 1);
    resolver_cancel(&bench.resolver);
    CU_ASSERT_EQUAL(resolver_next_deadline_us(&bench.resolver), UINT64_MAX);
    phone_actions_done(&bench.actions);
}

void tests_fakes_phone_resolver(void)
{
    TEST_SUITE("phone/resolver", {"an answer among strangers", found},
               {"answers that are none", refused}, {"silence", silence},
               {"nothing to ask", nothing_to_ask});
}
