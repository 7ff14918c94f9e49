/* SPDX-License-Identifier: MIT */
#include "harness/base/address.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool mac_equal(const struct mac *a, const struct mac *b)
{
    return memcmp(a->bytes, b->bytes, MAC_BYTES) == 0;
}

bool mac_is_group(const struct mac *mac)
{
    return mac->bytes[0] & 1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool mac_parse(const char *text, struct mac *ret_mac)
{
    struct mac mac;
    size_t length = strlen(text);
    char separator = '\0';
    if (length == MAC_TEXT_MAX - 1)
        separator = text[2];
    else if (length != 2 * MAC_BYTES)
        return false;
    if (separator && separator != ':' && separator != '-')
        return false;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        if (separator && i > 0 && *text++ != separator)
            return false;
        int high = hex_digit(text[0]);
        int low = hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        mac.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    *ret_mac = mac;
    return true;
}

/* By hand, as ipv4_format: whoever watches a wire writes millions of them. */
const char *mac_format(const struct mac *mac, char text[MAC_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    char *to = text;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        *to++ = digits[mac->bytes[i] >> 4];
        *to++ = digits[mac->bytes[i] & 15];
        *to++ = i + 1 < MAC_BYTES ? ':' : '\0';
    }
    return text;
}

bool ipv4_parse(const char *text, uint32_t *ret_address)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        return false;
    *ret_address = ntohl(address.s_addr);
    return true;
}

const char *ipv4_format(uint32_t address, char text[IPV4_TEXT_MAX])
{
    char *to = text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned byte = address >> shift & 255;
        if (byte >= 100)
            *to++ = (char)('0' + byte / 100);
        if (byte >= 10)
            *to++ = (char)('0' + byte / 10 % 10);
        *to++ = (char)('0' + byte % 10);
        *to++ = shift > 0 ? '.' : '\0';
    }
    return text;
}

const char *mac_digits(const struct mac *mac, bool upper, char text[MAC_DIGITS_MAX])
{
    for (size_t i = 0; i < MAC_BYTES; i++)
        snprintf(text + 2 * i, 3, upper ? "%02X" : "%02x", mac->bytes[i]);
    return text;
}
