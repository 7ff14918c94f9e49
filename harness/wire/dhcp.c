/* SPDX-License-Identifier: MIT */
#include "harness/wire/dhcp.h"
#include "harness/base/cursor.h"
#include <string.h>

enum {
    HARDWARE_ETHERNET = 1,
    CHADDR_BYTES = 16,
    SNAME_BYTES = 64,
    FILE_BYTES = 128,
    OVERLOAD_FILE = 1,
    OVERLOAD_SNAME = 2,
    OPTION_BYTES_MAX = 255,  /* of one instance */
    MESSAGE_BYTES_MIN = 300, /* what BOOTP relays and servers of old insist on */
};
static const uint32_t magic_cookie = 0x63825363;

/* One instance of an option; the areas are read in the order of RFC 3396 section 5. */
struct instance {
    uint8_t code;
    const uint8_t *value;
    size_t length;
};
struct walk {
    struct cursor areas[3];
    size_t area, area_count;
};

/* The next instance of one area; false at its end, or (failed) where one is malformed. */
static bool area_next(struct cursor *area, struct instance *ret_instance)
{
    while (cursor_left(area) > 0) {
        uint8_t code = cursor_u8(area);
        if (code == DHCP_OPTION_PAD)
            continue;
        if (code == DHCP_OPTION_END)
            return false;
        size_t length = cursor_u8(area);
        const uint8_t *value = cursor_take(area, length);
        if (!value)
            return false;
        *ret_instance = (struct instance){.code = code, .value = value, .length = length};
        return true;
    }
    return false;
}

/* Option 52, which counts only where it cannot speak of itself: in the options field. */
static uint8_t overloaded_fields(const struct dhcp_message *message)
{
    struct cursor area;
    cursor_init(&area, message->options, message->options_length);
    struct instance instance;
    while (area_next(&area, &instance)) {
        if (instance.code == DHCP_OPTION_OVERLOAD && instance.length == 1)
            return instance.value[0];
    }
    return 0;
}

static void walk_init(struct walk *walk, const struct dhcp_message *message)
{
    *walk = (struct walk){.area_count = 1};
    cursor_init(&walk->areas[0], message->options, message->options_length);
    uint8_t overloaded = overloaded_fields(message);
    if (overloaded & OVERLOAD_FILE && message->file)
        cursor_init(&walk->areas[walk->area_count++], message->file, FILE_BYTES);
    if (overloaded & OVERLOAD_SNAME && message->sname)
        cursor_init(&walk->areas[walk->area_count++], message->sname, SNAME_BYTES);
}

/* Ends at the first malformed instance: what follows it cannot be told apart. */
static bool walk_next(struct walk *walk, struct instance *ret_instance)
{
    for (; walk->area < walk->area_count; walk->area++) {
        struct cursor *area = &walk->areas[walk->area];
        if (area_next(area, ret_instance))
            return true;
        if (area->failed)
            walk->area = walk->area_count - 1;
    }
    return false;
}

static bool view_append(struct dhcp_option_view *view, const struct instance *instance)
{
    if (instance->length > sizeof view->value - view->length)
        return false;
    memcpy(view->value + view->length, instance->value, instance->length);
    view->length += instance->length;
    return true;
}

bool dhcp_option_get(const struct dhcp_message *message, uint8_t code,
                     struct dhcp_option_view *view)
{
    struct walk walk;
    walk_init(&walk, message);
    bool found = false;
    struct instance instance;
    view->code = code;
    view->length = 0;
    while (walk_next(&walk, &instance)) {
        if (instance.code != code)
            continue;
        found = true;
        if (!view_append(view, &instance))
            return false;
    }
    return found;
}

static uint32_t first_be32(const struct dhcp_option_view *view)
{
    struct cursor cursor;
    cursor_init(&cursor, view->value, view->length);
    return cursor_be32(&cursor);
}

bool dhcp_option_ipv4(const struct dhcp_message *message, uint8_t code, uint32_t *ret_address)
{
    struct dhcp_option_view view;
    if (!dhcp_option_get(message, code, &view) || view.length == 0 || view.length % 4)
        return false;
    *ret_address = first_be32(&view);
    return true;
}

bool dhcp_option_u32(const struct dhcp_message *message, uint8_t code, uint32_t *ret_value)
{
    struct dhcp_option_view view;
    if (!dhcp_option_get(message, code, &view) || view.length != 4)
        return false;
    *ret_value = first_be32(&view);
    return true;
}

size_t dhcp_option_codes(const struct dhcp_message *message, uint8_t codes[DHCP_OPTIONS_MAX])
{
    bool seen[UINT8_MAX + 1] = {false};
    size_t count = 0;
    struct walk walk;
    walk_init(&walk, message);
    struct instance instance;
    while (walk_next(&walk, &instance)) {
        if (!seen[instance.code])
            codes[count++] = instance.code;
        seen[instance.code] = true;
    }
    return count;
}

bool dhcp_decode(const uint8_t *bytes, size_t length, struct dhcp_message *ret_message)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, length);
    struct dhcp_message message = {.op = cursor_u8(&cursor)};
    uint8_t hardware = cursor_u8(&cursor);
    uint8_t hardware_length = cursor_u8(&cursor);
    message.hops = cursor_u8(&cursor);
    message.xid = cursor_be32(&cursor);
    message.secs = cursor_be16(&cursor);
    message.flags = cursor_be16(&cursor);
    message.ciaddr = cursor_be32(&cursor);
    message.yiaddr = cursor_be32(&cursor);
    message.siaddr = cursor_be32(&cursor);
    message.giaddr = cursor_be32(&cursor);
    const uint8_t *chaddr = cursor_take(&cursor, CHADDR_BYTES);
    message.sname = cursor_take(&cursor, SNAME_BYTES);
    message.file = cursor_take(&cursor, FILE_BYTES);
    uint32_t cookie = cursor_be32(&cursor);
    if (cursor.failed || hardware != HARDWARE_ETHERNET || hardware_length != MAC_BYTES ||
        cookie != magic_cookie)
        return false;
    memcpy(message.chaddr.bytes, chaddr, MAC_BYTES);
    message.options_length = cursor_left(&cursor);
    message.options = cursor_take(&cursor, message.options_length);
    struct dhcp_option_view type;
    if (dhcp_option_get(&message, DHCP_OPTION_MESSAGE_TYPE, &type) && type.length == 1)
        message.type = (enum dhcp_type)type.value[0];
    *ret_message = message;
    return true;
}

bool dhcp_suboption_get(const uint8_t *value, size_t length, uint8_t code,
                        struct dhcp_option_view *view)
{
    struct cursor area;
    cursor_init(&area, value, length);
    bool found = false;
    struct instance instance;
    while (area_next(&area, &instance)) {
        if (found || instance.code != code)
            continue;
        found = true;
        view->code = code;
        view->length = 0;
        view_append(view, &instance); /* one instance always fits */
    }
    return found && !area.failed;
}

/* The first sub-option `code` in one enterprise's part; unlike in option 43, codes 0 and 255 are
 * sub-options like any other. False if malformed; *found tells whether it was there. */
static bool vendor_part(struct cursor *part, uint8_t code, struct dhcp_option_view *view,
                        bool *found)
{
    while (cursor_left(part) > 0) {
        struct instance instance = {.code = cursor_u8(part)};
        instance.length = cursor_u8(part);
        instance.value = cursor_take(part, instance.length);
        if (!instance.value)
            return false;
        if (*found || instance.code != code)
            continue;
        *found = true;
        view->code = code;
        view->length = 0;
        view_append(view, &instance);
    }
    return true;
}

bool dhcp_vendor_get(const uint8_t *value, size_t length, uint32_t enterprise, uint8_t code,
                     struct dhcp_option_view *view)
{
    struct cursor cursor;
    cursor_init(&cursor, value, length);
    bool found = false;
    while (cursor_left(&cursor) > 0) {
        uint32_t number = cursor_be32(&cursor);
        struct cursor part = cursor_sub(&cursor, cursor_u8(&cursor));
        if (cursor.failed)
            return false;
        if (number == enterprise && !vendor_part(&part, code, view, &found))
            return false;
    }
    return found;
}

static void append_field(struct buffer *buffer, const uint8_t *bytes, size_t length)
{
    static const uint8_t zeros[FILE_BYTES];
    buffer_append(buffer, bytes ? bytes : zeros, length);
}

void dhcp_encode_header(struct buffer *buffer, const struct dhcp_message *message)
{
    buffer_u8(buffer, message->op);
    buffer_u8(buffer, HARDWARE_ETHERNET);
    buffer_u8(buffer, MAC_BYTES);
    buffer_u8(buffer, message->hops);
    buffer_be32(buffer, message->xid);
    buffer_be16(buffer, message->secs);
    buffer_be16(buffer, message->flags);
    buffer_be32(buffer, message->ciaddr);
    buffer_be32(buffer, message->yiaddr);
    buffer_be32(buffer, message->siaddr);
    buffer_be32(buffer, message->giaddr);
    buffer_append(buffer, message->chaddr.bytes, MAC_BYTES);
    append_field(buffer, NULL, CHADDR_BYTES - MAC_BYTES);
    append_field(buffer, message->sname, SNAME_BYTES);
    append_field(buffer, message->file, FILE_BYTES);
    buffer_be32(buffer, magic_cookie);
}

void dhcp_encode_option(struct buffer *buffer, uint8_t code, const void *value, size_t length)
{
    const uint8_t *bytes = value;
    do {
        size_t part = length < OPTION_BYTES_MAX ? length : OPTION_BYTES_MAX;
        buffer_u8(buffer, code);
        buffer_u8(buffer, (uint8_t)part);
        buffer_append(buffer, bytes, part);
        bytes = part ? bytes + part : bytes;
        length -= part;
    } while (length > 0);
}

void dhcp_encode_u8(struct buffer *buffer, uint8_t code, uint8_t value)
{
    dhcp_encode_option(buffer, code, &value, sizeof value);
}

void dhcp_encode_u32(struct buffer *buffer, uint8_t code, uint32_t value)
{
    buffer_u8(buffer, code);
    buffer_u8(buffer, sizeof value);
    buffer_be32(buffer, value);
}

void dhcp_encode_end(struct buffer *buffer)
{
    buffer_u8(buffer, DHCP_OPTION_END);
    if (!buffer->failed && buffer->length < MESSAGE_BYTES_MIN)
        append_field(buffer, NULL, MESSAGE_BYTES_MIN - buffer->length);
}

const char *dhcp_type_name(enum dhcp_type type)
{
    static const char *const names[] = {"bootp", "discover", "offer",   "request", "decline",
                                        "ack",   "nak",      "release", "inform"};
    return (size_t)type < sizeof names / sizeof names[0] ? names[type] : NULL;
}
