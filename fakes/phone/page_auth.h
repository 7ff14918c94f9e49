/* SPDX-License-Identifier: MIT */
/* Logging in to the phone's page, as user "admin": by HTTP, or in the query. Pure. */
#ifndef RCLAB_FAKES_PHONE_PAGE_AUTH_H
#define RCLAB_FAKES_PHONE_PAGE_AUTH_H

#include "harness/loop/http_login.h"
#include <stdbool.h>
#include <stdint.h>

enum { PAGE_NONCE_MAX = 33 };
#define PAGE_USER "admin"
#define PAGE_REALM "CP-MPP"

struct page_auth {              /* strings borrowed */
    const char *password;       /* "" or NULL: nobody has to log in */
    char nonce[PAGE_NONCE_MAX]; /* of this boot; an older one is stale */
};

void page_auth_init(struct page_auth *auth, const char *password, uint64_t nonce_high,
                    uint64_t nonce_low);
/* `authorization`: the header's value, NULL = none; method and target as they were sent. */
enum http_login_result page_auth_check(const struct page_auth *auth, const char *authorization,
                                       const char *method, const char *target);
/* User and password as they came in the query. */
bool page_auth_password(const struct page_auth *auth, const char *user, const char *password);
/* The values of the two WWW-Authenticate headers. */
void page_auth_challenge(const struct page_auth *auth, enum http_login_result result,
                         struct buffer *digest, struct buffer *basic);

#endif
