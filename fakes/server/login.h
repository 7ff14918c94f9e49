/* SPDX-License-Identifier: MIT */
/* Who asks a server that lets in only those who say who they are: Basic (RFC 7617) and Digest
 * (RFC 7616, MD5, as phones have it). Pure. */
#ifndef RCLAB_FAKES_SERVER_LOGIN_H
#define RCLAB_FAKES_SERVER_LOGIN_H

#include "harness/scenario/behaviour.h"

enum login_result { LOGIN_GOOD, LOGIN_MISSING, LOGIN_WRONG };
enum { LOGIN_HEADER_MAX = 4096, LOGIN_CHALLENGE_MAX = 128 };

/* authorization: the request's header of that name, NULL = none; one of another scheme is wrong. */
enum login_result login_check(const struct behaviour *behaviour, const char *authorization,
                              const char *method, const char *target);
/* The header WWW-Authenticate of a 401. */
void login_challenge(const struct behaviour *behaviour, char text[LOGIN_CHALLENGE_MAX]);

#endif
