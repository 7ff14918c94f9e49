/* SPDX-License-Identifier: MIT */
/* The options of a DHCP event against the values that a scenario gives. The event's option area
 * is normalized already (each code once, long values in pieces), so that a plain walk does. */
#include "harness/base/cursor.h"
#include "harness/judge/internal.h"
#include <string.h>

enum { OPTION_VALUE_MAX = 1 << 16, ENTERPRISE_BYTES = 4 };

bool dhcp_event_option(const struct event *event, uint8_t code, struct buffer *value)
{
    struct cursor cursor;
    bool found = false;
    cursor_init(&cursor, event->dhcp.options.bytes, event->dhcp.options.length);
    while (cursor_left(&cursor) >= 2) {
        uint8_t at = cursor_u8(&cursor);
        size_t length = cursor_u8(&cursor);
        const uint8_t *bytes = cursor_take(&cursor, length);
        if (!bytes || at != code)
            continue;
        buffer_append(value, bytes, length);
        found = true;
    }
    return found && !value->failed;
}

/* Texts may end in a NUL on the wire (RFC 2132 section 2 lets servers send one). */
static bool text_is(const struct judge *judge, const char *text, const uint8_t *bytes,
                    size_t length)
{
    struct buffer expanded;
    buffer_init(&expanded, JUDGE_EXPANDED_MAX);
    bool same = judge_expand(judge, text, &expanded);
    if (length == expanded.length + 1 && bytes[length - 1] == 0)
        length--;
    same = same && length == expanded.length &&
           (length == 0 || memcmp(bytes, expanded.data, length) == 0);
    buffer_done(&expanded);
    return same;
}

static bool addresses_are(const struct judge *judge, const struct dhcp_value *value,
                          const struct buffer *wire)
{
    struct cursor cursor;
    cursor_init(&cursor, wire->data, wire->length);
    for (size_t i = 0; i < value->address_count; i++) {
        struct buffer text;
        uint32_t address = 0;
        buffer_init(&text, JUDGE_EXPANDED_MAX);
        bool known = judge_expand(judge, value->addresses[i], &text) &&
                     ipv4_parse(buffer_string(&text), &address);
        buffer_done(&text);
        if (!known || cursor_be32(&cursor) != address || cursor.failed)
            return false;
    }
    return cursor_left(&cursor) == 0;
}

/* (code, length, bytes)*, as in option 43 and in one enterprise's part of option 125. */
static bool suboption_is(const struct judge *judge, const struct dhcp_suboption *wanted,
                         struct cursor cursor)
{
    while (cursor_left(&cursor) >= 1) {
        uint8_t code = cursor_u8(&cursor);
        if (code == 0)
            continue; /* pad */
        if (code == 255)
            return false; /* end */
        size_t length = cursor_u8(&cursor);
        const uint8_t *bytes = cursor_take(&cursor, length);
        if (!bytes)
            return false;
        if (code == wanted->code && text_is(judge, wanted->text, bytes, length))
            return true;
    }
    return false;
}

/* RFC 3925 section 4: (enterprise, length, suboptions)*. */
static bool vendor_suboption_is(const struct judge *judge, const struct dhcp_suboption *wanted,
                                struct cursor cursor)
{
    while (cursor_left(&cursor) > ENTERPRISE_BYTES) {
        uint32_t enterprise = cursor_be32(&cursor);
        size_t length = cursor_u8(&cursor);
        struct cursor part = cursor_sub(&cursor, length);
        if (cursor.failed)
            return false;
        if (enterprise == wanted->enterprise && suboption_is(judge, wanted, part))
            return true;
    }
    return false;
}

static bool suboptions_are(const struct judge *judge, const struct dhcp_value *value,
                           const struct buffer *wire)
{
    for (size_t i = 0; i < value->suboption_count; i++) {
        const struct dhcp_suboption *wanted = &value->suboptions[i];
        struct cursor cursor;
        cursor_init(&cursor, wire->data, wire->length);
        bool found = wanted->enterprise ? vendor_suboption_is(judge, wanted, cursor)
                                        : suboption_is(judge, wanted, cursor);
        if (!found)
            return false;
    }
    return true;
}

static bool value_is(const struct judge *judge, const struct dhcp_value *value,
                     const struct buffer *wire)
{
    switch (value->form) {
    case DHCP_VALUE_TEXT:
        return text_is(judge, value->text, wire->data, wire->length);
    case DHCP_VALUE_ADDRESSES:
        return addresses_are(judge, value, wire);
    case DHCP_VALUE_HEX:
        return wire->length == value->byte_count &&
               (wire->length == 0 || memcmp(wire->data, value->bytes, wire->length) == 0);
    case DHCP_VALUE_SUBOPTIONS:
        return suboptions_are(judge, value, wire);
    }
    return false;
}

bool match_dhcp_option(const struct judge *judge, const struct event *event,
                       const struct dhcp_value *value)
{
    struct buffer wire;
    buffer_init(&wire, OPTION_VALUE_MAX);
    bool same = dhcp_event_option(event, value->code, &wire) && value_is(judge, value, &wire);
    buffer_done(&wire);
    return same;
}
