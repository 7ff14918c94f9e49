/* SPDX-License-Identifier: MIT */
/* Events to JSON. Written by hand because equal events must give equal bytes, fast, for ever; read
 * back in event_json_read.c by a library. */
#include "harness/observe/event_fields.h"
#include "harness/observe/timeline.h"
#include "harness/wire/dhcp.h"
#include <string.h>

enum { OPTION_CODES = 256, JSON_INT_BITS = 63 };

/* Length of the valid UTF-8 sequence at `text` (RFC 3629 section 4), 0 = none. */
static size_t utf8_sequence(const uint8_t *text, size_t left)
{
    uint8_t first = text[0];
    size_t length = first < 0x80   ? 1
                    : first < 0xC2 ? 0
                    : first < 0xE0 ? 2
                    : first < 0xF0 ? 3
                    : first < 0xF5 ? 4
                                   : 0;
    if (!length || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) ||
        (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

/* Bytes that are no UTF-8 become U+FFFD: names off the wire may hold anything. */
static void write_string(const char *text, size_t length, struct buffer *buffer)
{
    const uint8_t *bytes = (const uint8_t *)text;
    buffer_u8(buffer, '"');
    for (size_t at = 0; at < length;) {
        size_t sequence = utf8_sequence(bytes + at, length - at);
        if (sequence == 0) {
            buffer_text(buffer, "\xEF\xBF\xBD");
            at++;
            continue;
        }
        if (bytes[at] == '"' || bytes[at] == '\\')
            buffer_format(buffer, "\\%c", bytes[at]);
        else if (bytes[at] < 0x20 || bytes[at] == 0x7F)
            buffer_format(buffer, "\\u%04x", (unsigned)bytes[at]);
        else
            buffer_append(buffer, bytes + at, sequence);
        at += sequence;
    }
    buffer_u8(buffer, '"');
}

static void write_text(const char *text, struct buffer *buffer)
{
    write_string(text, strlen(text), buffer);
}

/* Pieces of one option (RFC 3396) stand behind one another in the normalized area. */
static void write_options_hex(const struct event *event, struct buffer *buffer)
{
    const char *separator = "";
    int last = -1;
    buffer_u8(buffer, '{');
    for (size_t at = 0; at + 2 <= event->options_length;) {
        size_t length = event->options[at + 1];
        if (length > event->options_length - at - 2)
            break;
        if (event->options[at] != last) {
            buffer_format(buffer, "%s\"%u\":\"", separator, (unsigned)event->options[at]);
            separator = "\",";
        }
        last = event->options[at];
        for (size_t i = 0; i < length; i++)
            buffer_format(buffer, "%02x", (unsigned)event->options[at + 2 + i]);
        at += 2 + length;
    }
    buffer_text(buffer, *separator ? "\"}" : "}");
}

static bool is_text(const uint8_t *bytes, size_t length)
{
    while (length && bytes[length - 1] == 0)
        length--; /* some servers end texts with NULs */
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7E)
            return false;
    return length >= 4;
}

/* For people only; the reader takes the hex. */
static void write_options_text(const struct event *event, struct buffer *buffer)
{
    const char *separator = ",\"options_text\":{";
    for (size_t at = 0; at + 2 <= event->options_length;) {
        size_t length = event->options[at + 1];
        const uint8_t *value = event->options + at + 2;
        if (length > event->options_length - at - 2)
            break;
        if (is_text(value, length)) {
            buffer_format(buffer, "%s\"%u\":", separator, (unsigned)event->options[at]);
            write_string((const char *)value, strnlen((const char *)value, length), buffer);
            separator = ",";
        }
        /* Only the first piece of a long one. */
        uint8_t code = event->options[at];
        do
            at += 2 + (size_t)event->options[at + 1];
        while (at + 2 <= event->options_length && event->options[at] == code);
    }
    if (separator[1] == '\0')
        buffer_u8(buffer, '}');
}

static uint64_t number_at(const struct event *event, const struct event_field *field)
{
    const uint8_t *at = (const uint8_t *)event + field->offset;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (field->kind) {
    case FIELD_BOOL:
        return *(const bool *)at ? 1 : 0;
    case FIELD_U16:
        memcpy(&u16, at, sizeof u16);
        return u16;
    case FIELD_U64:
        memcpy(&u64, at, sizeof u64);
        return u64;
    default:
        memcpy(&u32, at, sizeof u32);
        return u32;
    }
}

static bool is_empty(const struct event *event, const struct event_field *field)
{
    const uint8_t *at = (const uint8_t *)event + field->offset;
    const char *text;
    switch (field->kind) {
    case FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        return text == NULL;
    case FIELD_MAC:
        return memcmp(at, (const uint8_t[MAC_BYTES]){0}, MAC_BYTES) == 0;
    case FIELD_OPTIONS:
        return event->options_length == 0;
    default:
        return number_at(event, field) == 0;
    }
}

static void write_number(uint64_t number, struct buffer *buffer)
{
    if (number >> JSON_INT_BITS)
        number = INT64_MAX;
    buffer_format(buffer, "%llu", (unsigned long long)number);
}

static void write_dhcp_type(unsigned type, struct buffer *buffer)
{
    const char *name = dhcp_type_name((enum dhcp_type)type);
    if (name)
        write_text(name, buffer);
    else
        write_number(type, buffer);
}

static void write_value(const struct event *event, const struct event_field *field,
                        struct buffer *buffer)
{
    const uint8_t *at = (const uint8_t *)event + field->offset;
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    const char *text;
    uint64_t number;
    switch (field->kind) {
    case FIELD_BOOL:
        buffer_text(buffer, number_at(event, field) ? "true" : "false");
        return;
    case FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        write_text(text, buffer);
        return;
    case FIELD_ADDRESS:
        write_text(ipv4_format((uint32_t)number_at(event, field), address), buffer);
        return;
    case FIELD_MAC:
        write_text(mac_format((const struct mac *)at, mac), buffer);
        return;
    case FIELD_NAME:
        number = number_at(event, field);
        write_text(number < field->name_count ? field->names[number] : "?", buffer);
        return;
    case FIELD_RULE:
        number = number_at(event, field);
        write_text(number < RULE_COUNT ? rules[number].id : "?", buffer);
        return;
    case FIELD_DHCP_TYPE:
        write_dhcp_type((unsigned)number_at(event, field), buffer);
        return;
    case FIELD_OPTIONS:
        write_options_hex(event, buffer);
        write_options_text(event, buffer);
        return;
    default:
        write_number(number_at(event, field), buffer);
    }
}

void event_to_json(const struct event *event, const char *const *phone_names, size_t phone_count,
                   struct buffer *buffer)
{
    buffer_text(buffer, "{\"n\":");
    write_number(event->number, buffer);
    buffer_text(buffer, ",\"t\":");
    write_number(event->time_us, buffer);
    if (event->phone >= 0 && (size_t)event->phone < phone_count) {
        buffer_text(buffer, ",\"phone\":");
        write_text(phone_names[event->phone], buffer);
    }
    bool known = (unsigned)event->type < EVENT_TYPE_COUNT;
    buffer_text(buffer, ",\"type\":");
    write_text(known ? event_type_names[event->type] : "?", buffer);
    for (size_t i = 0; known && i < event_field_count; i++) {
        const struct event_field *field = &event_fields[i];
        if (!event_has_field(event, field) || (!field->always && is_empty(event, field)))
            continue;
        buffer_format(buffer, ",\"%s\":", field->key);
        write_value(event, field, buffer);
    }
    buffer_u8(buffer, '}');
}
