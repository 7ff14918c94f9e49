/* SPDX-License-Identifier: MIT */
/* How a phone words its HTTP requests: version, headers, their order and case. Private to
 * phone_transfers. */
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
};
void transfer_manners(const struct phone_transfer *transfer, struct transfer_manners *ret_manners);

#endif
