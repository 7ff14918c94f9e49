/* SPDX-License-Identifier: MIT */
/* TFTP packets (RFC 1350; options RFC 2347, blksize 2348, timeout and tsize 2349). */
#ifndef RCLAB_WIRE_TFTP_H
#define RCLAB_WIRE_TFTP_H

#include "harness/base/buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TFTP_PORT = 69,
    TFTP_NAME_MAX = 512,
    TFTP_BLOCK_BYTES_DEFAULT = 512,
    TFTP_BLOCK_BYTES_MIN = 8,
    TFTP_BLOCK_BYTES_MAX = 65464
};
enum tftp_opcode { TFTP_RRQ = 1, TFTP_WRQ, TFTP_DATA, TFTP_ACK, TFTP_ERROR, TFTP_OACK };

struct tftp_packet {
    enum tftp_opcode opcode;
    char name[TFTP_NAME_MAX]; /* RRQ, WRQ: file name */
    char mode[16];            /* RRQ, WRQ: lower-cased */
    uint16_t block;           /* DATA, ACK */
    uint16_t error;           /* ERROR: code */
    char message[256];        /* ERROR: text */
    const uint8_t *data;      /* DATA, borrowed */
    size_t data_length;
    /* options of RRQ, WRQ, OACK; a has_* of false = not given. Unknown options are ignored. */
    bool has_block_bytes, has_timeout, has_transfer_size;
    uint32_t block_bytes;
    uint32_t timeout_s;
    uint64_t transfer_size;
};

bool tftp_decode(const uint8_t *bytes, size_t length, struct tftp_packet *ret_packet);
void tftp_encode(struct buffer *buffer, const struct tftp_packet *packet);

#endif
