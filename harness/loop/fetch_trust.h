/* SPDX-License-Identifier: MIT */
/* Clients that are less strict about a server's certificate than they should be. Strict ones leave
 * it to libcurl. Private to fetch. */
#ifndef RCLAB_LOOP_FETCH_TRUST_H
#define RCLAB_LOOP_FETCH_TRUST_H

#include "harness/base/error.h"
#include <curl/curl.h>
#include <stdbool.h>

struct fetch_trust { /* zeroed: libcurl decides. Must not move once applied */
    unsigned leniency;
    char *ca_file, *host; /* owned */
    CURL *easy;           /* borrowed */
    bool refused;         /* the certificate was not even good enough for this client */
};
/* Copies. Needs fetch_trust_done. */
int fetch_trust_init(struct fetch_trust *trust, const char *ca_file, const char *host,
                     unsigned leniency, struct error *error);
void fetch_trust_done(struct fetch_trust *trust);
/* CURLE_NOT_BUILT_IN: the TLS of libcurl is not GnuTLS. */
CURLcode fetch_trust_apply(struct fetch_trust *trust, CURL *easy);

#endif
