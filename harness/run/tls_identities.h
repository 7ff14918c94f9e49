/* SPDX-License-Identifier: MIT */
/* The lab's certificates as the servers and phones of a run want them. */
#ifndef RCLAB_RUN_TLS_IDENTITIES_H
#define RCLAB_RUN_TLS_IDENTITIES_H

#include "harness/base/error.h"
#include "harness/lab/certificates.h"
#include "harness/loop/web.h"
#include "harness/scenario/behaviour.h"

/* By enum behaviour_tls; borrows from the certificates. `pairs`: CERTIFICATE_KINDS of them. */
void tls_identities_of_server(const struct certificates *certificates,
                              const struct certificate_pair *pairs,
                              struct web_identity ret_identities[BEHAVIOUR_TLS_IDENTITIES]);
/* Real devices have certificates of their maker's, whose authority the lab does not know: any will
 * do where one is wanted; demanded = always. */
void tls_identities_for_devices(struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES],
                                bool demanded);
/* A descriptor of a nameless file in memory that holds a phone's certificate and its key, PEM. */
int tls_identity_of_phone(const struct certificates *certificates, const char *product,
                          const struct mac *mac, const char *serial, int *ret_fd,
                          struct error *error);

#endif
