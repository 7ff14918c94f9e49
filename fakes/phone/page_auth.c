/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_auth.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void page_auth_init(struct page_auth *auth, const char *password, uint64_t nonce_high,
                    uint64_t nonce_low)
{
    *auth = (struct page_auth){.password = password};
    snprintf(auth->nonce, sizeof auth->nonce, "%016" PRIx64 "%016" PRIx64, nonce_high, nonce_low);
}

static bool everybody_may(const struct page_auth *auth)
{
    return !auth->password || auth->password[0] == '\0';
}

bool page_auth_password(const struct page_auth *auth, const char *user, const char *password)
{
    return everybody_may(auth) ||
           (strcmp(user, PAGE_USER) == 0 && strcmp(password, auth->password) == 0);
}

static struct http_login login_of(const struct page_auth *auth)
{
    return (struct http_login){.user = PAGE_USER,
                               .password = auth->password,
                               .realm = PAGE_REALM,
                               .nonce = auth->nonce,
                               .basic = true,
                               .digest = true};
}

enum http_login_result page_auth_check(const struct page_auth *auth, const char *authorization,
                                       const char *method, const char *target)
{
    const struct http_login login = login_of(auth);
    return everybody_may(auth) ? HTTP_LOGIN_GOOD
                               : http_login_check(&login, authorization, method, target);
}

void page_auth_challenge(const struct page_auth *auth, enum http_login_result result,
                         struct buffer *digest, struct buffer *basic)
{
    const struct http_login login = login_of(auth);
    http_login_challenge_digest(&login, result == HTTP_LOGIN_STALE, digest);
    http_login_challenge_basic(&login, basic);
}
