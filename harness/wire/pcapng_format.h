/* SPDX-License-Identifier: MIT */
/* Numbers of the pcapng format (draft-ietf-opsawg-pcapng) that its writer and its reader share. */
#ifndef RCLAB_WIRE_PCAPNG_FORMAT_H
#define RCLAB_WIRE_PCAPNG_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum pcapng_block { /* section 11.1 */
                    PCAPNG_INTERFACE_DESCRIPTION = 1,
                    PCAPNG_PACKET = 2, /* obsolete, still met */
                    PCAPNG_SIMPLE_PACKET = 3,
                    PCAPNG_ENHANCED_PACKET = 6,
                    PCAPNG_DECRYPTION_SECRETS = 10,
                    PCAPNG_SECTION_HEADER = 0x0a0d0d0a,
};
enum pcapng_option {
    PCAPNG_OPTION_END = 0,
    PCAPNG_OPTION_COMMENT = 1,
    PCAPNG_OPTION_INTERFACE_NAME = 2,
    PCAPNG_OPTION_APPLICATION = 4,
    PCAPNG_OPTION_TIME_RESOLUTION = 9,
    PCAPNG_OPTION_TIME_OFFSET = 14,
};
enum {
    PCAPNG_BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    PCAPNG_MAJOR_VERSION = 1,
    PCAPNG_LINK_ETHERNET = 1,
    PCAPNG_MICROSECONDS = 6,         /* if_tsresol: a negative power of ten */
    PCAPNG_RESOLUTION_BINARY = 0x80, /* … or of two, with this bit */
    PCAPNG_SECRETS_TLS_KEY_LOG = 0x544c534b,
    PCAPNG_BLOCK_BYTES_MIN = 12,
};

/* Bytes to the next multiple of four. */
static inline size_t pcapng_padding(size_t length)
{
    return (4 - length % 4) % 4;
}

#endif
