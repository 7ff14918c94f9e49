/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/loop/unreachable.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_loop_unreachable(const uint8_t *data, size_t size);

enum { IP_BYTES = 20, LOST_AT = IP_BYTES + 8, PACKET_BYTES = LOST_AT + IP_BYTES + 8 };

/* Whatever the bytes, what is told stands in them; and behind headers that are right, whatever else
 * they hold is read. */
int fuzz_harness_loop_unreachable(const uint8_t *data, size_t size)
{
    struct unreachable news = {.reason = -1};
    if (!unreachable_read(data, size, &news)) {
        if (news.reason != -1)
            abort();
    } else if (size < LOST_AT + IP_BYTES + 4 || data[0] >> 4 != 4 ||
               (news.reason != ECONNREFUSED && news.reason != ENETUNREACH &&
                news.reason != EHOSTUNREACH)) {
        abort();
    }
    if (size < PACKET_BYTES)
        return 0;
    uint8_t packet[PACKET_BYTES];
    memcpy(packet, data, sizeof packet);
    packet[0] = packet[LOST_AT] = 0x45;
    packet[6] = packet[7] = packet[LOST_AT + 6] = packet[LOST_AT + 7] = 0;
    packet[9] = 1;
    packet[LOST_AT + 9] = 17;
    packet[IP_BYTES] = 3;
    const uint8_t *lost = packet + LOST_AT + IP_BYTES;
    if (!unreachable_read(packet, sizeof packet, &news) ||
        news.source_port != (lost[0] << 8 | lost[1]) ||
        news.destination_port != (lost[2] << 8 | lost[3]) ||
        (news.reason == ECONNREFUSED) != (packet[IP_BYTES + 1] == 3))
        abort();
    return 0;
}
