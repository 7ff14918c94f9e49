/* SPDX-License-Identifier: MIT */
#include "harness/loop/http_login.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    MD5_BYTES = 16,
    MD5_TEXT_MAX = 2 * MD5_BYTES + 1,
    FIELD_MAX = 2304, /* of a Digest header: the target is the longest */
    HASHED_MAX = 8192,
};

/* --- Basic ---------------------------------------------------------------------------------- */

static enum http_login_result check_basic(const struct http_login *login, const char *credentials)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)credentials, (unsigned)strlen(credentials)};
    gnutls_datum_t decoded = {NULL, 0};
    struct buffer expected;
    if (text.size == 0 || gnutls_base64_decode2(&text, &decoded) < 0)
        return HTTP_LOGIN_WRONG;
    buffer_init(&expected, HTTP_LOGIN_HEADER_MAX);
    buffer_format(&expected, "%s:%s", login->user, login->password);
    bool equal = !expected.failed && decoded.size == expected.length &&
                 memcmp(decoded.data, expected.data, expected.length) == 0;
    buffer_done(&expected);
    gnutls_free(decoded.data);
    return equal ? HTTP_LOGIN_GOOD : HTTP_LOGIN_WRONG;
}

/* --- Digest ----------------------------------------------------------------------------------- */

/* One `name=value` or `name="value"` of a list; false at its end or when it is malformed. */
static bool next_field(const char **text, char *name, size_t name_max, char *value,
                       size_t value_max)
{
    const char *at = *text + strspn(*text, " \t,");
    size_t name_length = strcspn(at, "= \t,"), used = 0;
    if (name_length == 0 || name_length >= name_max || at[name_length] != '=')
        return false;
    memcpy(name, at, name_length);
    name[name_length] = '\0';
    at += name_length + 1;
    bool quoted = *at == '"';
    if (quoted)
        at++;
    while (*at != '\0' && (quoted ? *at != '"' : !strchr(" \t,", *at))) {
        if (quoted && *at == '\\' && at[1] != '\0')
            at++;
        if (used + 1 >= value_max)
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
    char name[32];
    while (next_field(&text, name, sizeof name, value, FIELD_MAX)) {
        if (strcasecmp(name, wanted) == 0)
            return true;
    }
    value[0] = '\0';
    return false;
}

/* MD5 of the parts joined by colons, as hexadecimal text. */
static bool hash_joined(char result[MD5_TEXT_MAX], size_t count, const char *const *parts)
{
    uint8_t digest[MD5_BYTES];
    struct buffer joined;
    buffer_init(&joined, HASHED_MAX);
    for (size_t i = 0; i < count; i++)
        buffer_format(&joined, "%s%s", i > 0 ? ":" : "", parts[i]);
    bool hashed =
        !joined.failed && gnutls_hash_fast(GNUTLS_DIG_MD5, joined.data, joined.length, digest) == 0;
    buffer_done(&joined);
    for (size_t i = 0; i < MD5_BYTES && hashed; i++)
        snprintf(result + 2 * i, 3, "%02x", digest[i]);
    return hashed;
}

static bool expected_response(const struct http_login *login, const char *fields,
                              const char *method, const char *uri, const char *nonce,
                              char response[MD5_TEXT_MAX])
{
    char secret[MD5_TEXT_MAX], request[MD5_TEXT_MAX];
    char qop[FIELD_MAX], count[FIELD_MAX], client_nonce[FIELD_MAX];
    const char *const who[] = {login->user, login->realm, login->password};
    const char *const what[] = {method, uri};
    if (!hash_joined(secret, 3, who) || !hash_joined(request, 2, what))
        return false;
    if (!get_field(fields, "qop", qop)) {
        const char *const parts[] = {secret, nonce, request};
        return hash_joined(response, 3, parts);
    }
    if (strcmp(qop, "auth") != 0 || !get_field(fields, "nc", count) ||
        !get_field(fields, "cnonce", client_nonce))
        return false;
    const char *const parts[] = {secret, nonce, count, client_nonce, qop, request};
    return hash_joined(response, 6, parts);
}

static enum http_login_result check_digest(const struct http_login *login, const char *fields,
                                           const char *method, const char *target)
{
    char value[FIELD_MAX], nonce[FIELD_MAX], response[FIELD_MAX], expected[MD5_TEXT_MAX];
    if (!get_field(fields, "username", value) || strcmp(value, login->user) != 0)
        return HTTP_LOGIN_WRONG;
    if (!get_field(fields, "realm", value) || strcmp(value, login->realm) != 0)
        return HTTP_LOGIN_WRONG;
    if (!get_field(fields, "uri", value) || strcmp(value, target) != 0)
        return HTTP_LOGIN_WRONG;
    if (!get_field(fields, "nonce", nonce) || !get_field(fields, "response", response))
        return HTTP_LOGIN_WRONG;
    if (!expected_response(login, fields, method, value, nonce, expected) ||
        strcasecmp(response, expected) != 0)
        return HTTP_LOGIN_WRONG;
    return strcmp(nonce, login->nonce) == 0 ? HTTP_LOGIN_GOOD : HTTP_LOGIN_STALE;
}

static const char *after_scheme(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

enum http_login_result http_login_check(const struct http_login *login, const char *authorization,
                                        const char *method, const char *target)
{
    if (!authorization)
        return HTTP_LOGIN_MISSING;
    if (strlen(authorization) >= HTTP_LOGIN_HEADER_MAX)
        return HTTP_LOGIN_WRONG;
    const char *basic = login->basic ? after_scheme(authorization, "Basic") : NULL;
    const char *digest = login->digest ? after_scheme(authorization, "Digest") : NULL;
    if (basic)
        return check_basic(login, basic);
    return digest ? check_digest(login, digest, method, target) : HTTP_LOGIN_WRONG;
}

void http_login_challenge_basic(const struct http_login *login, struct buffer *value)
{
    buffer_format(value, "Basic realm=\"%s\"", login->realm);
}

void http_login_challenge_digest(const struct http_login *login, bool stale, struct buffer *value)
{
    buffer_format(value, "Digest realm=\"%s\", qop=\"auth\", algorithm=MD5, nonce=\"%s\"%s",
                  login->realm, login->nonce, stale ? ", stale=true" : "");
}
