/* SPDX-License-Identifier: MIT */
#include "fakes/server/login.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_server_login(void);

static const struct behaviour basic = {
    .authentication = BEHAVIOUR_AUTHENTICATION_BASIC, .user = "Aladdin", .password = "open sesame"};
static const struct behaviour digest = {.authentication = BEHAVIOUR_AUTHENTICATION_DIGEST,
                                        .user = "Aladdin",
                                        .password = "open sesame"};

static enum http_login_result check(const struct behaviour *behaviour, const char *authorization)
{
    return login_check(behaviour, authorization, "GET", "/a.xml?b=c");
}

static void nobody_is_asked(void)
{
    CU_ASSERT_EQUAL(check(&(struct behaviour){0}, NULL), HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(check(&(struct behaviour){0}, "Basic nonsense"), HTTP_LOGIN_GOOD);
}

static void by_basic(void) /* the example of RFC 7617, section 2 */
{
    CU_ASSERT_EQUAL(check(&basic, NULL), HTTP_LOGIN_MISSING);
    CU_ASSERT_EQUAL(check(&basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(check(&basic, "basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(check(&basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZg=="), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&basic, "Basic "), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&basic, "Basic %"), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&basic, "Digest QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), HTTP_LOGIN_WRONG);
}

/* Computed by hand from RFC 7616 section 3.4 with md5sum(1). */
#define FIELDS(user, uri, response)                                               \
    "Digest username=\"" user "\", realm=\"profiles\", "                          \
    "nonce=\"5ccc069c403ebaf9f0171e9517f40e41\", uri=\"" uri "\", cnonce=\"c\", " \
    "nc=00000001, qop=auth, response=\"" response "\""

static void by_digest(void)
{
    CU_ASSERT_EQUAL(check(&digest, NULL), HTTP_LOGIN_MISSING);
    CU_ASSERT_EQUAL(
        check(&digest, FIELDS("Aladdin", "/a.xml?b=c", "8e421834ad52a3447c33285b9b13d372")),
        HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(
        check(&digest, FIELDS("aladdin", "/a.xml?b=c", "8e421834ad52a3447c33285b9b13d372")),
        HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&digest, FIELDS("Aladdin", "/b.xml", "8e421834ad52a3447c33285b9b13d372")),
                    HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(
        check(&digest, FIELDS("Aladdin", "/a.xml?b=c", "00000000000000000000000000000000")),
        HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&digest, "Digest "), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&digest, "Digest username=\"Aladdin"), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(check(&digest, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), HTTP_LOGIN_WRONG);
}

static void challenges(void)
{
    struct buffer text;
    buffer_init(&text, HTTP_LOGIN_HEADER_MAX);
    login_challenge(&basic, &text);
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), "Basic realm=\"profiles\"");
    buffer_clear(&text);
    login_challenge(&digest, &text);
    CU_ASSERT_EQUAL(strncmp(buffer_string(&text), "Digest realm=\"profiles\", qop=\"auth\"", 35),
                    0);
    buffer_done(&text);
}

void tests_fakes_server_login(void)
{
    TEST_SUITE("server/login", {"nobody is asked", nobody_is_asked}, {"by Basic", by_basic},
               {"by Digest", by_digest}, {"challenges", challenges});
}
