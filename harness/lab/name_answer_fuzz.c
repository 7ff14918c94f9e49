/* SPDX-License-Identifier: MIT */
/* The bytes as a question, and a question for a name that is made of them. */
#include "harness/base/cursor.h"
#include "harness/lab/name_answer.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_lab_name_answer(const uint8_t *data, size_t size);

enum { EDOS_ADDRESS = 0x01020304, HEADER_BYTES = 12, LABEL_BYTES_MAX = 20, LABELS_MAX = 5 };

static void ask(const struct scenario_dns *dns, const uint8_t *bytes, size_t length,
                enum name_verdict *ret_verdict, struct dns_message *ret_answer)
{
    struct dns_message question;
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    *ret_verdict = name_answer(dns, NULL, EDOS_ADDRESS, bytes, length, &reply);
    if (*ret_verdict == NAME_ANSWERED) {
        assert(dns_decode(bytes, length, &question) && !question.response);
        assert(dns_decode(reply.data, reply.length, ret_answer) && ret_answer->response);
        assert(ret_answer->id == question.id && ret_answer->type == question.type &&
               strcmp(ret_answer->name, question.name) == 0);
    } else {
        assert(reply.length == 0);
    }
    buffer_done(&reply);
}

/* Labels of letters in upper and lower case, each with a length before it; then the root. */
static void make_name(struct cursor *cursor, struct buffer *bytes)
{
    unsigned labels = 1 + cursor_u8(cursor) % LABELS_MAX;
    for (unsigned i = 0; i < labels; i++) {
        uint8_t length = (uint8_t)(1 + cursor_u8(cursor) % LABEL_BYTES_MAX);
        buffer_u8(bytes, length);
        for (unsigned k = 0; k < length; k++)
            buffer_u8(bytes, (uint8_t)("aBcDeFgHiJkLmNoPqRsTuVwXyZ-09_zY"[cursor_u8(cursor) % 32]));
    }
    buffer_u8(bytes, 0);
}

static void a_question_is_answered(const uint8_t *data, size_t size)
{
    struct cursor cursor;
    struct buffer bytes, reply;
    struct dns_message answer;
    enum name_verdict verdict;
    cursor_init(&cursor, data, size);
    struct scenario_dns dns = {.answer = cursor_u8(&cursor) % (DNS_ANSWER_ADDRESS + 1u),
                               .address = 0x05060708};
    uint16_t id = cursor_be16(&cursor);
    bool is_a = cursor_u8(&cursor) & 1;
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    buffer_init(&reply, DNS_MESSAGE_MAX);
    buffer_be16(&bytes, id);
    buffer_append(&bytes, (const uint8_t[]){1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, HEADER_BYTES - 2);
    make_name(&cursor, &bytes);
    size_t name_end = bytes.length;
    buffer_be16(&bytes, is_a ? DNS_A : DNS_AAAA);
    buffer_be16(&bytes, 1);
    ask(&dns, bytes.data, bytes.length, &verdict, &answer);
    assert(verdict == (dns.answer == DNS_ANSWER_NEVER ? NAME_SILENCE : NAME_ANSWERED));
    if (verdict == NAME_ANSWERED) {
        bool has_address = is_a && answer.rcode == 0;
        assert(answer.rcode == (dns.answer == DNS_ANSWER_NXDOMAIN   ? DNS_NXDOMAIN
                                : dns.answer == DNS_ANSWER_SERVFAIL ? DNS_SERVFAIL
                                                                    : 0));
        assert(answer.id == id && answer.address_count == has_address);
        /* The asker's own letters, upper and lower case. */
        name_answer(&dns, NULL, EDOS_ADDRESS, bytes.data, bytes.length, &reply);
        assert(reply.length >= name_end &&
               memcmp(reply.data + HEADER_BYTES, bytes.data + HEADER_BYTES,
                      name_end - HEADER_BYTES) == 0);
    }
    for (size_t length = 0; length < bytes.length; length += 1 + size % 3) {
        ask(&dns, bytes.data, length, &verdict, &answer);
        assert(verdict == NAME_NO_QUESTION); /* it was cut */
    }
    buffer_done(&bytes);
    buffer_done(&reply);
}

/* Only a question for one of the two records is answered, and it is what it is to be. */
static void a_service_is_answered(const uint8_t *data, size_t size)
{
    static const char *const values[SUBSTITUTE_COUNT] = {"", "", "", ""};
    static const struct scenario_dhcp dhcp = {.domain = "a.b", .srv = {true, {"c.d", NULL}}};
    struct dns_message question, answer;
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    if (service_answer(&dhcp, values, data, size, &reply) == NAME_ANSWERED) {
        enum vendor_service_kind kind = VENDOR_SERVICE_HTTP;
        assert(dns_decode(data, size, &question) && question.type == DNS_SRV);
        assert(vendor_service_find(vendor_default(), question.name, &kind));
        assert(dns_decode(reply.data, reply.length, &answer) && answer.id == question.id);
        assert(answer.service_count == (kind == VENDOR_SERVICE_HTTPS));
    } else {
        assert(reply.length == 0);
    }
    buffer_done(&reply);
}

int fuzz_harness_lab_name_answer(const uint8_t *data, size_t size)
{
    a_service_is_answered(data, size);
    static const struct scenario_dns normal = {.answer = DNS_ANSWER_NORMAL};
    enum name_verdict verdict;
    struct dns_message answer;
    ask(&normal, data, size, &verdict, &answer);
    a_question_is_answered(data, size);
    return 0;
}
