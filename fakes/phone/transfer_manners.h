/* SPDX-License-Identifier: MIT */
/* How a phone asks: versions, headers, their order and case, what becomes of connections, whom it
 * trusts. Private to phone_transfers. */
#ifndef RCLAB_FAKES_PHONE_TRANSFER_MANNERS_H
#define RCLAB_FAKES_PHONE_TRANSFER_MANNERS_H

#include "fakes/phone/phone_core.h"
#include "harness/loop/fetch.h"

enum { TRANSFER_HEADERS_MAX = 6 };
struct transfer_manners {   /* borrows from the transfer */
    const char *user_agent; /* NULL: it is among the headers */
    struct fetch_header headers[TRANSFER_HEADERS_MAX];
    size_t header_count;
    bool http_1_0;
    bool keeps_connection;
    bool tls_1_2;
    bool anonymous;    /* shows no certificate */
    unsigned leniency; /* enum fetch_leniency */
    bool tftp_plain;
    unsigned tftp_block_bytes; /* 0 = as usual */
};
void transfer_manners(const struct phone_transfer *transfer, struct transfer_manners *ret_manners);

#endif
