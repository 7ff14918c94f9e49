/* SPDX-License-Identifier: MIT */
#include "harness/observe/transfers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int transfers_new(struct transfers **ret_transfers, struct error *error)
{
    struct transfers *transfers = calloc(1, sizeof *transfers);
    if (!transfers)
        return error_set(error, ERROR_MEMORY, "out of memory for TFTP transfers");
    *ret_transfers = transfers;
    return 0;
}

void transfers_free(struct transfers *transfers)
{
    free(transfers);
}

struct transfer *transfers_find(struct transfers *transfers, uint32_t client, uint16_t client_port,
                                uint32_t server)
{
    for (size_t i = 0; transfers->active > 0 && i < TRANSFERS_MAX; i++) {
        struct transfer *transfer = &transfers->items[i];
        if (transfer->used && transfer->client == client && transfer->server == server &&
            transfer->client_port == client_port)
            return transfer;
    }
    return NULL;
}

struct transfer *transfers_begin(struct transfers *transfers, int phone, uint32_t client,
                                 uint16_t client_port, uint32_t server, const char *name)
{
    struct transfer *transfer = transfers_find(transfers, client, client_port, server);
    if (!transfer) {
        transfer = &transfers->items[transfers->next];
        transfers->next = (transfers->next + 1) % TRANSFERS_MAX;
    }
    transfers_end(transfers, transfer); /* the oldest makes room */
    memset(transfer, 0, sizeof *transfer);
    transfer->used = true;
    transfers->active++;
    transfer->phone = phone;
    transfer->client = client;
    transfer->client_port = client_port;
    transfer->server = server;
    transfer->block_bytes = TFTP_BLOCK_BYTES_DEFAULT;
    transfer->next_block = 1;
    snprintf(transfer->name, sizeof transfer->name, "%s", name);
    return transfer;
}

void transfers_end(struct transfers *transfers, struct transfer *transfer)
{
    if (transfer->used)
        transfers->active--;
    transfer->used = false;
}

bool transfer_packet(struct transfer *transfer, const struct tftp_packet *packet, bool from_server)
{
    if (from_server && packet->opcode == TFTP_OACK && packet->has_block_bytes)
        transfer->block_bytes = packet->block_bytes; /* RFC 2348: what the server settles on */
    if (from_server && packet->opcode == TFTP_DATA && packet->block == transfer->next_block &&
        !transfer->has_last) {
        transfer->next_block++; /* wraps with the protocol's own numbers */
        transfer->bytes += packet->data_length;
        transfer->has_last = packet->data_length < transfer->block_bytes;
        transfer->last_block = packet->block;
    }
    return !from_server && packet->opcode == TFTP_ACK && transfer->has_last &&
           packet->block == transfer->last_block;
}
