/* SPDX-License-Identifier: MIT */
#include "fakes/server/login.h"
#include "harness/base/buffer.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The nonce is always the same: nothing is secret here, and equal runs say the same. */
#define REALM "profiles"
#define NONCE "5ccc069c403ebaf9f0171e9517f40e41"

enum { MD5_BYTES = 16, MD5_TEXT_MAX = 2 * MD5_BYTES + 1, FIELD_MAX = 2304, HASHED_MAX = 8192 };

/* --- Basic --- */

static bool is_basic_good(const struct behaviour *behaviour, const char *credentials)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)credentials, (unsigned)strlen(credentials)};
    gnutls_datum_t decoded = {NULL, 0};
    struct buffer expected;
    if (text.size == 0 || gnutls_base64_decode2(&text, &decoded) < 0)
        return false;
    buffer_init(&expected, LOGIN_HEADER_MAX);
    buffer_format(&expected, "%s:%s", behaviour->user, behaviour->password);
    bool good = !expected.failed && decoded.size == expected.length &&
                memcmp(decoded.data, expected.data, expected.length) == 0;
    buffer_done(&expected);
    gnutls_free(decoded.data);
    return good;
}

/* --- Digest --- */

/* name=value or name="value" from here on; false: it is none. */
static bool next_field(const char **text, const char **ret_name, size_t *ret_length,
                       char value[FIELD_MAX])
{
    const char *at = *text + strspn(*text, " \t,");
    size_t length = strcspn(at, "= \t,"), used = 0;
    if (length == 0 || at[length] != '=')
        return false;
    *ret_name = at;
    *ret_length = length;
    at += length + 1;
    bool quoted = *at == '"';
    at += quoted;
    while (*at && (quoted ? *at != '"' : !strchr(" \t,", *at))) {
        if (quoted && *at == '\\' && at[1])
            at++;
        if (used + 1 >= FIELD_MAX)
            return false;
        value[used++] = *at++;
    }
    value[used] = '\0';
    if (quoted && *at++ != '"')
        return false;
    *text = at;
    return true;
}

static bool get_field(const char *text, const char *wanted, char value[FIELD_MAX])
{
    const char *name;
    size_t length;
    while (next_field(&text, &name, &length, value))
        if (strlen(wanted) == length && strncasecmp(name, wanted, length) == 0)
            return true;
    value[0] = '\0';
    return false;
}

static bool has_field(const char *text, const char *name, const char *expected)
{
    char value[FIELD_MAX];
    return get_field(text, name, value) && strcmp(value, expected) == 0;
}

/* MD5 of the parts (NULL behind the last) with colons between them, in hexadecimal. */
static bool hash(char result[MD5_TEXT_MAX], const char *const *parts)
{
    uint8_t digest[MD5_BYTES];
    struct buffer text;
    buffer_init(&text, HASHED_MAX);
    for (size_t i = 0; parts[i]; i++)
        buffer_format(&text, "%s%s", i > 0 ? ":" : "", parts[i]);
    bool hashed =
        !text.failed && gnutls_hash_fast(GNUTLS_DIG_MD5, text.data, text.length, digest) == 0;
    buffer_done(&text);
    for (size_t i = 0; i < MD5_BYTES && hashed; i++)
        snprintf(result + 2 * i, 3, "%02x", digest[i]);
    return hashed;
}
#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool is_digest_good(const struct behaviour *behaviour, const char *fields,
                           const char *method, const char *target)
{
    char secret[MD5_TEXT_MAX], request[MD5_TEXT_MAX], expected[MD5_TEXT_MAX];
    char count[FIELD_MAX], client_nonce[FIELD_MAX], response[FIELD_MAX];
    if (!has_field(fields, "username", behaviour->user) || !has_field(fields, "realm", REALM) ||
        !has_field(fields, "nonce", NONCE) || !has_field(fields, "uri", target) ||
        !has_field(fields, "qop", "auth") || !get_field(fields, "nc", count) ||
        !get_field(fields, "cnonce", client_nonce) || !get_field(fields, "response", response))
        return false;
    return hash(secret, PARTS(behaviour->user, REALM, behaviour->password)) &&
           hash(request, PARTS(method, target)) &&
           hash(expected, PARTS(secret, NONCE, count, client_nonce, "auth", request)) &&
           strcasecmp(expected, response) == 0;
}

/* --- both --- */

static const char *after_scheme(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

enum login_result login_check(const struct behaviour *behaviour, const char *authorization,
                              const char *method, const char *target)
{
    bool digest = behaviour->authentication == BEHAVIOUR_AUTHENTICATION_DIGEST;
    if (behaviour->authentication == BEHAVIOUR_AUTHENTICATION_NONE)
        return LOGIN_GOOD;
    if (!authorization)
        return LOGIN_MISSING;
    const char *rest = strlen(authorization) < LOGIN_HEADER_MAX
                           ? after_scheme(authorization, digest ? "Digest" : "Basic")
                           : NULL;
    bool good = rest && (digest ? is_digest_good(behaviour, rest, method, target)
                                : is_basic_good(behaviour, rest));
    return good ? LOGIN_GOOD : LOGIN_WRONG;
}

void login_challenge(const struct behaviour *behaviour, char text[LOGIN_CHALLENGE_MAX])
{
    if (behaviour->authentication == BEHAVIOUR_AUTHENTICATION_DIGEST)
        snprintf(text, LOGIN_CHALLENGE_MAX,
                 "Digest realm=\"" REALM "\", qop=\"auth\", algorithm=MD5, nonce=\"" NONCE "\"");
    else
        snprintf(text, LOGIN_CHALLENGE_MAX, "Basic realm=\"" REALM "\"");
}
