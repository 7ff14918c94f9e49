/* SPDX-License-Identifier: MIT */
#include "harness/base/cursor.h"
#include "harness/loop/tftp_download.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_loop_tftp_download(const uint8_t *data, size_t size);

enum { SERVER = 1, PORT = 69, BYTES_MAX = 4096, PACKETS_MAX = 256, SENT_BYTES_MAX = 1024 };

/* A sound client, whatever comes: it says one packet at most to each datagram, stays within its
 * bound, tells a stranger no more than that it is one, and the file grows by nothing but the block
 * whose turn it is. */
static void step(struct tftp_download *download, struct buffer *packet, uint16_t port,
                 const uint8_t *bytes, size_t length)
{
    struct tftp_packet sent;
    uint32_t to_address;
    uint16_t to_port;
    size_t before = download->body.length;
    uint16_t block = download->block;
    bool known = download->server_port != 0 && port != download->server_port;
    bool fresh = tftp_download_input(download, SERVER, port, bytes, length);
    size_t grown = download->body.length - before;
    assert(grown <= download->block_bytes && download->body.length <= BYTES_MAX);
    assert(fresh == (grown > 0));
    assert(grown == 0 || download->block == (uint16_t)(block + 1));
    assert(!known || (grown == 0 && download->block == block));
    if (!tftp_download_output(download, packet, &to_address, &to_port))
        return;
    assert(!packet->failed && tftp_decode(packet->data, packet->length, &sent));
    assert(sent.opcode == TFTP_ACK || sent.opcode == TFTP_ERROR);
    assert(to_address == SERVER && to_port == (known ? port : download->server_port));
    assert(!known || (sent.opcode == TFTP_ERROR && sent.error == 5));
    assert(sent.opcode != TFTP_ACK || sent.block == download->block);
    assert(!tftp_download_output(download, packet, &to_address, &to_port));
}

int fuzz_harness_loop_tftp_download(const uint8_t *data, size_t size)
{
    struct cursor cursor;
    struct tftp_download download;
    struct buffer packet;
    uint32_t address;
    uint16_t port;
    cursor_init(&cursor, data, size);
    uint8_t first = cursor_u8(&cursor);
    const struct tftp_download_request request = {.name = "a",
                                                  .address = SERVER,
                                                  .port = PORT,
                                                  .plain = first & 1,
                                                  .block_bytes = first & 2 ? 1428 : 0,
                                                  .bytes_max = BYTES_MAX};
    assert(tftp_download_start(&download, &request));
    buffer_init(&packet, SENT_BYTES_MAX);
    assert(tftp_download_output(&download, &packet, &address, &port) && port == PORT);
    for (unsigned i = 0; i < PACKETS_MAX && cursor_left(&cursor) > 2; i++) {
        uint8_t from = cursor_u8(&cursor);
        size_t length = cursor_u8(&cursor) * (from & 2 ? 8u : 1u);
        size_t left = cursor_left(&cursor);
        size_t taken = length < left ? length : left;
        uint8_t block[4] = {0, TFTP_DATA, (uint8_t)((download.block + 1) >> 8),
                            (uint8_t)(download.block + 1)};
        if (from & 4) /* the right number, so that it gets anywhere at all */
            step(&download, &packet, 1000 + (from & 1), block, sizeof block);
        else
            step(&download, &packet, 1000 + (from & 1), cursor_take(&cursor, taken), taken);
    }
    tftp_download_done(&download);
    buffer_done(&packet);
    return 0;
}
