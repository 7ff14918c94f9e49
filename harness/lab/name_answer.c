/* SPDX-License-Identifier: MIT */
#include "harness/lab/name_answer.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { DNS_HEADER_BYTES = 12 };

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

/* The name as it was asked for, if it was written out (and not by pointers). */
static void restore_letters(uint8_t *reply, const char *name, const uint8_t *question,
                            size_t length)
{
    size_t name_bytes = strlen(name) + 2; /* a length before the first label, the root at the end */
    if (length < DNS_HEADER_BYTES + name_bytes)
        return;
    for (size_t i = DNS_HEADER_BYTES; i < DNS_HEADER_BYTES + name_bytes; i++) {
        if (tolower(question[i]) != reply[i]) /* no length of a label is a letter */
            return;
    }
    memcpy(reply + DNS_HEADER_BYTES, question + DNS_HEADER_BYTES, name_bytes);
}

enum name_verdict name_answer(const struct scenario_dns *dns, const char *host,
                              uint32_t edos_address, const uint8_t *question, size_t length,
                              struct buffer *reply)
{
    struct dns_message message;
    if (!dns_decode(question, length, &message) || message.response || message.name[0] == 0 ||
        (host && strcasecmp(message.name, host) != 0))
        return NAME_NO_QUESTION;
    message.response = true;
    message.rcode = 0;
    message.address_count = 0;
    if (!decide(dns, edos_address, &message))
        return NAME_SILENCE;
    size_t start = reply->length;
    if (!dns_encode(reply, &message) || reply->failed)
        return NAME_NO_QUESTION;
    restore_letters(reply->data + start, message.name, question, length);
    return NAME_ANSWERED;
}
