/* SPDX-License-Identifier: MIT */
/* The lab's own CA and the server certificates that it issues (P-256, GnuTLS). Made anew for each
 * run of the program; no key is ever written to disk. */
#ifndef RCLAB_LAB_CERTIFICATES_H
#define RCLAB_LAB_CERTIFICATES_H

#include "harness/base/error.h"
#include <stdint.h>

struct certificate_pair {
    char *certificate_pem, *key_pem; /* owned */
};
struct certificates {
    char *ca_pem; /* owned; what phones must trust */
    struct certificate_pair edos, provision;
};

int certificates_make(const char *edos_host, uint32_t edos_address, const char *provision_host,
                      uint32_t provision_address, struct certificates *ret_certificates,
                      struct error *error);
void certificates_done(struct certificates *certificates); /* safe on zeroed */

#endif
