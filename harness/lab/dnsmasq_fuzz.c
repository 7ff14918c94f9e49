/* SPDX-License-Identifier: MIT */
/* /proc/net/udp: the bytes as its text, and a table whose numbers are made of them. */
#include "harness/base/buffer.h"
#include "harness/base/cursor.h"
#include "harness/lab/dnsmasq.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_lab_dnsmasq(const uint8_t *data, size_t size);

enum { TEXT_BYTES_MAX = 1 << 18, LINE_BYTES = 7 };

static const uint16_t ports[] = {67, 53};

/* What two ports have together is what each has. */
static void sums_agree(const char *text)
{
    uint64_t waiting[3], dropped[3];
    bool good = udp_queues_parse(text, ports, 2, &waiting[0], &dropped[0]);
    for (size_t i = 0; i < 2; i++)
        assert(udp_queues_parse(text, &ports[i], 1, &waiting[i + 1], &dropped[i + 1]) == good);
    assert(!good ||
           (waiting[0] == waiting[1] + waiting[2] && dropped[0] == dropped[1] + dropped[2]));
}

static void a_table_is_read(const uint8_t *data, size_t size)
{
    struct buffer text;
    struct cursor cursor;
    uint64_t waiting = 0, dropped = 0, waiting_seen = 0, dropped_seen = 0;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_text(&text, "  sl  local_address rem_address   st tx_queue rx_queue …\n");
    cursor_init(&cursor, data, size);
    for (unsigned i = 0; cursor_left(&cursor) >= LINE_BYTES; i++) {
        unsigned port = cursor_u8(&cursor) & 1 ? 67 : cursor_be16(&cursor);
        uint32_t queue = cursor_be16(&cursor) * 65537u;
        unsigned drops = cursor_be16(&cursor);
        buffer_format(&text,
                      "%5u: 00000000:%04X 00000000:0000 07 00000000:%08X 00:00000000 00000000     "
                      "0        0 12345 2 0000000000000000 %u         \n",
                      i, port, queue, drops);
        waiting += port == 67 || port == 53 ? queue : 0;
        dropped += port == 67 || port == 53 ? drops : 0;
    }
    assert(udp_queues_parse(buffer_string(&text), ports, 2, &waiting_seen, &dropped_seen));
    assert(waiting_seen == waiting && dropped_seen == dropped);
    sums_agree(buffer_string(&text));
    if (size > 0) { /* cut off anywhere: a text of another form, or fewer lines */
        text.data[(data[0] * 257u) % text.length] = 0;
        sums_agree(buffer_string(&text));
    }
    buffer_done(&text);
}

int fuzz_harness_lab_dnsmasq(const uint8_t *data, size_t size)
{
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_append(&text, data, size);
    sums_agree(buffer_string(&text));
    buffer_done(&text);
    a_table_is_read(data, size);
    return 0;
}
