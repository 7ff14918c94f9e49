/* SPDX-License-Identifier: MIT */
/* A request put into libcurl's terms. Private to fetch. */
#ifndef RCLAB_LOOP_FETCH_SETUP_H
#define RCLAB_LOOP_FETCH_SETUP_H

#include "harness/loop/fetch.h"
#include "harness/loop/fetch_trust.h"
#include <curl/curl.h>

struct fetch_setup {
    CURL *easy;                              /* owned; NULL until all went well */
    struct curl_slist *headers, *connect_to; /* owned; libcurl borrows them */
    enum loop_protocol protocol;
    struct fetch_trust trust;
};
/* Needs fetch_setup_done afterwards even when it failed. ERROR_INVALID, ERROR_LIMIT, ERROR_MEMORY.
 */
int fetch_setup_init(struct fetch_setup *setup, const struct fetch_request *request,
                     struct error *error);
void fetch_setup_done(struct fetch_setup *setup);

/* What the end of a transfer means; too_large: the body was cut off by us. */
enum fetch_outcome fetch_outcome_of(CURL *easy, CURLcode code, bool too_large);
/* The code of the TFTP error packet that libcurl has made `code` of. */
unsigned fetch_tftp_error(CURLcode code);

#endif
