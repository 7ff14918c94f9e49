/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/name_answer.h"
#include <stdio.h>
#include <string.h>

enum { EDOS_ADDRESS = 0x0a4d0002, OTHER_ADDRESS = 0xc0000201, TYPE_AT = 12 + 2 + 12 + 1 };

/* An A question for "Edos.example", recursion desired, with an EDNS record behind it (RFC 6891). */
static const uint8_t question[] = {
    0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1,  4,    'E', 'd', 'o', 's', 7, 'e', 'x', 'a',
    'm',  'p',  'l',  'e',  0, 0, 1, 0, 1, 0, 0, 41, 0x10, 0,   0,   0,   0,   0, 0,   0};

static enum name_verdict ask(enum dns_answer kind, const char *host, const uint8_t *bytes,
                             size_t length, struct buffer *reply)
{
    const struct scenario_dns dns = {.answer = kind, .address = OTHER_ADDRESS};
    buffer_clear(reply);
    return name_answer(&dns, host, EDOS_ADDRESS, bytes, length, reply);
}

static void as_told(void)
{
    static const struct {
        enum dns_answer kind;
        uint8_t rcode;
        uint32_t address;
    } cases[] = {{DNS_ANSWER_NORMAL, 0, EDOS_ADDRESS},
                 {DNS_ANSWER_ADDRESS, 0, OTHER_ADDRESS},
                 {DNS_ANSWER_NXDOMAIN, DNS_NXDOMAIN, 0},
                 {DNS_ANSWER_SERVFAIL, DNS_SERVFAIL, 0}};
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dns_message answer;
        CU_ASSERT_EQUAL(ask(cases[i].kind, "edos.example", question, sizeof question, &reply),
                        NAME_ANSWERED);
        CU_ASSERT_TRUE_FATAL(dns_decode(reply.data, reply.length, &answer));
        CU_ASSERT_TRUE(answer.response);
        CU_ASSERT_EQUAL(answer.id, 0x1234);
        CU_ASSERT_EQUAL(answer.rcode, cases[i].rcode);
        CU_ASSERT_EQUAL(answer.address_count, cases[i].address != 0);
        if (cases[i].address)
            CU_ASSERT_EQUAL(answer.addresses[0], cases[i].address);
        /* The asker's own letters. */
        CU_ASSERT_EQUAL(memcmp(reply.data + 12, question + 12, 18), 0);
    }
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NEVER, "edos.example", question, sizeof question, &reply),
                    NAME_SILENCE);
    CU_ASSERT_EQUAL(reply.length, 0);
    buffer_done(&reply);
}

static void no_question_for_it(void)
{
    uint8_t bytes[sizeof question];
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    memcpy(bytes, question, sizeof bytes);
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NORMAL, "other.example", bytes, sizeof bytes, &reply),
                    NAME_NO_QUESTION);
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NEVER, "other.example", bytes, sizeof bytes, &reply),
                    NAME_NO_QUESTION);
    for (size_t length = 0; length < 30; length++)
        CU_ASSERT_EQUAL(ask(DNS_ANSWER_NORMAL, NULL, bytes, length, &reply), NAME_NO_QUESTION);
    bytes[2] |= 0x80; /* an answer */
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NORMAL, NULL, bytes, sizeof bytes, &reply), NAME_NO_QUESTION);
    CU_ASSERT_EQUAL(reply.length, 0);
    buffer_done(&reply);
}

/* The first label is spelt by a pointer into the header, which holds the letter "a" by chance. */
static void a_name_written_with_pointers(void)
{
    static const uint8_t bytes[] = {1, 'A', 0x01, 0x00, 0, 1, 0, 0, 0,
                                    0, 0,   0,    0xc0, 0, 0, 1, 0, 1};
    uint8_t ended[sizeof bytes];
    struct buffer reply;
    struct dns_message answer;
    memcpy(ended, bytes, sizeof ended);
    ended[2] = 0; /* the root */
    buffer_init(&reply, DNS_MESSAGE_MAX);
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NORMAL, "a", ended, sizeof ended, &reply), NAME_ANSWERED);
    CU_ASSERT_TRUE_FATAL(dns_decode(reply.data, reply.length, &answer));
    CU_ASSERT_STRING_EQUAL(answer.name, "a");
    CU_ASSERT_EQUAL(answer.address_count, 1);
    buffer_done(&reply);
}

static void other_types_have_no_address(void)
{
    uint8_t bytes[sizeof question];
    struct buffer reply;
    struct dns_message answer;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    memcpy(bytes, question, sizeof bytes);
    bytes[TYPE_AT] = DNS_AAAA;
    CU_ASSERT_EQUAL(ask(DNS_ANSWER_NORMAL, NULL, bytes, sizeof bytes, &reply), NAME_ANSWERED);
    CU_ASSERT_TRUE_FATAL(dns_decode(reply.data, reply.length, &answer));
    CU_ASSERT_EQUAL(answer.type, DNS_AAAA);
    CU_ASSERT_EQUAL(answer.rcode, 0);
    CU_ASSERT_EQUAL(answer.address_count, 0);
    buffer_done(&reply);
}

void tests_harness_lab_name_answer(void);
/* --- services --- */

static enum name_verdict look_up(const struct scenario_dhcp *dhcp, const char *name, uint16_t type,
                                 struct dns_message *ret_answer)
{
    static const char *const values[SUBSTITUTE_COUNT] = {
        [SUBSTITUTE_PROVISION_HTTP] = "http://p.test:8080",
        [SUBSTITUTE_PROVISION_HTTPS] = "https://p.test",
        [SUBSTITUTE_PROVISION_TFTP] = "",
        [SUBSTITUTE_PROVISION_ADDRESS] = ""};
    struct dns_message asked = {.id = 5, .type = type};
    struct buffer bytes, reply;
    snprintf(asked.name, sizeof asked.name, "%s", name);
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    buffer_init(&reply, DNS_MESSAGE_MAX);
    CU_ASSERT_TRUE(dns_encode(&bytes, &asked));
    enum name_verdict verdict = service_answer(dhcp, values, bytes.data, bytes.length, &reply);
    if (verdict == NAME_ANSWERED) {
        CU_ASSERT_TRUE_FATAL(dns_decode(reply.data, reply.length, ret_answer));
        CU_ASSERT_TRUE(ret_answer->response && ret_answer->id == 5);
    }
    buffer_done(&bytes);
    buffer_done(&reply);
    return verdict;
}

static void services_as_told(void)
{
    static const struct {
        const char *https, *http, *name;
        const char *target; /* NULL = there is none */
        uint16_t port;
    } cases[] = {
        {"h.test", NULL, "_ciscoprov-https._tls.Dom.test", "h.test", 443},
        {"h.test:4711", NULL, "_ciscoprov-https._tls.dom.test", "h.test", 4711},
        {"h.test", NULL, "_ciscoprov-http._tcp.dom.test", NULL, 0},
        {NULL, "${provision.http}", "_CISCOPROV-HTTP._tcp.dom.test", "p.test", 8080},
        {"${provision.https}", "x", "_ciscoprov-https._tls.dom.test", "p.test", 443},
        {NULL, NULL, "_ciscoprov-https._tls.dom.test", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario_dhcp dhcp = {.domain = "dom.test",
                                           .srv = {true, {cases[i].https, cases[i].http}}};
        struct dns_message answer;
        CU_ASSERT_EQUAL_FATAL(look_up(&dhcp, cases[i].name, DNS_SRV, &answer), NAME_ANSWERED);
        CU_ASSERT_EQUAL(answer.rcode, cases[i].target ? DNS_NOERROR : DNS_NXDOMAIN);
        CU_ASSERT_EQUAL_FATAL(answer.service_count, cases[i].target != NULL);
        if (cases[i].target) {
            CU_ASSERT_STRING_EQUAL(answer.services[0].target, cases[i].target);
            CU_ASSERT_EQUAL(answer.services[0].port, cases[i].port);
        }
    }
}

static void no_question_for_a_service(void)
{
    struct scenario_dhcp dhcp = {.domain = "dom.test", .srv = {true, {"h.test", NULL}}};
    struct dns_message answer;
    CU_ASSERT_EQUAL(look_up(&dhcp, "_ciscoprov-https._tls.other.test", DNS_SRV, &answer),
                    NAME_NO_QUESTION);
    CU_ASSERT_EQUAL(look_up(&dhcp, "_ciscoprov-https._tls.dom.test", DNS_A, &answer),
                    NAME_NO_QUESTION);
    CU_ASSERT_EQUAL(look_up(&dhcp, "_sip._tcp.dom.test", DNS_SRV, &answer), NAME_NO_QUESTION);
    dhcp.domain = NULL;
    CU_ASSERT_EQUAL(look_up(&dhcp, "_ciscoprov-https._tls.dom.test", DNS_SRV, &answer),
                    NAME_NO_QUESTION);
    dhcp = (struct scenario_dhcp){.domain = "dom.test"}; /* nothing is said of records */
    CU_ASSERT_EQUAL(look_up(&dhcp, "_ciscoprov-https._tls.dom.test", DNS_SRV, &answer),
                    NAME_NO_QUESTION);
}

void tests_harness_lab_name_answer(void)
{
    TEST_SUITE("lab/name_answer", {"as told", as_told}, {"no question for it", no_question_for_it},
               {"a name written with pointers", a_name_written_with_pointers},
               {"other types have no address", other_types_have_no_address},
               {"services as told", services_as_told},
               {"no question for a service", no_question_for_a_service});
}
