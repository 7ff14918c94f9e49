/* SPDX-License-Identifier: MIT */
/* Whether a request says by HTTP who it is: Basic (RFC 7617) and Digest (RFC 7616 with MD5, qop
 * "auth" or none). What a server asks of its clients. Pure: a header in, yes or no out. */
#ifndef RCLAB_LOOP_HTTP_LOGIN_H
#define RCLAB_LOOP_HTTP_LOGIN_H

#include "harness/base/buffer.h"

enum { HTTP_LOGIN_HEADER_MAX = 4096 }; /* bytes, with NUL; a longer one is wrong */

struct http_login { /* strings are borrowed */
    const char *user, *password, *realm;
    const char *nonce;  /* of Digest; an older one is stale */
    bool basic, digest; /* which of them will do */
};
enum http_login_result { HTTP_LOGIN_GOOD, HTTP_LOGIN_MISSING, HTTP_LOGIN_WRONG, HTTP_LOGIN_STALE };
/* `authorization`: the request's header of that name, NULL = none; method and target as they were
 * sent. */
enum http_login_result http_login_check(const struct http_login *login, const char *authorization,
                                        const char *method, const char *target);
/* Values of WWW-Authenticate. */
void http_login_challenge_basic(const struct http_login *login, struct buffer *value);
void http_login_challenge_digest(const struct http_login *login, bool stale, struct buffer *value);

#endif
