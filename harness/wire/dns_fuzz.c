/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/dns.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_dns(const uint8_t *data, size_t size);

int fuzz_harness_wire_dns(const uint8_t *data, size_t size)
{
    struct dns_message message;
    if (!dns_decode(data, size, &message))
        return 0;
    if (strnlen(message.name, DNS_NAME_MAX) == DNS_NAME_MAX ||
        message.address_count > DNS_ADDRESSES_MAX || message.service_count > DNS_SERVICES_MAX)
        abort();
    const struct dns_service *first = dns_first_service(&message);
    if (first && (strnlen(first->target, DNS_NAME_MAX) == DNS_NAME_MAX || !first->target[0]))
        abort();
    struct buffer buffer;
    buffer_init(&buffer, DNS_MESSAGE_MAX);
    struct dns_message again;
    if (dns_encode(&buffer, &message) &&
        (!dns_decode(buffer.data, buffer.length, &again) || again.id != message.id ||
         again.type != message.type || strcmp(again.name, message.name) != 0 ||
         again.address_count != (message.response ? message.address_count : 0) ||
         again.service_count != (message.response ? message.service_count : 0)))
        abort();
    buffer_done(&buffer);
    return 0;
}
