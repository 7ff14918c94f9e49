/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/dhcp.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_wire_dhcp(const uint8_t *data, size_t size);

/* All items lie in what was walked over, one behind the other. */
static void check_walk(struct dhcp_walk walk, const uint8_t *bytes, size_t length)
{
    struct dhcp_item item;
    const uint8_t *at = bytes;
    while (dhcp_walk_next(&walk, &item)) {
        assert(item.value >= at + 2 && item.value[-1] == item.length &&
               item.value[-2] == item.code);
        at = item.value + item.length;
        assert(at <= bytes + length);
    }
    assert(walk.area == walk.area_count);
    assert(!dhcp_walk_next(&walk, &item));
}

/* An area holds what the message does, each code once. */
static void check_area(const struct dhcp_message *message, const struct buffer *area)
{
    struct dhcp_walk walk, whole;
    struct dhcp_item item;
    struct dhcp_option_view view, again;
    bool done[UINT8_MAX + 1] = {false};
    int last = -1;
    dhcp_walk_area(&whole, area->data, area->length);
    check_walk(whole, area->data, area->length);
    for (walk = whole; dhcp_walk_next(&walk, &item); last = item.code) {
        assert(item.code == last || !done[item.code]);
        done[item.code] = true;
        assert(dhcp_option_get(message, item.code, &view));
        assert(dhcp_walk_get(whole, item.code, &again));
        assert(view.length == again.length && memcmp(view.value, again.value, view.length) == 0);
    }
    assert(!walk.failed);
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item))
        assert(done[item.code] == dhcp_option_get(message, item.code, &view));
}

/* Encodes the message again, with its options as one area; they must read the same. Overloaded
 * fields are left out of the copy, for their options move into the options field. */
static void check_copy(const struct dhcp_message *message, const struct buffer *area)
{
    struct buffer buffer, once_more;
    struct dhcp_message copy, plain = *message;
    struct dhcp_walk walk;
    struct dhcp_item item;
    buffer_init(&buffer, 1 << 20);
    buffer_init(&once_more, 1 << 20);
    plain.sname = plain.file = NULL;
    dhcp_encode_header(&buffer, &plain);
    dhcp_walk_area(&walk, area->data, area->length);
    while (dhcp_walk_next(&walk, &item))
        dhcp_encode_option(&buffer, item.code, item.value, item.length);
    dhcp_encode_end(&buffer);
    assert(!buffer.failed && dhcp_decode(buffer.data, buffer.length, &copy));
    assert(copy.xid == message->xid && copy.type == message->type);
    copy.sname = copy.file = NULL;
    assert(dhcp_options_normalize(&copy, &once_more));
    assert(once_more.length == area->length &&
           (area->length == 0 || memcmp(once_more.data, area->data, area->length) == 0));
    buffer_done(&buffer);
    buffer_done(&once_more);
}

static void read_message(const uint8_t *data, size_t size)
{
    struct dhcp_message message;
    struct buffer area;
    if (!dhcp_decode(data, size, &message))
        return;
    buffer_init(&area, DHCP_AREA_MAX);
    assert(dhcp_options_normalize(&message, &area));
    check_area(&message, &area);
    check_copy(&message, &area);
    buffer_done(&area);
}

/* The bytes as server name, file and options behind a header that is right. */
static void read_as_options(const uint8_t *data, size_t size)
{
    enum { SNAME_AND_FILE = 192, SNAME_AT = 44 };
    static const struct dhcp_message header = {.op = 2};
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    dhcp_encode_header(&buffer, &header);
    size_t fields = size < SNAME_AND_FILE ? size : SNAME_AND_FILE;
    memcpy(buffer.data + SNAME_AT, data, fields);
    buffer_append(&buffer, "\x34\1\3", 3);
    buffer_append(&buffer, data + fields, size - fields);
    if (!buffer.failed)
        read_message(buffer.data, buffer.length);
    buffer_done(&buffer);
}

int fuzz_harness_wire_dhcp(const uint8_t *data, size_t size)
{
    struct dhcp_walk walk;
    dhcp_walk_area(&walk, data, size);
    check_walk(walk, data, size);
    dhcp_walk_vendor_specific(&walk, data, size);
    check_walk(walk, data, size);
    dhcp_walk_vendor_identifying(&walk, data, size);
    check_walk(walk, data, size);
    if (size > 0)
        read_as_options(data, size);
    read_message(data, size);
    return 0;
}
