/* SPDX-License-Identifier: MIT */
#include "harness/loop/tftp_download.h"
#include <stdio.h>
#include <string.h>

enum {
    TIMEOUT_S = 1, /* after which the server is asked to send again */
    ERROR_DISK_FULL = 3,
    ERROR_ILLEGAL = 4, /* RFC 1350, appendix */
    ERROR_UNKNOWN_ID = 5,
    ERROR_OPTIONS = 8, /* RFC 2347 */
};

static void send_to(struct tftp_download *download, uint32_t address, uint16_t port,
                    const struct tftp_packet *packet)
{
    download->packet = *packet;
    download->to_address = address;
    download->to_port = port;
}

static void send_error(struct tftp_download *download, uint32_t address, uint16_t port,
                       unsigned code, const char *text)
{
    struct tftp_packet packet = {.opcode = TFTP_ERROR, .error = (uint16_t)code};
    snprintf(packet.message, sizeof packet.message, "%s", text);
    send_to(download, address, port, &packet);
}

static void acknowledge(struct tftp_download *download, uint16_t block)
{
    send_to(download, download->request.address, download->server_port,
            &(const struct tftp_packet){.opcode = TFTP_ACK, .block = block});
}

static void send_request(struct tftp_download *download)
{
    bool options = !download->request.plain;
    struct tftp_packet packet = {.opcode = TFTP_RRQ,
                                 .mode = "octet",
                                 .has_block_bytes = options,
                                 .block_bytes = download->request.block_bytes,
                                 .has_timeout = options,
                                 .timeout_s = TIMEOUT_S,
                                 .has_transfer_size = options};
    memcpy(packet.name, download->name, sizeof packet.name);
    send_to(download, download->request.address, download->request.port, &packet);
}

static void fail(struct tftp_download *download, enum tftp_download_state state, unsigned code,
                 const char *text)
{
    download->state = state;
    snprintf(download->text, sizeof download->text, "%s", text);
    send_error(download, download->request.address, download->server_port, code, text);
}

bool tftp_download_start(struct tftp_download *download,
                         const struct tftp_download_request *request)
{
    *download =
        (struct tftp_download){.request = *request, .block_bytes = TFTP_BLOCK_BYTES_DEFAULT};
    download->request.name = NULL;
    if (request->block_bytes == 0)
        download->request.block_bytes = TFTP_BLOCK_BYTES_DEFAULT;
    buffer_init(&download->body, request->bytes_max);
    if (strlen(request->name) >= sizeof download->name)
        return false;
    memcpy(download->name, request->name, strlen(request->name) + 1);
    send_request(download);
    return true;
}

void tftp_download_done(struct tftp_download *download)
{
    buffer_done(&download->body);
}

/* --- what comes --- */

static void take_options(struct tftp_download *download, const struct tftp_packet *packet)
{
    const struct tftp_download_request *request = &download->request;
    if (download->state != TFTP_DOWNLOAD_ASKING)
        return;
    /* RFC 2348: the size asked for or a smaller one; RFC 2347: none that was not asked for. */
    if (request->plain || (packet->has_block_bytes && packet->block_bytes > request->block_bytes)) {
        fail(download, TFTP_DOWNLOAD_FAILED, ERROR_OPTIONS, "options that were not asked for");
        return;
    }
    if (packet->has_block_bytes)
        download->block_bytes = packet->block_bytes;
    download->options_agreed = true;
    acknowledge(download, 0);
}

/* The first block tells that there will be no options. */
static bool minds_no_options(struct tftp_download *download)
{
    if (download->state != TFTP_DOWNLOAD_ASKING || download->options_agreed ||
        download->request.plain)
        return false;
    if (download->request.flaws & TFTP_BLOCKS_AS_ASKED)
        download->block_bytes = download->request.block_bytes;
    if (!(download->request.flaws & TFTP_INSISTS_ON_OPTIONS))
        return false;
    fail(download, TFTP_DOWNLOAD_FAILED, ERROR_OPTIONS, "the options were not answered");
    return true;
}

static bool take_block(struct tftp_download *download, const struct tftp_packet *packet)
{
    /* Numbers wrap; of two the later one is that which is less than half of them ahead. */
    int16_t ahead = (int16_t)(uint16_t)(packet->block - download->block);
    bool any_ahead = download->request.flaws & TFTP_TAKES_BLOCKS_AHEAD;
    if (minds_no_options(download))
        return false;
    if (ahead <= 0) { /* again: the acknowledgement was lost, or is under way */
        if (download->state == TFTP_DOWNLOAD_RECEIVING && (ahead == 0 || any_ahead))
            acknowledge(download, packet->block);
        return false;
    }
    /* A block that the next one has overtaken: the next one comes again in its turn. */
    if (ahead > 1 && !any_ahead)
        return false;
    if (packet->data_length > download->block_bytes) {
        fail(download, TFTP_DOWNLOAD_FAILED, ERROR_ILLEGAL, "a block is too long");
        return false;
    }
    buffer_append(&download->body, packet->data, packet->data_length);
    if (download->body.failed) {
        fail(download, TFTP_DOWNLOAD_TOO_LARGE, ERROR_DISK_FULL, "the file is too long");
        return false;
    }
    download->block = packet->block;
    download->state =
        packet->data_length < download->block_bytes ? TFTP_DOWNLOAD_DONE : TFTP_DOWNLOAD_RECEIVING;
    acknowledge(download, packet->block);
    return packet->data_length > 0;
}

/* RFC 1350, 4: whoever sends from elsewhere is told so, and the transfer is not disturbed. */
static void take_stray(struct tftp_download *download, uint32_t address, uint16_t port)
{
    send_error(download, address, port, ERROR_UNKNOWN_ID, "unknown transfer ID");
    if (!(download->request.flaws & TFTP_ANY_PORT_ENDS))
        return;
    download->state = TFTP_DOWNLOAD_FAILED;
    snprintf(download->text, sizeof download->text, "a packet from another port");
}

bool tftp_download_input(struct tftp_download *download, uint32_t address, uint16_t port,
                         const uint8_t *bytes, size_t length)
{
    struct tftp_packet packet;
    bool same_port = download->server_port == 0 || download->server_port == port ||
                     download->request.flaws & TFTP_TAKES_ANY_PORT;
    if (tftp_download_is_over(download) || !tftp_decode(bytes, length, &packet))
        return false;
    if (address != download->request.address || !same_port) {
        if (packet.opcode != TFTP_ERROR)
            take_stray(download, address, port);
        return false;
    }
    if (download->server_port == 0)
        download->server_port = port;
    switch (packet.opcode) {
    case TFTP_OACK:
        take_options(download, &packet);
        return false;
    case TFTP_DATA:
        return take_block(download, &packet);
    case TFTP_ERROR:
        download->state = TFTP_DOWNLOAD_REFUSED;
        download->error = packet.error;
        memcpy(download->text, packet.message, sizeof download->text);
        return false;
    default:
        return false;
    }
}

/* --- what goes out --- */

void tftp_download_repeat(struct tftp_download *download)
{
    if (tftp_download_is_over(download))
        return;
    if (download->server_port == 0)
        send_request(download);
    else
        acknowledge(download, download->block);
}

bool tftp_download_output(struct tftp_download *download, struct buffer *packet,
                          uint32_t *ret_address, uint16_t *ret_port)
{
    if (download->to_port == 0)
        return false;
    buffer_clear(packet);
    tftp_encode(packet, &download->packet);
    *ret_address = download->to_address;
    *ret_port = download->to_port;
    download->to_port = 0;
    return true;
}

bool tftp_download_is_over(const struct tftp_download *download)
{
    return download->state >= TFTP_DOWNLOAD_DONE;
}
