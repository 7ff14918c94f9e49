/* SPDX-License-Identifier: MIT */
/* What a behaviour with `authenticate` asks of those who come. */
#ifndef RCLAB_FAKES_SERVER_LOGIN_H
#define RCLAB_FAKES_SERVER_LOGIN_H

#include "harness/loop/http_login.h"
#include "harness/scenario/behaviour.h"

/* As http_login_check; a header of another scheme than the one that it asks for is wrong. */
enum http_login_result login_check(const struct behaviour *behaviour, const char *authorization,
                                   const char *method, const char *target);
/* The header WWW-Authenticate of a 401. */
void login_challenge(const struct behaviour *behaviour, struct buffer *value);

#endif
