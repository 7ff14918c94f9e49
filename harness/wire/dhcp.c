/* SPDX-License-Identifier: MIT */
#include "harness/wire/dhcp.h"
#include "harness/base/cursor.h"
#include <stdlib.h>
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

/* --- walking over options --- */

/* The next option of one area; false at its end, or (failed) where it is malformed. */
static bool area_next(struct cursor *area, bool marked, struct dhcp_item *ret_item)
{
    while (cursor_left(area) > 0) {
        uint8_t code = cursor_u8(area);
        if (marked && code == DHCP_OPTION_PAD)
            continue;
        if (marked && code == DHCP_OPTION_END)
            return false;
        uint8_t length = cursor_u8(area);
        const uint8_t *value = cursor_take(area, length);
        if (!value)
            return false;
        *ret_item = (struct dhcp_item){.code = code, .length = length, .value = value};
        return true;
    }
    return false;
}

static void walk_init(struct dhcp_walk *walk, bool marked, const uint8_t *bytes, size_t length)
{
    *walk = (struct dhcp_walk){.marked = marked, .area_count = 1};
    cursor_init(&walk->areas[0], bytes, length);
}

void dhcp_walk_area(struct dhcp_walk *walk, const uint8_t *bytes, size_t length)
{
    walk_init(walk, false, bytes, bytes ? length : 0);
}

void dhcp_walk_vendor_specific(struct dhcp_walk *walk, const uint8_t *value, size_t length)
{
    walk_init(walk, true, value, length);
}

void dhcp_walk_vendor_identifying(struct dhcp_walk *walk, const uint8_t *value, size_t length)
{
    walk_init(walk, false, NULL, 0);
    cursor_init(&walk->enterprises, value, length);
}

/* Option 52 counts only where it cannot speak of itself: in the options field. */
static uint8_t overloaded_fields(const struct dhcp_message *message)
{
    struct cursor options;
    struct dhcp_item item;
    cursor_init(&options, message->options, message->options_length);
    while (area_next(&options, true, &item))
        if (item.code == DHCP_OPTION_OVERLOAD && item.length == 1)
            return item.value[0];
    return 0;
}

void dhcp_walk_message(struct dhcp_walk *walk, const struct dhcp_message *message)
{
    uint8_t overloaded = overloaded_fields(message);
    walk_init(walk, true, message->options, message->options_length);
    if (overloaded & OVERLOAD_FILE && message->file)
        cursor_init(&walk->areas[walk->area_count++], message->file, FILE_BYTES);
    if (overloaded & OVERLOAD_SNAME && message->sname)
        cursor_init(&walk->areas[walk->area_count++], message->sname, SNAME_BYTES);
}

/* The next enterprise's part becomes the area. */
static bool next_enterprise(struct dhcp_walk *walk)
{
    if (cursor_left(&walk->enterprises) == 0)
        return false;
    walk->enterprise = cursor_be32(&walk->enterprises);
    uint8_t length = cursor_u8(&walk->enterprises);
    walk->areas[0] = cursor_sub(&walk->enterprises, length);
    walk->failed = walk->failed || walk->enterprises.failed;
    return !walk->enterprises.failed;
}

bool dhcp_walk_next(struct dhcp_walk *walk, struct dhcp_item *ret_item)
{
    while (walk->area < walk->area_count) {
        struct cursor *area = &walk->areas[walk->area];
        if (area_next(area, walk->marked, ret_item)) {
            ret_item->enterprise = walk->enterprise;
            return true;
        }
        walk->failed = walk->failed || area->failed;
        if (next_enterprise(walk))
            continue;
        walk->area = area->failed ? walk->area_count : walk->area + 1;
    }
    return false;
}

/* --- is it whole? --- */

const char *const dhcp_form_names[DHCP_FORMS] = {
    [DHCP_FORM_TRUNCATED] = "truncated",
    [DHCP_FORM_BAD_LENGTH] = "bad-length",
    [DHCP_FORM_NO_END] = "no-end",
};

static bool has_end(struct cursor options)
{
    while (cursor_left(&options) > 0) {
        uint8_t code = cursor_u8(&options);
        if (code == DHCP_OPTION_END)
            return true;
        if (code != DHCP_OPTION_PAD)
            cursor_take(&options, cursor_u8(&options));
    }
    return false;
}

enum dhcp_form dhcp_form(const struct dhcp_message *message)
{
    struct dhcp_walk walk;
    struct dhcp_item item;
    struct cursor options;
    size_t length = message->options_length;
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item))
        ;
    cursor_init(&options, message->options, length);
    if (!walk.failed)
        return has_end(options) ? DHCP_FORM_GOOD : DHCP_FORM_NO_END;
    /* A message that was cut has lost its end. */
    while (length > 0 && message->options[length - 1] == DHCP_OPTION_PAD)
        length--;
    bool ends = length > 0 && message->options[length - 1] == DHCP_OPTION_END;
    return ends ? DHCP_FORM_BAD_LENGTH : DHCP_FORM_TRUNCATED;
}

/* --- values --- */

bool dhcp_walk_get(struct dhcp_walk walk, uint8_t code, struct dhcp_option_view *view)
{
    bool found = false;
    struct dhcp_item item;
    view->code = code;
    view->length = 0;
    while (dhcp_walk_next(&walk, &item)) {
        if (item.code != code)
            continue;
        found = true;
        if (item.length > sizeof view->value - view->length)
            return false;
        memcpy(view->value + view->length, item.value, item.length);
        view->length += item.length;
    }
    return found;
}

bool dhcp_option_get(const struct dhcp_message *message, uint8_t code,
                     struct dhcp_option_view *view)
{
    struct dhcp_walk walk;
    dhcp_walk_message(&walk, message);
    return dhcp_walk_get(walk, code, view);
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

/* Nearly every message has each option once: it is normal as it is. False: this one has not. */
static bool append_single_options(const struct dhcp_message *message, struct buffer *buffer)
{
    uint64_t seen[(UINT8_MAX + 1) / 64] = {0};
    size_t before = buffer->length;
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item)) {
        uint64_t bit = UINT64_C(1) << item.code % 64;
        if (seen[item.code / 64] & bit) {
            buffer_cut(buffer, before);
            return false;
        }
        seen[item.code / 64] |= bit;
        dhcp_encode_option(buffer, item.code, item.value, item.length);
    }
    return true;
}

/* Two passes: how long each option is, joined, and then its bytes to their place. */
static bool append_joined_options(const struct dhcp_message *message, struct buffer *buffer)
{
    size_t lengths[UINT8_MAX + 1] = {0}, ends[UINT8_MAX + 1], code_count = 0, bytes = 0;
    uint8_t codes[UINT8_MAX + 1];
    bool seen[UINT8_MAX + 1] = {false};
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item)) {
        if (!seen[item.code])
            codes[code_count++] = item.code;
        seen[item.code] = true;
        lengths[item.code] += item.length;
        bytes += item.length;
    }
    uint8_t *joined = malloc(bytes ? bytes : 1);
    if (!joined)
        return false;
    for (size_t i = 0, end = 0; i < code_count; i++) {
        ends[codes[i]] = end;
        end += lengths[codes[i]];
    }
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item)) {
        memcpy(joined + ends[item.code], item.value, item.length);
        ends[item.code] += item.length;
    }
    for (size_t i = 0; i < code_count; i++)
        if (lengths[codes[i]] <= DHCP_OPTION_VALUE_MAX)
            dhcp_encode_option(buffer, codes[i], joined + ends[codes[i]] - lengths[codes[i]],
                               lengths[codes[i]]);
    free(joined);
    return !buffer->failed;
}

bool dhcp_options_normalize(const struct dhcp_message *message, struct buffer *buffer)
{
    return append_single_options(message, buffer) ? !buffer->failed
                                                  : append_joined_options(message, buffer);
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

/* --- encoding --- */

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
