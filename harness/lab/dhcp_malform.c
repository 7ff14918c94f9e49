/* SPDX-License-Identifier: MIT */
#include "harness/lab/dhcp_malform.h"
#include <string.h>

enum {
    HEAD_BYTES = 2, /* of an option: code, length */
    SNAME_BYTES = 64,
    FILE_BYTES = 128,
    LENGTH_MAX = 255,
    SPLIT_LEAST = 8, /* a shorter value is not cut in two */
    IN_FILE = 1,     /* values of option 52 */
    IN_SNAME = 2,
    OPTIONS_MAX = 255,
};

/* --- broken ones --- */

struct layout { /* offsets within the options */
    size_t last, last_length, end;
};

/* False: it has no option, no end, or is broken already. */
static bool lay_out(const struct dhcp_message *message, struct layout *ret_layout)
{
    const uint8_t *options = message->options;
    struct layout layout = {0};
    bool any = false;
    for (size_t at = 0; at < message->options_length;) {
        if (options[at] == DHCP_OPTION_END) {
            layout.end = at;
            *ret_layout = layout;
            return any;
        }
        if (options[at] == DHCP_OPTION_PAD) {
            at++;
            continue;
        }
        if (message->options_length - at < HEAD_BYTES)
            return false;
        layout.last = at;
        layout.last_length = options[at + 1];
        any = true;
        at += HEAD_BYTES + layout.last_length;
    }
    return false;
}

static bool truncate(const struct dhcp_message *message, const struct layout *layout,
                     struct buffer *buffer)
{
    size_t value = layout->last + HEAD_BYTES, cut = value + layout->last_length / 2;
    /* Nothing must look as if it were the end, with padding behind it or without. */
    while (cut > value && (message->options[cut - 1] == DHCP_OPTION_END ||
                           message->options[cut - 1] == DHCP_OPTION_PAD))
        cut--;
    if (cut == value && (layout->last_length == 0 || layout->last_length == LENGTH_MAX))
        cut = layout->last + 1;
    buffer_append(buffer, message->options, cut);
    return true;
}

static bool lengthen(const struct dhcp_message *message, const struct layout *layout,
                     struct buffer *buffer)
{
    size_t value = layout->last + HEAD_BYTES;
    if (message->options_length - value >= LENGTH_MAX)
        return false; /* it would not be a lie */
    buffer_append(buffer, message->options, layout->last + 1);
    buffer_u8(buffer, LENGTH_MAX);
    buffer_append(buffer, message->options + value, layout->end + 1 - value);
    for (size_t i = layout->end + 1; i < message->options_length; i++)
        buffer_u8(buffer, DHCP_OPTION_PAD);
    return true;
}

static bool open_end(const struct dhcp_message *message, const struct layout *layout,
                     struct buffer *buffer)
{
    buffer_append(buffer, message->options, layout->end);
    for (size_t i = layout->end; i < message->options_length; i++)
        buffer_u8(buffer, DHCP_OPTION_PAD);
    return true;
}

/* --- options elsewhere --- */

/* What a client cannot do without stays where it is looked for: one that reads no overload is then
 * one that misses options, and not one that nobody can reach. */
static bool may_move(const struct dhcp_item *item, const unsigned counts[UINT8_MAX + 1])
{
    static const uint8_t first[] = {DHCP_OPTION_MESSAGE_TYPE,   DHCP_OPTION_SERVER_IDENTIFIER,
                                    DHCP_OPTION_LEASE_TIME,     DHCP_OPTION_RENEWAL_TIME,
                                    DHCP_OPTION_REBINDING_TIME, DHCP_OPTION_SUBNET_MASK,
                                    DHCP_OPTION_ROUTER,         DHCP_OPTION_DOMAIN_NAME_SERVER};
    return counts[item->code] == 1 && !memchr(first, item->code, sizeof first);
}

/* The longest of those that fit into both fields together; NULL: there is none. */
static const struct dhcp_item *choose_longest(const struct dhcp_item *items, size_t count,
                                              const unsigned counts[UINT8_MAX + 1])
{
    enum { ROOM = FILE_BYTES - HEAD_BYTES - 1 + SNAME_BYTES - HEAD_BYTES - 1 };
    const struct dhcp_item *longest = NULL;
    for (size_t i = 0; i < count; i++)
        if (may_move(&items[i], counts) && items[i].length <= ROOM &&
            (!longest || items[i].length > longest->length))
            longest = &items[i];
    return longest;
}

static size_t length_in_sname(const struct dhcp_item *item)
{
    enum { ROOM = SNAME_BYTES - HEAD_BYTES - 1 };
    size_t half = item->length < SPLIT_LEAST ? 0 : item->length / 2u;
    return half < ROOM ? half : ROOM;
}

/* Ends the field and fills it up. */
static void close_field(struct buffer *field, size_t bytes)
{
    buffer_u8(field, DHCP_OPTION_END);
    while (!field->failed && field->length < bytes)
        buffer_u8(field, DHCP_OPTION_PAD);
}

static void put_options(const struct dhcp_message *message, const struct dhcp_item *items,
                        size_t count, const bool moved[OPTIONS_MAX], uint8_t where,
                        const struct buffer *file, const struct buffer *sname,
                        struct buffer *buffer)
{
    struct dhcp_message head = *message;
    head.file = file->data;
    if (where & IN_SNAME)
        head.sname = sname->data;
    dhcp_encode_header(buffer, &head);
    for (size_t i = 0; i < count; i++) {
        if (!moved[i])
            dhcp_encode_option(buffer, items[i].code, items[i].value, items[i].length);
        if (i == 0)
            dhcp_encode_u8(buffer, DHCP_OPTION_OVERLOAD, where);
    }
    dhcp_encode_end(buffer);
}

static bool overload(const struct dhcp_message *message, struct buffer *buffer)
{
    struct dhcp_item items[OPTIONS_MAX];
    bool moved[OPTIONS_MAX] = {false};
    unsigned counts[UINT8_MAX + 1] = {0};
    size_t count = 0;
    struct dhcp_walk walk;
    dhcp_walk_message(&walk, message);
    while (count < OPTIONS_MAX && dhcp_walk_next(&walk, &items[count]))
        counts[items[count++].code]++;
    const struct dhcp_item *longest = choose_longest(items, count, counts);
    if (walk.failed || counts[DHCP_OPTION_OVERLOAD] || !longest || longest == items)
        return false;
    struct buffer file, sname;
    size_t behind = length_in_sname(longest), before = longest->length - behind;
    buffer_init(&file, FILE_BYTES);
    buffer_init(&sname, SNAME_BYTES);
    dhcp_encode_option(&file, longest->code, longest->value, before);
    if (behind)
        dhcp_encode_option(&sname, longest->code, longest->value + before, behind);
    moved[longest - items] = true;
    for (size_t i = 1; i < count; i++) {
        if (moved[i] || !may_move(&items[i], counts) ||
            file.length + HEAD_BYTES + items[i].length + 1 > FILE_BYTES)
            continue;
        dhcp_encode_option(&file, items[i].code, items[i].value, items[i].length);
        moved[i] = true;
    }
    close_field(&file, FILE_BYTES);
    close_field(&sname, SNAME_BYTES);
    bool good = !file.failed && !sname.failed;
    if (good)
        put_options(message, items, count, moved, behind ? IN_FILE | IN_SNAME : IN_FILE, &file,
                    &sname, buffer);
    buffer_done(&file);
    buffer_done(&sname);
    return good && !buffer->failed;
}

bool dhcp_malform(enum dhcp_malformed malformed, const struct dhcp_message *message,
                  struct buffer *buffer)
{
    struct layout layout;
    bool done = false;
    if (malformed == DHCP_MALFORMED_OVERLOAD)
        return overload(message, buffer);
    if (!lay_out(message, &layout))
        return false;
    dhcp_encode_header(buffer, message);
    switch (malformed) {
    case DHCP_MALFORMED_TRUNCATED:
        done = truncate(message, &layout, buffer);
        break;
    case DHCP_MALFORMED_BAD_LENGTH:
        done = lengthen(message, &layout, buffer);
        break;
    case DHCP_MALFORMED_NO_END:
        done = open_end(message, &layout, buffer);
        break;
    case DHCP_MALFORMED_OVERLOAD:
        break;
    }
    return done && !buffer->failed;
}
