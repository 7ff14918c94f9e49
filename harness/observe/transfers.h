/* SPDX-License-Identifier: MIT */
/* TFTP transfers (RFC 1350): from the RRQ to the ACK of the last block. The least recently begun
 * one makes room when the table is full. */
#ifndef RCLAB_OBSERVE_TRANSFERS_H
#define RCLAB_OBSERVE_TRANSFERS_H

#include "harness/base/error.h"
#include "harness/wire/tftp.h"

enum { TRANSFERS_MAX = 1024 };

struct transfer {
    bool used;
    int phone;
    uint32_t client, server;
    uint16_t client_port;
    uint16_t server_port; /* where the server answers from; 0 = not yet known */
    char name[TFTP_NAME_MAX];
    uint32_t block_bytes;
    bool has_last; /* the short block was seen */
    uint16_t last_block;
    uint16_t next_block; /* the one that would come next */
    uint64_t bytes;      /* of the blocks that came in order */
};
struct transfers {
    struct transfer items[TRANSFERS_MAX];
    size_t next;   /* to be replaced next */
    size_t active; /* used ones; most UDP is not TFTP, and none of these then */
};

int transfers_new(struct transfers **ret_transfers, struct error *error);
void transfers_free(struct transfers *transfers);
/* A (re)started transfer. */
struct transfer *transfers_begin(struct transfers *transfers, int phone, uint32_t client,
                                 uint16_t client_port, uint32_t server, const char *name);
struct transfer *transfers_find(struct transfers *transfers, uint32_t client, uint16_t client_port,
                                uint32_t server);
void transfers_end(struct transfers *transfers, struct transfer *transfer);
/* A packet of the transfer; true: it is the ACK of the last block. */
bool transfer_packet(struct transfer *transfer, const struct tftp_packet *packet, bool from_server);

#endif
