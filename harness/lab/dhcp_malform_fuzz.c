/* SPDX-License-Identifier: MIT */
/* The bytes as a DHCP message, and as the options of one. */
#include "harness/lab/dhcp_malform.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_lab_dhcp_malform(const uint8_t *data, size_t size);

enum { MESSAGE_BYTES_MAX = 1 << 16 };

/* Nothing is lost by options that stand elsewhere. */
static void check_overload(const struct dhcp_message *before, const struct dhcp_message *after)
{
    struct dhcp_walk walk;
    struct dhcp_item item;
    struct dhcp_option_view was, is;
    dhcp_walk_message(&walk, before);
    while (dhcp_walk_next(&walk, &item)) {
        if (!dhcp_option_get(before, item.code, &was))
            continue;
        assert(dhcp_option_get(after, item.code, &is) && is.length == was.length);
        assert(was.length == 0 || memcmp(is.value, was.value, was.length) == 0);
    }
    assert(dhcp_form(after) == DHCP_FORM_GOOD && dhcp_option_get(after, DHCP_OPTION_OVERLOAD, &is));
}

static void malform(const struct dhcp_message *message)
{
    static const enum dhcp_form forms[DHCP_MALFORMS] = {
        [DHCP_MALFORMED_TRUNCATED] = DHCP_FORM_TRUNCATED,
        [DHCP_MALFORMED_BAD_LENGTH] = DHCP_FORM_BAD_LENGTH,
        [DHCP_MALFORMED_NO_END] = DHCP_FORM_NO_END};
    for (size_t i = 0; i < DHCP_MALFORMS; i++) {
        struct buffer bytes;
        struct dhcp_message after;
        buffer_init(&bytes, MESSAGE_BYTES_MAX);
        if (dhcp_malform((enum dhcp_malformed)i, message, &bytes)) {
            bool decoded = dhcp_decode(bytes.data, bytes.length, &after);
            assert(decoded && after.xid == message->xid && after.yiaddr == message->yiaddr);
            if (i == DHCP_MALFORMED_OVERLOAD)
                check_overload(message, &after);
            else if (message->sname == NULL)
                assert(dhcp_form(&after) == forms[i]);
        }
        buffer_done(&bytes);
    }
}

int fuzz_harness_lab_dhcp_malform(const uint8_t *data, size_t size)
{
    struct dhcp_message message;
    if (dhcp_decode(data, size, &message))
        malform(&message);
    message = (struct dhcp_message){.op = 2, .options = data, .options_length = size};
    malform(&message);
    return 0;
}
