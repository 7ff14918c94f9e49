/* SPDX-License-Identifier: MIT */
/* Written by hand because equal events must give equal bytes, fast, for ever; read back by a
 * library. */
#include "harness/observe/timeline.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_PIECE_MAX = 255,
    DHCP_TYPE_LAST = DHCP_INFORM,
    JSON_INT_BITS = 63,
    FIRST_CAPACITY = 256,
};

/* --- the fields of an event, from the lists in event.h --- */

enum field_kind {
    FIELD_BOOL,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_UNSIGNED,
    FIELD_TEXT,
    FIELD_ADDRESS,
    FIELD_MAC,
    FIELD_DHCP_TYPE,
    FIELD_OPTIONS,
    FIELD_SERVER,
    FIELD_ACTION,
    FIELD_TRANSPORT,
    FIELD_CONTENT,
    FIELD_TFTP_PACKET,
    FIELD_SETTING,
    FIELD_STATE,
    FIELD_RULE,
    FIELD_CAUSE,
    FIELD_PEER,
    FIELD_KIND_COUNT
};

enum field_when { WHEN_IF_SET, WHEN_ALWAYS, WHEN_NEVER, WHEN_IF_KNOWN };

struct field {
    const char *key;
    enum field_kind kind;
    enum field_when when;
    size_t offset, size; /* in the struct of its list */
};

struct fields {
    const struct field *list;
    size_t count;
};

#define FIELD_ROW(tag, kind, member, key, when) \
    {key, FIELD_##kind, WHEN_##when, offsetof(struct tag, member), sizeof(EVENT_C_##kind)},
#define FIELDS(list, tag) {list(FIELD_ROW, tag)}

static const struct field peer_fields[] = FIELDS(EVENT_PEER_FIELDS, event_peer);
static const struct field action_fields[] = FIELDS(EVENT_ACTION_FIELDS, action_event);
static const struct field setting_fields[] = FIELDS(EVENT_SETTING_FIELDS, setting_event);
static const struct field lost_fields[] = FIELDS(EVENT_LOST_FIELDS, lost_event);
static const struct field carrier_fields[] = FIELDS(EVENT_CARRIER_FIELDS, carrier_event);
static const struct field dhcp_fields[] = FIELDS(EVENT_DHCP_FIELDS, dhcp_event);
static const struct field conflict_fields[] = FIELDS(EVENT_CONFLICT_FIELDS, conflict_event);
static const struct field dns_fields[] = FIELDS(EVENT_DNS_FIELDS, dns_event);
static const struct field connection_fields[] = FIELDS(EVENT_CONNECTION_FIELDS, connection_event);
static const struct field tls_fields[] = FIELDS(EVENT_TLS_FIELDS, tls_event);
static const struct field http_request_fields[] =
    FIELDS(EVENT_HTTP_REQUEST_FIELDS, http_request_event);
static const struct field http_response_fields[] =
    FIELDS(EVENT_HTTP_RESPONSE_FIELDS, http_response_event);
static const struct field tftp_fields[] = FIELDS(EVENT_TFTP_FIELDS, tftp_event);
static const struct field request_fields[] = FIELDS(EVENT_REQUEST_FIELDS, request_event);
static const struct field answer_fields[] = FIELDS(EVENT_ANSWER_FIELDS, answer_event);
static const struct field page_fields[] = FIELDS(EVENT_PAGE_FIELDS, page_event);
static const struct field boot_fields[] = FIELDS(EVENT_BOOT_FIELDS, boot_event);
static const struct field attempt_fields[] = FIELDS(EVENT_ATTEMPT_FIELDS, attempt_event);
static const struct field failed_fields[] = FIELDS(EVENT_FAILED_FIELDS, failed_event);
static const struct field state_fields[] = FIELDS(EVENT_STATE_FIELDS, state_event);
static const struct field note_fields[] = FIELDS(EVENT_NOTE_FIELDS, note_event);

#define ALL_OF(rows) {rows, sizeof rows / sizeof *rows}

#define TYPE_FIELDS(type, name, member) [EVENT_##type] = ALL_OF(member##_fields),
#define TYPE_ONE(type, name, member) +1
_Static_assert(0 EVENT_TYPES(TYPE_ONE) == EVENT_TYPE_COUNT, "a type is missing in EVENT_TYPES");

/* Events come from files too: an enum may hold anything, and then has no fields. */
static struct fields fields_of(enum event_type type)
{
    static const struct fields fields[EVENT_TYPE_COUNT] = {EVENT_TYPES(TYPE_FIELDS)};
    return (unsigned)type < EVENT_TYPE_COUNT ? fields[type] : (struct fields){NULL, 0};
}

/* All structs of the union begin at the same place. */
static void *body_of(struct event *event)
{
    return &event->action;
}

/* A boot of its own accord has no action, and the enum has no value for none. */
static bool has_field(const void *body, const struct field *field)
{
    if (field->when == WHEN_IF_KNOWN)
        return ((const struct boot_event *)body)->action_known;
    return field->when != WHEN_NEVER;
}

/* The names of the enums; the others have none. */
static const char *const *names_of(enum field_kind kind, size_t *ret_count)
{
    const struct {
        const char *const *names;
        size_t count;
    } enums[FIELD_KIND_COUNT] = {
        [FIELD_SERVER] = {event_server_names, EVENT_SERVER_COUNT},
        [FIELD_ACTION] = {event_action_names, ACTION_COUNT},
        [FIELD_TRANSPORT] = {event_transport_names, TRANSPORT_COUNT},
        [FIELD_CONTENT] = {event_content_names, CONTENT_COUNT},
        [FIELD_TFTP_PACKET] = {event_tftp_packet_names, TFTP_PACKET_COUNT},
        [FIELD_SETTING] = {setting_names, SETTING_KINDS},
        [FIELD_STATE] = {vendor_default()->state_names, STATE_COUNT},
    };
    *ret_count = enums[kind].count;
    return enums[kind].names;
}

static uint64_t number_at(const uint8_t *at, const struct field *field)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (field->size) {
    case sizeof(bool):
        return *(const bool *)at ? 1 : 0;
    case sizeof u16:
        memcpy(&u16, at, sizeof u16);
        return u16;
    case sizeof u32: /* the enums too */
        memcpy(&u32, at, sizeof u32);
        return u32;
    default:
        memcpy(&u64, at, sizeof u64);
        return u64;
    }
}

static void store_number(uint8_t *at, const struct field *field, uint64_t number)
{
    switch (field->size) {
    case sizeof(bool):
        *(bool *)at = number != 0;
        return;
    case sizeof(uint16_t):
        memcpy(at, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
        return;
    case sizeof(uint32_t):
        memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        return;
    default:
        memcpy(at, &number, sizeof number);
    }
}

/* Of any type: the member of this kind that its list has, NULL = none. */
static const void *member_of(const struct event *event, enum field_kind kind)
{
    struct fields fields = fields_of(event->type);
    for (size_t i = 0; i < fields.count; i++)
        if (fields.list[i].kind == kind)
            return (const uint8_t *)&event->action + fields.list[i].offset;
    return NULL;
}

const struct event_peer *event_peer(const struct event *event)
{
    return member_of(event, FIELD_PEER);
}

enum event_server event_server(const struct event *event)
{
    const struct event_peer *peer = event_peer(event);
    if (peer)
        return peer->server;
    return event->type == EVENT_DNS ? event->dns.server : EVENT_SERVER_NONE;
}

/* --- in memory --- */

void timeline_init(struct timeline *timeline)
{
    memset(timeline, 0, sizeof *timeline);
    arena_init(&timeline->arena, (size_t)TIMELINE_BYTES_MAX);
}

void timeline_done(struct timeline *timeline)
{
    arena_done(&timeline->arena);
    free(timeline->events);
    timeline->events = NULL;
    timeline->count = timeline->capacity = 0;
}

uint64_t timeline_next_number(const struct timeline *timeline)
{
    return timeline->forgotten + timeline->count + 1;
}

static bool grow(struct timeline *timeline)
{
    if (timeline->count < timeline->capacity)
        return true;
    if (timeline->count >= TIMELINE_EVENTS_MAX)
        return false;
    size_t capacity = timeline->capacity ? 2 * timeline->capacity : FIRST_CAPACITY;
    if (capacity > TIMELINE_EVENTS_MAX)
        capacity = TIMELINE_EVENTS_MAX;
    struct event *events = realloc(timeline->events, capacity * sizeof *events);
    if (!events)
        return false;
    timeline->events = events;
    timeline->capacity = capacity;
    return true;
}

/* Takes what the struct's pointers point to into the arena. */
static bool keep_all(struct arena *arena, struct fields fields, void *body)
{
    for (size_t i = 0; i < fields.count; i++) {
        void *at = (uint8_t *)body + fields.list[i].offset;
        const char *text;
        struct event_options *options = at;
        switch (fields.list[i].kind) {
        case FIELD_TEXT:
            memcpy(&text, at, sizeof text);
            text = text ? arena_string(arena, text) : NULL;
            if (!text && *(const char *const *)at)
                return false;
            memcpy(at, &text, sizeof text);
            break;
        case FIELD_OPTIONS:
            options->bytes =
                options->length ? arena_copy(arena, options->bytes, options->length) : NULL;
            if (options->length && !options->bytes)
                return false;
            break;
        default: /* a peer has no texts */
            break;
        }
    }
    return true;
}

const struct event *timeline_append(struct timeline *timeline, const struct event *event,
                                    uint64_t time_us)
{
    /* The event given may live in the array that grow() moves. */
    struct event kept = *event;
    if (timeline->failed || !grow(timeline) ||
        !keep_all(&timeline->arena, fields_of(kept.type), body_of(&kept))) {
        timeline->failed = true;
        return NULL;
    }
    kept.number = timeline_next_number(timeline);
    kept.time_us = time_us;
    timeline->events[timeline->count] = kept;
    return &timeline->events[timeline->count++];
}

/* --- to JSON --- */

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
static void write_options_hex(const struct event_options *options, struct buffer *buffer)
{
    const char *separator = "";
    int last = -1;
    struct dhcp_walk walk;
    struct dhcp_item item;
    buffer_u8(buffer, '{');
    dhcp_walk_area(&walk, options->bytes, options->length);
    for (; dhcp_walk_next(&walk, &item); last = item.code) {
        if (item.code != last) {
            buffer_format(buffer, "%s\"%u\":\"", separator, (unsigned)item.code);
            separator = "\",";
        }
        for (size_t i = 0; i < item.length; i++)
            buffer_format(buffer, "%02x", (unsigned)item.value[i]);
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

/* For people only; the reader takes the hex. Only the first piece of a long one. */
static void write_options_text(const struct event_options *options, struct buffer *buffer)
{
    const char *separator = ",\"options_text\":{";
    int last = -1;
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_area(&walk, options->bytes, options->length);
    for (; dhcp_walk_next(&walk, &item); last = item.code) {
        if (item.code == last || !is_text(item.value, item.length))
            continue;
        const char *text = (const char *)item.value;
        buffer_format(buffer, "%s\"%u\":", separator, (unsigned)item.code);
        write_string(text, strnlen(text, item.length), buffer);
        separator = ",";
    }
    if (separator[1] == '\0')
        buffer_u8(buffer, '}');
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

static bool is_empty(const uint8_t *at, const struct field *field)
{
    static const uint8_t zeros[sizeof(struct event_peer)];
    if (field->kind == FIELD_OPTIONS)
        return ((const struct event_options *)(const void *)at)->length == 0;
    return memcmp(at, zeros, field->size) == 0;
}

static void write_value(const uint8_t *at, const struct field *field, struct buffer *buffer)
{
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    const char *text;
    size_t count;
    const char *const *names = names_of(field->kind, &count);
    switch (field->kind) {
    case FIELD_BOOL:
        buffer_text(buffer, number_at(at, field) ? "true" : "false");
        return;
    case FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        write_text(text, buffer);
        return;
    case FIELD_ADDRESS:
        write_text(ipv4_format((uint32_t)number_at(at, field), address), buffer);
        return;
    case FIELD_MAC:
        write_text(mac_format((const struct mac *)at, mac), buffer);
        return;
    case FIELD_RULE:
        write_text(number_at(at, field) < RULE_COUNT
                       ? vendor_rule(vendor_default(), (enum rule_id)number_at(at, field))->id
                       : "?",
                   buffer);
        return;
    case FIELD_DHCP_TYPE:
        write_dhcp_type((unsigned)number_at(at, field), buffer);
        return;
    case FIELD_OPTIONS:
        write_options_hex((const void *)at, buffer);
        write_options_text((const void *)at, buffer);
        return;
    case FIELD_SERVER:
    case FIELD_ACTION:
    case FIELD_TRANSPORT:
    case FIELD_CONTENT:
    case FIELD_TFTP_PACKET:
    case FIELD_SETTING:
    case FIELD_STATE:
        write_text(number_at(at, field) < count ? names[number_at(at, field)] : "?", buffer);
        return;
    case FIELD_U16:
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_CAUSE:
    case FIELD_UNSIGNED:
        write_number(number_at(at, field), buffer);
        return;
    case FIELD_PEER: /* write_fields */
    case FIELD_KIND_COUNT:
        break;
    }
    assert(false);
}

static void write_fields(const void *body, struct fields fields, struct buffer *buffer)
{
    for (size_t i = 0; i < fields.count; i++) {
        const struct field *field = &fields.list[i];
        const uint8_t *at = (const uint8_t *)body + field->offset;
        if (field->kind == FIELD_PEER) {
            write_fields(at, (struct fields)ALL_OF(peer_fields), buffer);
            continue;
        }
        if (!has_field(body, field) || (field->when == WHEN_IF_SET && is_empty(at, field)))
            continue;
        buffer_format(buffer, ",\"%s\":", field->key);
        write_value(at, field, buffer);
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
    write_fields(&event->action, fields_of(event->type), buffer);
    buffer_u8(buffer, '}');
}

/* --- back from JSON --- */

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
    if (!json_is_string(value) ||
        !vendor_rule_find(vendor_default(), json_string_value(value), &rule))
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

static int read_options(struct reading *reading, json_t *value, struct event_options *ret_options)
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
    ret_options->bytes = reading->options.data;
    ret_options->length = reading->options.length;
    return 0;
}

static int read_number(struct reading *reading, const json_t *value, const struct field *field,
                       uint8_t *at)
{
    size_t count;
    const char *const *names = names_of(field->kind, &count);
    uint64_t number = 0, maximum = UINT64_MAX >> (64 - 8 * field->size);
    int code;
    if (names)
        code = read_name(reading, value, field->key, names, count, &number);
    else if (field->kind == FIELD_RULE)
        code = read_rule(reading, value, field->key, &number);
    else if (field->kind == FIELD_DHCP_TYPE)
        code = read_dhcp_type(reading, value, field->key, &number);
    else
        code = read_integer(reading, value, field->key, maximum < INT64_MAX ? maximum : INT64_MAX,
                            &number);
    if (!code)
        store_number(at, field, number);
    return code;
}

static int read_field(struct reading *reading, json_t *value, const struct field *field,
                      uint8_t *at)
{
    const char *text = json_string_value(value);
    uint32_t address;
    switch (field->kind) {
    case FIELD_OPTIONS:
        return read_options(reading, value, (void *)at);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return complain(reading, field->key, "true or false");
        store_number(at, field, json_is_true(value) ? 1 : 0);
        return 0;
    case FIELD_TEXT:
        if (!text)
            return complain(reading, field->key, "a text");
        memcpy(at, &text, sizeof text);
        return 0;
    case FIELD_ADDRESS:
        if (!text || !ipv4_parse(text, &address))
            return complain(reading, field->key, text ? "an IPv4 address" : "a text");
        store_number(at, field, address);
        return 0;
    case FIELD_MAC:
        if (!text || !mac_parse(text, (struct mac *)at))
            return complain(reading, field->key, text ? "a MAC address" : "a text");
        return 0;
    default:
        return read_number(reading, value, field, at);
    }
}

static int read_fields(struct reading *reading, const json_t *object, struct fields fields,
                       void *body)
{
    int code = 0;
    for (size_t i = 0; i < fields.count && !code; i++) {
        const struct field *field = &fields.list[i];
        uint8_t *at = (uint8_t *)body + field->offset;
        if (field->kind == FIELD_PEER) {
            code = read_fields(reading, object, (struct fields)ALL_OF(peer_fields), at);
            continue;
        }
        json_t *value = has_field(body, field) ? json_object_get(object, field->key) : NULL;
        if (value)
            code = read_field(reading, value, field, at);
        else if (field->when == WHEN_ALWAYS ||
                 (field->when == WHEN_IF_KNOWN && has_field(body, field)))
            code = complain(reading, field->key, "given for this type");
    }
    return code;
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
    TRY(read_phone(reading, object, &event));
    TRY(read_integer(reading, json_object_get(object, "n"), "n", INT64_MAX, &number));
    TRY(read_integer(reading, json_object_get(object, "t"), "t", INT64_MAX, &time_us));
    TRY(read_name(reading, json_object_get(object, "type"), "type", event_type_names,
                  EVENT_TYPE_COUNT, &type));
    if (number != timeline->count + 1)
        return complain(reading, "n", "one more than the line before");
    if (timeline->count && time_us < timeline->events[timeline->count - 1].time_us)
        return complain(reading, "t", "no earlier than the line before");
    event.type = (enum event_type)type;
    TRY(read_fields(reading, object, fields_of(event.type), body_of(&event)));
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
    buffer_init(&reading.options, DHCP_AREA_MAX);
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
