/* SPDX-License-Identifier: MIT */
/* The receiving end of one TFTP transfer (RFC 1350, 2347 to 2349) without any I/O: datagrams in,
 * packets out. A client of our own, since what a server may do wrong here is what is tested, and
 * libcurl's takes packets from any port for the server's.
 *
 * After tftp_download_start and after each datagram take packets until tftp_download_output gives
 * none. Nobody's clock is in it: whoever holds it calls tftp_download_repeat when nothing came. */
#ifndef RCLAB_LOOP_TFTP_DOWNLOAD_H
#define RCLAB_LOOP_TFTP_DOWNLOAD_H

#include "harness/base/buffer.h"
#include "harness/wire/tftp.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tftp_flaw {                              /* bits: what no client should do; 0 = a sound one */
                 TFTP_TAKES_BLOCKS_AHEAD = 1, /* as if they were the next */
                 TFTP_TAKES_ANY_PORT = 2,     /* for the server's */
                 TFTP_ANY_PORT_ENDS = 4,      /* a packet from another port ends the transfer */
                 TFTP_INSISTS_ON_OPTIONS = 8, /* an answer without them ends it */
                 TFTP_BLOCKS_AS_ASKED = 16,   /* have the size asked for, whatever was agreed */
};

struct tftp_download_request {
    const char *name; /* of the file; shorter than TFTP_NAME_MAX */
    uint32_t address; /* the server's, where the datagrams go to */
    uint16_t port;
    bool plain;           /* without options */
    unsigned block_bytes; /* asked for if not plain, 8 … 65464; 0 = 512 */
    size_t bytes_max;     /* of the file */
    unsigned flaws;       /* enum tftp_flaw */
};

enum tftp_download_state {
    TFTP_DOWNLOAD_ASKING,    /* nothing came yet, or nothing but options */
    TFTP_DOWNLOAD_RECEIVING, /* blocks */
    TFTP_DOWNLOAD_DONE,      /* the file is whole */
    TFTP_DOWNLOAD_REFUSED,   /* by an ERROR packet: `error` */
    TFTP_DOWNLOAD_TOO_LARGE,
    TFTP_DOWNLOAD_FAILED, /* the server does not keep to the protocol: `text` */
};

struct tftp_download {                    /* read-only for others; must not move once started */
    struct tftp_download_request request; /* `name` is not kept */
    char name[TFTP_NAME_MAX];
    enum tftp_download_state state;
    bool options_agreed;
    uint16_t server_port; /* its transfer identifier, once it has answered; 0 = it has not */
    uint32_t block_bytes; /* agreed */
    uint16_t block;       /* the last one that was taken */
    struct buffer body;
    uint16_t error;
    char text[sizeof((struct tftp_packet *)NULL)->message]; /* of REFUSED and FAILED */
    struct tftp_packet packet;                              /* what is to be sent next, */
    uint32_t to_address;
    uint16_t to_port; /* whereto; 0 = nothing is */
};

/* False: the name is too long. Needs its _done either way. */
bool tftp_download_start(struct tftp_download *download,
                         const struct tftp_download_request *request);
void tftp_download_done(struct tftp_download *download);
/* A datagram from this address and port. True: a piece of the file was in it. */
bool tftp_download_input(struct tftp_download *download, uint32_t address, uint16_t port,
                         const uint8_t *bytes, size_t length);
/* The request or the last acknowledgement is to be sent again. */
void tftp_download_repeat(struct tftp_download *download);
/* False: there is nothing to send. The packet replaces the buffer's content. */
bool tftp_download_output(struct tftp_download *download, struct buffer *packet,
                          uint32_t *ret_address, uint16_t *ret_port);
bool tftp_download_is_over(const struct tftp_download *download);

#endif
