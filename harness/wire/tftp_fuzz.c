/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/tftp.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_wire_tftp(const uint8_t *data, size_t size);

int fuzz_harness_wire_tftp(const uint8_t *data, size_t size)
{
    struct tftp_packet packet;
    if (!tftp_decode(data, size, &packet))
        return 0;
    struct buffer buffer;
    buffer_init(&buffer, 1 << 17);
    tftp_encode(&buffer, &packet);
    struct tftp_packet again;
    if (!buffer.failed &&
        (!tftp_decode(buffer.data, buffer.length, &again) || again.opcode != packet.opcode ||
         strcmp(again.name, packet.name) != 0 || again.block != packet.block ||
         again.data_length != packet.data_length || strcmp(again.message, packet.message) != 0 ||
         again.has_block_bytes != packet.has_block_bytes ||
         again.transfer_size != packet.transfer_size))
        abort();
    buffer_done(&buffer);
    return 0;
}
