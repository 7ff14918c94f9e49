/* SPDX-License-Identifier: MIT */
/* JSON lines back to events. */
#include "harness/observe/event_fields.h"
#include "harness/observe/timeline.h"
#include "harness/wire/dhcp.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_PIECE_MAX = 255, DHCP_TYPE_LAST = DHCP_INFORM };

struct reading {
    const char *const *phone_names;
    size_t phone_count;
    struct buffer options; /* of the event being read */
    struct error *error;
    unsigned line;
};

static int complain(struct reading *reading, const char *key, const char *expected)
{
    int code = error_set(reading->error, ERROR_INVALID, "timeline line %u: \"%s\" must be %s",
                         reading->line, key, expected);
    if (reading->error)
        reading->error->line = reading->line;
    return code;
}

static int read_integer(struct reading *reading, const json_t *value, const char *key,
                        uint64_t maximum, uint64_t *ret_number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > maximum)
        return complain(reading, key, "a whole number in its range");
    *ret_number = (uint64_t)json_integer_value(value);
    return 0;
}

static int read_name(struct reading *reading, const json_t *value, const char *key,
                     const char *const *names, size_t count, uint64_t *ret_number)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < count; i++) {
        if (names[i] && strcmp(text, names[i]) == 0) {
            *ret_number = i;
            return 0;
        }
    }
    return complain(reading, key, "one of its names");
}

static int read_rule(struct reading *reading, const json_t *value, const char *key,
                     uint64_t *ret_number)
{
    enum rule_id rule;
    if (!json_is_string(value) || !rule_find(json_string_value(value), &rule))
        return complain(reading, key, "a rule id");
    *ret_number = (uint64_t)rule;
    return 0;
}

static int read_dhcp_type(struct reading *reading, const json_t *value, const char *key,
                          uint64_t *ret_number)
{
    const char *names[DHCP_TYPE_LAST + 1];
    if (json_is_integer(value))
        return read_integer(reading, value, key, UINT8_MAX, ret_number);
    for (unsigned i = 0; i <= DHCP_TYPE_LAST; i++)
        names[i] = dhcp_type_name((enum dhcp_type)i);
    return read_name(reading, value, key, names, DHCP_TYPE_LAST + 1, ret_number);
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* One option; over 255 bytes it becomes several pieces again. */
static bool read_option(struct buffer *options, unsigned long code, const char *hex, size_t length)
{
    if (length % 2)
        return false;
    size_t left = length / 2;
    do {
        size_t piece = left < OPTION_PIECE_MAX ? left : OPTION_PIECE_MAX;
        buffer_u8(options, (uint8_t)code);
        buffer_u8(options, (uint8_t)piece);
        for (size_t i = 0; i < piece; i++, hex += 2) {
            int high = hex_digit(hex[0]), low = hex_digit(hex[1]);
            if (high < 0 || low < 0)
                return false;
            buffer_u8(options, (uint8_t)(high << 4 | low));
        }
        left -= piece;
    } while (left);
    return !options->failed;
}

static int read_options(struct reading *reading, json_t *value, struct event *event)
{
    const char *key;
    json_t *item;
    if (!json_is_object(value))
        return complain(reading, "options", "an object of hexadecimal texts");
    buffer_clear(&reading->options);
    json_object_foreach(value, key, item)
    {
        char *end;
        unsigned long code = strtoul(key, &end, 10);
        if (*key < '0' || *key > '9' || *end || code > UINT8_MAX || !json_is_string(item) ||
            !read_option(&reading->options, code, json_string_value(item),
                         json_string_length(item)))
            return complain(reading, "options", "an object of hexadecimal texts");
    }
    event->options = reading->options.data;
    event->options_length = reading->options.length;
    return 0;
}

static int read_text_field(struct reading *reading, const json_t *value,
                           const struct event_field *field, struct event *event)
{
    uint8_t *at = (uint8_t *)event + field->offset;
    const char *text = json_string_value(value);
    uint32_t address;
    if (!text)
        return complain(reading, field->key, "a text");
    switch (field->kind) {
    case FIELD_ADDRESS:
        if (!ipv4_parse(text, &address))
            return complain(reading, field->key, "an IPv4 address");
        memcpy(at, &address, sizeof address);
        return 0;
    case FIELD_MAC:
        return mac_parse(text, (struct mac *)at) ? 0
                                                 : complain(reading, field->key, "a MAC address");
    default:
        memcpy(at, &text, sizeof text);
        return 0;
    }
}

static int read_number_field(struct reading *reading, const json_t *value,
                             const struct event_field *field, uint64_t *ret_number)
{
    switch (field->kind) {
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return complain(reading, field->key, "true or false");
        *ret_number = json_is_true(value) ? 1 : 0;
        return 0;
    case FIELD_NAME:
        return read_name(reading, value, field->key, field->names, field->name_count, ret_number);
    case FIELD_RULE:
        return read_rule(reading, value, field->key, ret_number);
    case FIELD_DHCP_TYPE:
        return read_dhcp_type(reading, value, field->key, ret_number);
    case FIELD_U64:
        return read_integer(reading, value, field->key, INT64_MAX, ret_number);
    case FIELD_U16:
        return read_integer(reading, value, field->key, UINT16_MAX, ret_number);
    default:
        return read_integer(reading, value, field->key, UINT32_MAX, ret_number);
    }
}

static void store_number(const struct event_field *field, uint64_t number, struct event *event)
{
    uint8_t *at = (uint8_t *)event + field->offset;
    switch (field->kind) {
    case FIELD_BOOL:
        *(bool *)at = number != 0;
        return;
    case FIELD_U16:
        memcpy(at, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
        return;
    case FIELD_U64:
        memcpy(at, &number, sizeof number);
        return;
    default:
        memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
    }
}

static int read_field(struct reading *reading, json_t *value, const struct event_field *field,
                      struct event *event)
{
    uint64_t number = 0;
    int code;
    switch (field->kind) {
    case FIELD_OPTIONS:
        return read_options(reading, value, event);
    case FIELD_TEXT:
    case FIELD_ADDRESS:
    case FIELD_MAC:
        return read_text_field(reading, value, field, event);
    default:
        code = read_number_field(reading, value, field, &number);
        if (!code)
            store_number(field, number, event);
        return code;
    }
}

static int read_phone(struct reading *reading, const json_t *object, struct event *event)
{
    const json_t *value = json_object_get(object, "phone");
    uint64_t phone;
    event->phone = EVENT_PHONE_NONE;
    if (!value)
        return 0;
    if (read_name(reading, value, "phone", reading->phone_names, reading->phone_count, &phone))
        return complain(reading, "phone", "the name of a phone of this run");
    event->phone = (int)phone;
    return 0;
}

static int read_event(struct reading *reading, const json_t *object, struct timeline *timeline)
{
    struct event event = {0};
    uint64_t number, time_us, type;
    int code = read_phone(reading, object, &event);
    if (!code)
        code = read_integer(reading, json_object_get(object, "n"), "n", INT64_MAX, &number);
    if (!code)
        code = read_integer(reading, json_object_get(object, "t"), "t", INT64_MAX, &time_us);
    if (!code)
        code = read_name(reading, json_object_get(object, "type"), "type", event_type_names,
                         EVENT_TYPE_COUNT, &type);
    if (code)
        return code;
    if (number != timeline->count + 1)
        return complain(reading, "n", "one more than the line before");
    if (timeline->count && time_us < timeline->events[timeline->count - 1].time_us)
        return complain(reading, "t", "no earlier than the line before");
    event.type = (enum event_type)type;
    for (size_t i = 0; i < event_field_count; i++) {
        const struct event_field *field = &event_fields[i];
        json_t *value = json_object_get(object, field->key);
        if (!event_has_field(&event, field))
            continue;
        if (!value && field->always)
            return complain(reading, field->key, "given for this type");
        code = value ? read_field(reading, value, field, &event) : 0;
        if (code)
            return code;
    }
    if (!timeline_append(timeline, &event, time_us))
        return error_set(reading->error, ERROR_LIMIT, "timeline line %u: too many events",
                         reading->line);
    return 0;
}

static int read_line(struct reading *reading, const char *line, size_t length,
                     struct timeline *timeline)
{
    json_error_t problem;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    int code;
    if (!json_is_object(object)) {
        code = error_set(reading->error, ERROR_INVALID, "timeline line %u: %s", reading->line,
                         object ? "not a JSON object" : problem.text);
        if (reading->error)
            reading->error->line = reading->line;
    } else {
        code = read_event(reading, object, timeline);
    }
    json_decref(object);
    return code;
}

int timeline_read(struct timeline *timeline, const char *bytes, size_t length,
                  const char *const *phone_names, size_t phone_count, struct error *error)
{
    struct reading reading = {
        .phone_names = phone_names, .phone_count = phone_count, .error = error};
    int code = 0;
    buffer_init(&reading.options, (size_t)DHCP_OPTIONS_MAX * 2 * DHCP_OPTION_VALUE_MAX);
    for (size_t at = 0; at < length && code == 0;) {
        const char *newline = memchr(bytes + at, '\n', length - at);
        size_t line_bytes = newline ? (size_t)(newline - (bytes + at)) : length - at;
        reading.line++;
        if (line_bytes > 0)
            code = read_line(&reading, bytes + at, line_bytes, timeline);
        at += line_bytes + 1;
    }
    buffer_done(&reading.options);
    return code;
}
