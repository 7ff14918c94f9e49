/* SPDX-License-Identifier: MIT */
/* DNS messages (RFC 1035 section 4) as far as a phone's name look-ups go: one question, A answers
 * through CNAME chains, SRV answers (RFC 2782). Names are lower-cased dotted text without the final
 * dot. */
#ifndef RCLAB_WIRE_DNS_H
#define RCLAB_WIRE_DNS_H

#include "harness/base/buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_PORT = 53,
    DNS_NAME_MAX = 256,
    DNS_ADDRESSES_MAX = 8,
    DNS_SERVICES_MAX = 4,
    DNS_MESSAGE_MAX = 4096
};
enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_AAAA = 28, DNS_SRV = 33 };
enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_REFUSED = 5
};

struct dns_service { /* an SRV record: where a service is to be had */
    uint16_t priority, weight, port;
    char target[DNS_NAME_MAX]; /* "" = the service is decidedly not to be had */
};

struct dns_message {
    uint16_t id;
    bool response;
    uint8_t rcode;
    char name[DNS_NAME_MAX];               /* of the first question */
    uint16_t type;                         /* of the first question */
    uint32_t addresses[DNS_ADDRESSES_MAX]; /* A records of the answer section, host order */
    size_t address_count;
    struct dns_service services[DNS_SERVICES_MAX]; /* SRV records of the answer section */
    size_t service_count;
};
/* The one to be tried first: of the lowest priority, as they come. NULL = there is none. */
const struct dns_service *dns_first_service(const struct dns_message *message);

bool dns_decode(const uint8_t *bytes, size_t length, struct dns_message *ret_message);
/* A query (recursion desired) or, if message->response, an answer with its addresses and services
 * (TTL 0). False if a name is no valid host name. */
bool dns_encode(struct buffer *buffer, const struct dns_message *message);
const char *dns_rcode_name(uint8_t rcode); /* "noerror", "nxdomain", …; NULL for others */

#endif
