/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/name_answer.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_lab_name_answer(const uint8_t *data, size_t size);

int fuzz_harness_lab_name_answer(const uint8_t *data, size_t size)
{
    static const struct scenario_dns normal = {.answer = DNS_ANSWER_NORMAL};
    struct dns_message question, answer;
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    if (name_answer(&normal, NULL, 0x01020304, data, size, &reply) == NAME_ANSWERED &&
        (!dns_decode(data, size, &question) || !dns_decode(reply.data, reply.length, &answer) ||
         !answer.response || answer.id != question.id || answer.type != question.type ||
         strcmp(answer.name, question.name) != 0))
        abort();
    buffer_done(&reply);
    return 0;
}
