/* SPDX-License-Identifier: MIT */
#include "harness/lab/name_answer.h"
#include <string.h>
#include <strings.h>

enum { DNS_HEADER_BYTES = 12, TYPE_AND_CLASS_BYTES = 4 };

/* False: silence. */
static bool decide(const struct scenario_dns *dns, uint32_t edos_address,
                   struct dns_message *message)
{
    switch (dns->answer) {
    case DNS_ANSWER_NEVER:
        return false;
    case DNS_ANSWER_NXDOMAIN:
        message->rcode = DNS_NXDOMAIN;
        break;
    case DNS_ANSWER_SERVFAIL:
        message->rcode = DNS_SERVFAIL;
        break;
    case DNS_ANSWER_NORMAL:
    case DNS_ANSWER_ADDRESS:
        if (message->type == DNS_A)
            message->addresses[message->address_count++] =
                dns->answer == DNS_ANSWER_ADDRESS ? dns->address : edos_address;
        break;
    }
    return true;
}

enum name_verdict name_answer(const struct scenario_dns *dns, const char *host,
                              uint32_t edos_address, const uint8_t *question, size_t length,
                              struct buffer *reply)
{
    struct dns_message message;
    if (!dns_decode(question, length, &message) || message.response || message.name[0] == 0 ||
        (host && strcasecmp(message.name, host) != 0))
        return NAME_NO_QUESTION;
    /* On the wire a name has a byte more before its first label, and one behind its last. */
    size_t section_bytes = strlen(message.name) + 2 + TYPE_AND_CLASS_BYTES;
    message.response = true;
    message.rcode = 0;
    message.address_count = 0;
    if (!decide(dns, edos_address, &message))
        return NAME_SILENCE;
    size_t start = reply->length;
    if (!dns_encode(reply, &message) || reply->failed || length < DNS_HEADER_BYTES + section_bytes)
        return NAME_NO_QUESTION;
    memcpy(reply->data + start + DNS_HEADER_BYTES, question + DNS_HEADER_BYTES, section_bytes);
    return NAME_ANSWERED;
}
