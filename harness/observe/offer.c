/* SPDX-License-Identifier: MIT */
#include "harness/observe/offer.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include <string.h>

/* The next of the options that can provide a configuration. */
static const struct vendor_option *next_option(struct dhcp_walk *walk, struct dhcp_item *option)
{
    const struct vendor_option *known = NULL;
    while (!known && dhcp_walk_next(walk, option))
        known = vendor_option_find(vendor_default(), option->code);
    return known;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Length of a dotted quad at the beginning of the bytes, 0 = none. */
static size_t dotted_quad(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = 0;
        if (part > 0 && (at >= length || bytes[at++] != '.'))
            return 0;
        while (at < length && digits < 3 && is_digit(bytes[at])) {
            at++;
            digits++;
        }
        if (digits == 0)
            return 0;
    }
    return at;
}

static bool holds_place(const uint8_t *bytes, size_t length)
{
    if (memmem(bytes, length, "://", 3))
        return true;
    for (size_t at = 0; at < length; at++)
        if (dotted_quad(bytes + at, length - at) > 0)
            return true;
    return false;
}

static bool provides(const struct vendor_option *known, const struct dhcp_item *option)
{
    if (known->needs_place)
        return holds_place(option->value, option->length);
    if (known->form == VENDOR_OPTION_ADDRESSES)
        return option->length >= 4;
    return option->length > 0 && option->value[0] != '\0';
}

bool offer_provides(const uint8_t *options, size_t length)
{
    struct dhcp_walk walk;
    struct dhcp_item option;
    const struct vendor_option *known;
    dhcp_walk_area(&walk, options, length);
    while ((known = next_option(&walk, &option)) != NULL)
        if (provides(known, &option))
            return true;
    return false;
}

bool offer_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    struct dhcp_walk first, second;
    dhcp_walk_area(&first, a, a_length);
    dhcp_walk_area(&second, b, b_length);
    for (;;) {
        struct dhcp_item one, other;
        bool has_one = next_option(&first, &one), has_other = next_option(&second, &other);
        if (!has_one || !has_other)
            return has_one == has_other;
        if (one.code != other.code || one.length != other.length ||
            (one.length && memcmp(one.value, other.value, one.length) != 0))
            return false;
    }
}

bool offer_names_target(const uint8_t *options, size_t length, const char *target)
{
    struct dhcp_walk walk;
    struct dhcp_item option;
    if (!target || strlen(target) < 2)
        return false;
    dhcp_walk_area(&walk, options, length);
    while (next_option(&walk, &option))
        if (memmem(option.value, option.length, target, strlen(target)))
            return true;
    return false;
}
