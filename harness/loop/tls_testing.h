/* SPDX-License-Identifier: MIT */
/* For tests of TLS only: certificates made in memory. */
#ifndef RCLAB_LOOP_TLS_TESTING_H
#define RCLAB_LOOP_TLS_TESTING_H

#include "harness/base/testing.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TLS_PEM_MAX = 4096, TLS_DAY_S = 24 * 3600 };

struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

/* issuer NULL: a certificate authority of its own. days: how long it still holds, negative = past.
 */
void identity_init(struct identity *identity, const struct identity *issuer, const char *host,
                   int days);
void identity_done(struct identity *identity);
void write_certificate(const struct identity *identity, const char *path);
void pem_of(const struct identity *identity, char certificate[TLS_PEM_MAX], char key[TLS_PEM_MAX]);

#endif
