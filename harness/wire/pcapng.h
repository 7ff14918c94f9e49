/* SPDX-License-Identifier: MIT */
/* pcapng (IETF draft-ietf-opsawg-pcapng): writing Ethernet captures with a comment a frame, and
 * reading the comments back. Reading frames of foreign captures is libpcap's job. */
#ifndef RCLAB_WIRE_PCAPNG_H
#define RCLAB_WIRE_PCAPNG_H

#include "harness/base/buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PCAPNG_COMMENT_MAX = 4096, PCAPNG_FRAME_MAX = 262144, PCAPNG_INTERFACES_MAX = 64 };

/* Numbers of the format (section 11.1). */
enum pcapng_block {
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

/* Section header, interface description (Ethernet, microseconds) with its name. */
void pcapng_encode_header(struct buffer *buffer, const char *application, const char *interface);
/* Enhanced packet block; comment NULL or "" = none. time_us since the Unix epoch. */
void pcapng_encode_frame(struct buffer *buffer, uint64_t time_us, const uint8_t *bytes,
                         size_t length, size_t wire_length, const char *comment);
/* Decryption secrets block with TLS key log lines. */
void pcapng_encode_tls_secrets(struct buffer *buffer, const char *lines, size_t length);

struct pcapng_frame {
    uint64_t number; /* 1-based, as other tools number frames */
    uint64_t time_us;
    const uint8_t *bytes; /* borrowed */
    size_t length, wire_length;
    char comment[PCAPNG_COMMENT_MAX]; /* "" if none */
};
/* How one interface of a section keeps time. */
struct pcapng_interface {
    uint8_t resolution;   /* if_tsresol */
    int64_t offset_s;     /* if_tsoffset */
    uint32_t snap_length; /* 0 = none */
};
struct pcapng_reader {
    const uint8_t *bytes; /* the whole file, borrowed */
    size_t length, position;
    bool big_endian, bad;
    uint64_t frames;
    /* of the section being read; a frame of an interface beyond the maximum is malformed */
    struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
    size_t interface_count;
};
void pcapng_reader_init(struct pcapng_reader *reader, const uint8_t *bytes, size_t length);
/* False at the end or when the file is malformed (reader->bad). */
bool pcapng_reader_next(struct pcapng_reader *reader, struct pcapng_frame *ret_frame);

#endif
