/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case dhcp_cases[] = {
    {GIVEN("dhcp: "), {"2:9: found nothing"}},
    {GIVEN("dhcp: {}"),
     {"2:15: expected what the DHCP server does (offer, answer, …), found an empty map"}},
    {GIVEN("dhcp: {ofer: {}}"), {"2:16: found `ofer`; did you mean `offer`?"}},
    {GIVEN("dhcp: {answer: nevr}"), {"2:24: found `nevr`; did you mean `never`?"}},
    {GIVEN("dhcp: {answer: {dela: 3s}}"),
     {"2:25: expected a key of an answer (delay, malformed), found `dela`; did you mean `delay`?"}},
    {GIVEN("dhcp: {answer: {}}"),
     {"2:24: expected either `delay:` or `malformed:` in an answer, found an empty map"}},
    {GIVEN("dhcp: {answer: {delay: 1s, malformed: no-end}}"),
     {"2:24: expected either `delay:` or `malformed:` in an answer"}},
    {GIVEN("dhcp: {answer: {malformed: truncate}}"),
     {"2:36: found `truncate`; did you mean `truncated`?"}},
    {GIVEN("dhcp: {answer: \"{malformed: no-end}\"}"), {"2:24: found `{malformed: no-end}`"}},
    {GIVEN("dhcp: {answer: {delay: 0}}"), {"2:32: expected a duration above 0, found `0`"}},
    {GIVEN("dhcp: {answer: [x]}"), {"2:24: found a list"}},
    {GIVEN("dhcp: {lease: 1m}"), {"2:23: expected a duration of at least 2m, found `1m`"}},
    {GIVEN("dhcp: {lease: 119s}"), {"2:23: expected a duration of at least 2m, found `119s`"}},
    {GIVEN("dhcp: {lease: 3600}"),
     {"2:23: expected a duration such as 500ms, 90s or 1h30m, found `3600`; did you mean "
      "`3600s`?"}},
    {GIVEN("dhcp: {lease: 2m500ms}"), {"2:23: expected a lease of whole seconds, found `2m500ms`"}},
    {GIVEN("dhcp: {lease: 11000d}"),
     {"2:23: expected a duration such as 500ms, 90s or 1h30m, found `11000d`"}},
    {GIVEN("dhcp: {domain: a..b}"),
     {"2:24: expected a domain name such as example.net (\"\" for none), found `a..b`"}},
    {GIVEN("dhcp: {domain: -x}"),
     {"2:24: expected a domain name such as example.net (\"\" for none), found `-x`"}},
    {GIVEN("dhcp: {domain: x-}"),
     {"2:24: expected a domain name such as example.net (\"\" for none), found `x-`"}},
    {GIVEN("dhcp: {domain: a_b}"),
     {"2:24: expected a domain name such as example.net (\"\" for none), found `a_b`"}},
    {GIVEN("dhcp: {domain: a.}"),
     {"2:24: expected a domain name such as example.net (\"\" for none), found `a.`"}},
    {GIVEN("dhcp: {domain: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"),
     {"2:24: found `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`"}},
    {GIVEN("dhcp: {domain: }"),
     {"2:16: expected a domain name such as example.net (\"\" for none), found nothing"}},
    {GIVEN("dhcp: {only-if-asked: yes}"),
     {"2:31: expected true or false, found `yes`; did you mean `true`?"}},
    {GIVEN("dhcp: {only-if-asked: ture}"),
     {"2:31: expected true or false, found `ture`; did you mean `true`?"}},
    {GIVEN("dhcp: {conflict: yes}"),
     {"2:26: expected true or false, found `yes`; did you mean `true`?"}},
    {GIVEN("dhcp: {rogue: true}"),
     {"2:23: expected a rogue server such as {offer: {66: …}, delay: 2s}, or `none`, found "
      "`true`"}},
    {GIVEN("dhcp: {rogue: nnoe}"), {"2:23: found `nnoe`; did you mean `none`?"}},
    {GIVEN("dhcp: {rogue: [none]}"), {"2:23: found a list"}},
    {GIVEN("dhcp: {rogue: {}}"), {"2:23: expected `offer:` in a rogue server, found no such key"}},
    {GIVEN("dhcp: {rogue: {delay: 2s}}"),
     {"2:23: expected `offer:` in a rogue server, found no such key"}},
    {GIVEN("dhcp: {rogue: {offer: {}, dely: 2s}}"),
     {"2:35: expected a key of a rogue server (offer, delay), found `dely`; did you mean "
      "`delay`?"}},
    {GIVEN("dhcp: {rogue: {offer: {67: x}}}"),
     {"2:32: expected a DHCP option that configures phones"}},
    {GIVEN("dhcp: {rogue: {offer: {}, delay: 2}}"),
     {"2:42: expected a duration such as 500ms, 90s or 1h30m, found `2`; did you mean `2s`?"}},
    {GIVEN("dhcp: {domain: a.b, srv: x}"), {"2:34: found `x`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {htps: x}}"),
     {"2:35: expected a key of `srv` (https, http), found `htps`; did you mean `https`?"}},
    {GIVEN("dhcp: {domain: a.b, srv: {https: 192.0.2.1}}"),
     {"2:42: expected HOST, HOST:PORT or ${provision.https}, found `192.0.2.1`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {http: \"${provision.https}\"}}"),
     {"2:41: expected HOST, HOST:PORT or ${provision.http}, found `${provision.https}`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {http: \"x:0\"}}"),
     {"2:41: expected HOST, HOST:PORT or ${provision.http}, found `x:0`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {http: \"x:65536\"}}"),
     {"2:41: expected HOST, HOST:PORT or ${provision.http}, found `x:65536`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {http: \"x/y\"}}"),
     {"2:41: expected HOST, HOST:PORT or ${provision.http}, found `x/y`"}},
    {GIVEN("dhcp: {domain: a.b, srv: {http: \"${provison.http}\"}}"),
     {"2:41: expected HOST, HOST:PORT or ${provision.http}, found `${provison.http}`"}},
    {GIVEN("dhcp: {srv: {http: x}}"), {"2:15: expected `domain:` beside `srv:`"}},
    {GIVEN("dhcp: {only-if-asked: []}"), {"2:31: expected true or false, found an empty list"}},
};

static void errors_dhcp(void)
{
    testing_check_errors(dhcp_cases, COUNT(dhcp_cases));
}

static const struct error_case dns_cases[] = {
    {GIVEN("dns: {}"), {"2:14: expected `edos:` in `dns`, found no such key"}},
    {GIVEN("dns: {edos: nxdomian}"), {"2:21: found `nxdomian`; did you mean `nxdomain`?"}},
    {GIVEN("dns: {edos: \"{address: 192.0.2.1}\"}"), {"2:21: found `{address: 192.0.2.1}`"}},
    {GIVEN("dns: {edos: {address: 1.2.3}}"),
     {"2:31: expected an IPv4 address such as 192.0.2.1, found `1.2.3`"}},
    {GIVEN("dns: {edos: {}}"), {"2:21: expected `address:` in an answer, found no such key"}},
    {GIVEN("dns: {host: normal}"),
     {"2:14: expected `edos:` in `dns`, found no such key",
      "2:15: expected a key of `dns` (edos), found `host`"}},
    {GIVEN("dns: nxdomain"),
     {"2:14: expected a map with the keys of `dns` (edos), found `nxdomain`"}},
    {GIVEN("dns: "), {"2:9: expected a map with the keys of `dns` (edos), found nothing"}},
};

static void errors_dns(void)
{
    testing_check_errors(dns_cases, COUNT(dns_cases));
}

static void every_key(void)
{
    struct scenario *s =
        testing_scenario(GIVEN("dhcp: {offer: {66: x}, answer: {delay: 3s}, lease: 2m, "
                               "domain: lab-1.example.net, only-if-asked: true}, "
                               "dns: {edos: {address: 192.0.2.77}}"));
    CU_ASSERT_EQUAL(s->dhcp.offer_count, 1);
    CU_ASSERT_EQUAL(s->dhcp.answer, DHCP_ANSWER_DELAY);
    CU_ASSERT_EQUAL(s->dhcp.answer_delay_us, 3 * DURATION_S);
    CU_ASSERT_EQUAL(s->dhcp.lease_us, 2 * DURATION_M);
    CU_ASSERT_STRING_EQUAL(s->dhcp.domain, "lab-1.example.net");
    CU_ASSERT_TRUE(s->dhcp.only_if_asked);
    CU_ASSERT_EQUAL(s->dhcp.place.line, 2);
    CU_ASSERT_EQUAL(s->dhcp.place.column, 15);
    CU_ASSERT_EQUAL(s->dns.answer, DNS_ANSWER_ADDRESS);
    CU_ASSERT_EQUAL(s->dns.address, 0xc000024d);
    scenario_free(s);
}

static void every_answer(void)
{
    static const struct {
        const char *text;
        enum dhcp_answer dhcp;
        enum dns_answer dns;
    } cases[] = {
        {GIVEN("dhcp: {answer: normal}, dns: {edos: normal}"), DHCP_ANSWER_NORMAL,
         DNS_ANSWER_NORMAL},
        {GIVEN("dhcp: {answer: never}, dns: {edos: nxdomain}"), DHCP_ANSWER_NEVER,
         DNS_ANSWER_NXDOMAIN},
        {GIVEN("dhcp: {answer: nak}, dns: {edos: servfail}"), DHCP_ANSWER_NAK, DNS_ANSWER_SERVFAIL},
        {GIVEN("dhcp: {only-if-asked: false}, dns: {edos: never}"), DHCP_ANSWER_NORMAL,
         DNS_ANSWER_NEVER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scenario *s = testing_scenario(cases[i].text);
        CU_ASSERT_EQUAL(s->dhcp.answer, cases[i].dhcp);
        CU_ASSERT_EQUAL(s->dns.answer, cases[i].dns);
        CU_ASSERT_FALSE(s->dhcp.only_if_asked);
        scenario_free(s);
    }
}

static void a_rogue_beside_the_rest(void)
{
    struct scenario *s = testing_scenario(
        "scenario: x\ngiven: {dhcp: {answer: {delay: 3s}, rogue: {offer: {66: x, 160: y}, delay: "
        "500ms}}}\n"
        "steps:\n  - dhcp: {lease: 2m}\n  - dhcp: {rogue: none}\n  - factory-reset:\n");
    CU_ASSERT_TRUE(s->dhcp.rogue.present);
    CU_ASSERT_EQUAL(s->dhcp.rogue.offer_count, 2);
    CU_ASSERT_EQUAL(s->dhcp.rogue.offer[1].code, 160);
    CU_ASSERT_EQUAL(s->dhcp.rogue.delay_us, 500 * DURATION_MS);
    CU_ASSERT_EQUAL(s->dhcp.answer, DHCP_ANSWER_DELAY);
    CU_ASSERT_EQUAL(s->dhcp.offer_count, 0);
    CU_ASSERT_TRUE(s->steps[0].dhcp->rogue.present);
    CU_ASSERT_EQUAL(s->steps[0].dhcp->rogue.offer_count, 2);
    CU_ASSERT_FALSE(s->steps[1].dhcp->rogue.present);
    scenario_free(s);
}

static void records_of_a_domain(void)
{
    struct scenario *s = testing_scenario(
        "scenario: x\ngiven: {dhcp: {domain: a.b, srv: {https: 'c.d:444'}}}\n"
        "steps:\n  - dhcp: {lease: 2m}\n  - dhcp: {srv: {}}\n  - factory-reset:\n");
    CU_ASSERT_TRUE(s->has_srv && s->dhcp.srv.present);
    CU_ASSERT_STRING_EQUAL(s->dhcp.srv.targets[VENDOR_SERVICE_HTTPS], "c.d:444");
    CU_ASSERT_PTR_NULL(s->dhcp.srv.targets[VENDOR_SERVICE_HTTP]);
    CU_ASSERT_STRING_EQUAL(s->steps[0].dhcp->srv.targets[VENDOR_SERVICE_HTTPS], "c.d:444");
    CU_ASSERT_TRUE(s->steps[1].dhcp->srv.present);
    CU_ASSERT_PTR_NULL(s->steps[1].dhcp->srv.targets[VENDOR_SERVICE_HTTPS]);
    scenario_free(s);
    s = testing_scenario("scenario: x\ngiven: {dhcp: {domain: a.b}}\nsteps:\n  - factory-reset:\n");
    CU_ASSERT_FALSE(s->has_srv);
    scenario_free(s);
}

/* 253 characters in labels of 63 (RFC 1035 section 2.3.4), and no more. */
static void as_long_a_domain_as_there_may_be(void)
{
    char label[64], text[600];
    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(text, sizeof text, GIVEN("dhcp: {domain: %s.%s.%s.%.61s}"), label, label, label,
             label);
    struct scenario *s = testing_scenario(text);
    CU_ASSERT_EQUAL(strlen(s->dhcp.domain), 253);
    scenario_free(s);
    snprintf(text, sizeof text, GIVEN("dhcp: {domain: %s.%s.%s.%.62s}"), label, label, label,
             label);
    testing_check_errors(&(struct error_case){text, {"2:24: expected a domain name"}}, 1);
}

/* A step says what changes; the rest stays as it was, through repeats too. */
static void steps_change_what_was_in_force(void)
{
    struct scenario *s =
        testing_scenario("scenario: t\n"
                         "given: {dhcp: {offer: {66: a}, lease: 5m, domain: example.net}}\n"
                         "steps:\n"
                         "  - dhcp: {answer: {delay: 4s}}\n"
                         "  - repeat:\n"
                         "      times: 2\n"
                         "      steps:\n"
                         "        - dhcp: {lease: 7m}\n"
                         "        - dhcp: {offer: {160: b, 159: c}, answer: normal}\n"
                         "  - dhcp: {offer: {}, domain: \"\", only-if-asked: true}\n");
    CU_ASSERT_EQUAL_FATAL(s->step_count, 6);
    const struct scenario_dhcp *dhcp[6];
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(s->steps[i].kind, STEP_DHCP);
        dhcp[i] = s->steps[i].dhcp;
        CU_ASSERT_PTR_NOT_NULL_FATAL(dhcp[i]);
    }
    CU_ASSERT_EQUAL(s->dhcp.answer, DHCP_ANSWER_NORMAL); /* given stays as given */
    CU_ASSERT_EQUAL_FATAL(dhcp[0]->offer_count, 1);
    CU_ASSERT_EQUAL(dhcp[0]->offer[0].code, 66);
    CU_ASSERT_EQUAL(dhcp[0]->answer, DHCP_ANSWER_DELAY);
    CU_ASSERT_EQUAL(dhcp[0]->lease_us, 5 * DURATION_M);
    CU_ASSERT_EQUAL(dhcp[1]->lease_us, 7 * DURATION_M);
    CU_ASSERT_EQUAL(dhcp[1]->answer, DHCP_ANSWER_DELAY);
    CU_ASSERT_EQUAL(dhcp[1]->offer[0].code, 66);
    CU_ASSERT_EQUAL_FATAL(dhcp[2]->offer_count, 2);
    CU_ASSERT_EQUAL(dhcp[2]->answer, DHCP_ANSWER_NORMAL);
    CU_ASSERT_EQUAL(dhcp[2]->answer_delay_us, 0);
    CU_ASSERT_EQUAL(dhcp[3]->offer_count, 2); /* the second turn begins where the first ended */
    CU_ASSERT_EQUAL(dhcp[3]->answer, DHCP_ANSWER_NORMAL);
    CU_ASSERT_STRING_EQUAL(dhcp[4]->domain, "example.net");
    CU_ASSERT_EQUAL(dhcp[5]->offer_count, 0);
    CU_ASSERT_PTR_NULL(dhcp[5]->domain);
    CU_ASSERT_TRUE(dhcp[5]->only_if_asked);
    CU_ASSERT_EQUAL(dhcp[5]->lease_us, 7 * DURATION_M);
    scenario_free(s);
}

void tests_harness_scenario_parse_dhcp(void);
void tests_harness_scenario_parse_dhcp(void)
{
    TEST_SUITE("scenario/dhcp", {"errors: dhcp", errors_dhcp}, {"errors: dns", errors_dns},
               {"every key", every_key}, {"every answer", every_answer},
               {"a rogue beside the rest", a_rogue_beside_the_rest},
               {"records of a domain", records_of_a_domain},
               {"as long a domain as there may be", as_long_a_domain_as_there_may_be},
               {"steps change what was in force", steps_change_what_was_in_force});
}
