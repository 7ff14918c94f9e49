/* SPDX-License-Identifier: MIT */
/* MAC and IPv4 addresses. IPv4 addresses are uint32_t in host byte order everywhere but on the
 * wire; 0 = none. */
#ifndef RCLAB_BASE_ADDRESS_H
#define RCLAB_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { MAC_BYTES = 6, MAC_TEXT_MAX = 18, IPV4_TEXT_MAX = 16 };

struct mac {
    uint8_t bytes[MAC_BYTES];
};

bool mac_equal(const struct mac *a, const struct mac *b);
bool mac_is_group(const struct mac *mac); /* broadcast or multicast */
/* "00:11:22:aa:bb:cc", lower case; also accepts '-' or no separators, either case, when parsing. */
bool mac_parse(const char *text, struct mac *ret_mac);
const char *mac_format(const struct mac *mac, char text[MAC_TEXT_MAX]);
/* "001122aabbcc", "001122AABBCC" */
enum { MAC_DIGITS_MAX = 2 * MAC_BYTES + 1 };
const char *mac_digits(const struct mac *mac, bool upper, char text[MAC_DIGITS_MAX]);
bool ipv4_parse(const char *text, uint32_t *ret_address); /* dotted quad, whole text */
const char *ipv4_format(uint32_t address, char text[IPV4_TEXT_MAX]);

#endif
