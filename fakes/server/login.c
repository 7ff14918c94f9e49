/* SPDX-License-Identifier: MIT */
#include "fakes/server/login.h"

/* The nonce is always the same: nothing is secret here, and equal runs say the same. */
static struct http_login login_of(const struct behaviour *behaviour)
{
    return (struct http_login){.user = behaviour->user,
                               .password = behaviour->password,
                               .realm = "profiles",
                               .nonce = "5ccc069c403ebaf9f0171e9517f40e41",
                               .basic = behaviour->authentication == BEHAVIOUR_AUTHENTICATION_BASIC,
                               .digest =
                                   behaviour->authentication == BEHAVIOUR_AUTHENTICATION_DIGEST};
}

enum http_login_result login_check(const struct behaviour *behaviour, const char *authorization,
                                   const char *method, const char *target)
{
    const struct http_login login = login_of(behaviour);
    return behaviour->authentication == BEHAVIOUR_AUTHENTICATION_NONE
               ? HTTP_LOGIN_GOOD
               : http_login_check(&login, authorization, method, target);
}

void login_challenge(const struct behaviour *behaviour, struct buffer *value)
{
    const struct http_login login = login_of(behaviour);
    if (login.digest)
        http_login_challenge_digest(&login, false, value);
    else
        http_login_challenge_basic(&login, value);
}
