/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_auth.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MD5_BYTES = 16,
    MD5_TEXT_MAX = 2 * MD5_BYTES + 1,
    FIELD_MAX = 2304, /* of a Digest header: the target is the longest */
    HASHED_MAX = 8192,
};

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

/* --- Basic ---------------------------------------------------------------------------------- */

static enum page_auth_result check_basic(const struct page_auth *auth, const char *credentials)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)credentials, (unsigned)strlen(credentials)};
    gnutls_datum_t decoded = {NULL, 0};
    struct buffer expected;
    if (text.size == 0 || gnutls_base64_decode2(&text, &decoded) < 0)
        return PAGE_AUTH_WRONG;
    buffer_init(&expected, PAGE_AUTHORIZATION_MAX);
    buffer_format(&expected, "%s:%s", PAGE_USER, auth->password);
    bool equal = !expected.failed && decoded.size == expected.length &&
                 memcmp(decoded.data, expected.data, expected.length) == 0;
    buffer_done(&expected);
    gnutls_free(decoded.data);
    return equal ? PAGE_AUTH_GRANTED : PAGE_AUTH_WRONG;
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

static bool expected_response(const struct page_auth *auth, const char *fields, const char *method,
                              const char *uri, const char *nonce, char response[MD5_TEXT_MAX])
{
    char secret[MD5_TEXT_MAX], request[MD5_TEXT_MAX];
    char qop[FIELD_MAX], count[FIELD_MAX], client_nonce[FIELD_MAX];
    const char *const who[] = {PAGE_USER, PAGE_REALM, auth->password};
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

static enum page_auth_result check_digest(const struct page_auth *auth, const char *fields,
                                          const char *method, const char *target)
{
    char value[FIELD_MAX], nonce[FIELD_MAX], response[FIELD_MAX], expected[MD5_TEXT_MAX];
    if (!get_field(fields, "username", value) || strcmp(value, PAGE_USER) != 0)
        return PAGE_AUTH_WRONG;
    if (!get_field(fields, "realm", value) || strcmp(value, PAGE_REALM) != 0)
        return PAGE_AUTH_WRONG;
    if (!get_field(fields, "uri", value) || strcmp(value, target) != 0)
        return PAGE_AUTH_WRONG;
    if (!get_field(fields, "nonce", nonce) || !get_field(fields, "response", response))
        return PAGE_AUTH_WRONG;
    if (!expected_response(auth, fields, method, value, nonce, expected) ||
        strcasecmp(response, expected) != 0)
        return PAGE_AUTH_WRONG;
    return strcmp(nonce, auth->nonce) == 0 ? PAGE_AUTH_GRANTED : PAGE_AUTH_STALE;
}

static const char *after_scheme(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
        return NULL;
    return authorization + length + strspn(authorization + length, " ");
}

enum page_auth_result page_auth_check(const struct page_auth *auth, const char *authorization,
                                      const char *method, const char *target)
{
    if (everybody_may(auth))
        return PAGE_AUTH_GRANTED;
    if (!authorization)
        return PAGE_AUTH_MISSING;
    if (strlen(authorization) >= PAGE_AUTHORIZATION_MAX)
        return PAGE_AUTH_WRONG;
    const char *basic = after_scheme(authorization, "Basic");
    const char *digest = after_scheme(authorization, "Digest");
    if (basic)
        return check_basic(auth, basic);
    return digest ? check_digest(auth, digest, method, target) : PAGE_AUTH_WRONG;
}

void page_auth_challenge(const struct page_auth *auth, enum page_auth_result result,
                         struct buffer *digest, struct buffer *basic)
{
    buffer_format(digest, "Digest realm=\"%s\", qop=\"auth\", algorithm=MD5, nonce=\"%s\"%s",
                  PAGE_REALM, auth->nonce, result == PAGE_AUTH_STALE ? ", stale=true" : "");
    buffer_format(basic, "Basic realm=\"%s\"", PAGE_REALM);
}
