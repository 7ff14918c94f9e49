/* SPDX-License-Identifier: MIT */
/* The lab's own CAs and what they issue (P-256, GnuTLS): the servers' certificates, good ones and
 * such as no phone may trust, and those that phones have from their factory. Made anew for each run
 * of the program; no key is ever written to disk. */
#ifndef RCLAB_LAB_CERTIFICATES_H
#define RCLAB_LAB_CERTIFICATES_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdint.h>

struct certificate_pair {
    char *certificate_pem, *key_pem; /* owned */
};
enum certificate_kind {
    CERTIFICATE_GOOD,
    CERTIFICATE_EXPIRED,    /* yesterday */
    CERTIFICATE_WRONG_HOST, /* another name, another address */
    CERTIFICATE_UNTRUSTED,  /* of a CA that phones don't know */
    CERTIFICATE_KINDS
};
struct certificates {
    char *ca_pem; /* owned; what phones must trust */
    struct certificate_pair edos[CERTIFICATE_KINDS], provision[CERTIFICATE_KINDS];
    struct certificate_pair phone_ca; /* whose certificates phones show */
};

int certificates_make(const char *edos_host, uint32_t edos_address, const char *provision_host,
                      uint32_t provision_address, struct certificates *ret_certificates,
                      struct error *error);
/* What a phone shows to a server that wants to know who it is: OU names the product, L the MAC
 * address ("00112233AABB"), S the serial number, as in the vendor's example. */
int certificates_make_phone(const struct certificates *certificates, const char *product,
                            const struct mac *mac, const char *serial,
                            struct certificate_pair *ret_pair, struct error *error);
void certificate_pair_done(struct certificate_pair *pair); /* safe on zeroed */
void certificates_done(struct certificates *certificates); /* safe on zeroed */

#endif
