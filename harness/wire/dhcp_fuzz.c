/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/dhcp.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_dhcp(const uint8_t *data, size_t size);

/* Encodes the message again, option by option; the options must read the same. Overloaded fields
 * are left out of the copy, for their options move into the options field. */
static void check_copy(const struct dhcp_message *message, const uint8_t *codes, size_t count)
{
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    struct dhcp_message plain = *message;
    plain.sname = plain.file = NULL;
    dhcp_encode_header(&buffer, &plain);
    struct dhcp_option_view view, again;
    for (size_t i = 0; i < count; i++) {
        if (codes[i] != DHCP_OPTION_OVERLOAD && dhcp_option_get(message, codes[i], &view))
            dhcp_encode_option(&buffer, codes[i], view.value, view.length);
    }
    dhcp_encode_end(&buffer);
    struct dhcp_message copy;
    if (buffer.failed || !dhcp_decode(buffer.data, buffer.length, &copy) ||
        copy.xid != message->xid || copy.type != message->type)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == DHCP_OPTION_OVERLOAD || !dhcp_option_get(message, codes[i], &view))
            continue;
        if (!dhcp_option_get(&copy, codes[i], &again) || again.length != view.length ||
            memcmp(again.value, view.value, view.length) != 0)
            abort();
    }
    buffer_done(&buffer);
}

static void read_message(const uint8_t *data, size_t size)
{
    struct dhcp_message message;
    if (!dhcp_decode(data, size, &message))
        return;
    uint8_t codes[DHCP_OPTIONS_MAX];
    size_t count = dhcp_option_codes(&message, codes);
    check_copy(&message, codes, count);
    uint32_t number;
    for (size_t i = 0; i < count; i++) {
        dhcp_option_ipv4(&message, codes[i], &number);
        dhcp_option_u32(&message, codes[i], &number);
    }
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
    struct dhcp_option_view view;
    if (size > 0) {
        dhcp_suboption_get(data + 1, size - 1, data[0], &view);
        dhcp_vendor_get(data + 1, size - 1, 3561, data[0], &view);
        read_as_options(data, size);
    }
    read_message(data, size);
    return 0;
}
