/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_auth.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

/* Computed elsewhere from RFC 7616's formula, not with the code under test:
 *   A1 = admin:CP-MPP:secret   A2 = GET:/admin/reboot
 *   nonce 0000000000000001 0000000000000002, nc 00000001, cnonce abc, qop auth */
#define NONCE "00000000000000010000000000000002"
#define RESPONSE_QOP "1367719833d1fd76d26c280a78c6019a"
#define RESPONSE_OLD "34ba82254559a7ad9c36cb53672a18bc"
#define RESPONSE_STALE "817dd80f16000644f030a492e78a6e78"

static struct page_auth auth_with(const char *password)
{
    struct page_auth auth;
    page_auth_init(&auth, password, 1, 2);
    return auth;
}

static void basic(void)
{
    static const struct {
        const char *header;
        enum http_login_result result;
    } cases[] = {
        {"Basic YWRtaW46c2VjcmV0", HTTP_LOGIN_GOOD},
        {"basic  YWRtaW46c2VjcmV0", HTTP_LOGIN_GOOD},
        {"Basic YWRtaW46c2VjcmVU", HTTP_LOGIN_WRONG},     /* another password */
        {"Basic cm9vdDpzZWNyZXQ=", HTTP_LOGIN_WRONG},     /* another user */
        {"Basic YWRtaW46", HTTP_LOGIN_WRONG},             /* none */
        {"Basic YWRtaW46c2VjcmV0AA==", HTTP_LOGIN_WRONG}, /* a zero byte behind it */
        {"Basic !!!", HTTP_LOGIN_WRONG},
        {"Basic ", HTTP_LOGIN_WRONG},
        {"Basic", HTTP_LOGIN_WRONG},
        {"Bearer YWRtaW46c2VjcmV0", HTTP_LOGIN_WRONG},
        {"", HTTP_LOGIN_WRONG},
        {NULL, HTTP_LOGIN_MISSING},
    };
    struct page_auth auth = auth_with("secret");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(page_auth_check(&auth, cases[i].header, "GET", "/"), cases[i].result);
}

static enum http_login_result digest_with(const char *method, const char *target,
                                          const char *format, const char *nonce,
                                          const char *response)
{
    struct page_auth auth = auth_with("secret");
    char header[512];
    snprintf(header, sizeof header,
             "Digest username=\"admin\", realm=\"CP-MPP\", nonce=\"%s\", uri=\"%s\", %s "
             "response=\"%s\"",
             nonce, target, format, response);
    return page_auth_check(&auth, header, method, "/admin/reboot");
}

#define QOP "qop=auth, nc=00000001, cnonce=\"abc\","

static void digest(void)
{
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", QOP, NONCE, RESPONSE_QOP), HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", "", NONCE, RESPONSE_OLD), HTTP_LOGIN_GOOD);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", QOP, "old", RESPONSE_STALE),
                    HTTP_LOGIN_STALE);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", QOP, "old", RESPONSE_QOP),
                    HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(digest_with("POST", "/admin/reboot", QOP, NONCE, RESPONSE_QOP),
                    HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(digest_with("GET", "/other", QOP, NONCE, RESPONSE_QOP), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", QOP, NONCE, ""), HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", "qop=auth-int,", NONCE, RESPONSE_QOP),
                    HTTP_LOGIN_WRONG);
    CU_ASSERT_EQUAL(digest_with("GET", "/admin/reboot", "qop=auth,", NONCE, RESPONSE_QOP),
                    HTTP_LOGIN_WRONG);
}

static void malformed_digest(void)
{
    static const char *const headers[] = {
        "Digest ",          "Digest username",
        "Digest username=", "Digest username=\"admin",
        "Digest ,,,",       "Digest username=\"admin\\",
        "Digest =\"x\"",    "Digest username=\"admin\", realm=\"CP-MPP\"",
    };
    struct page_auth auth = auth_with("secret");
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        CU_ASSERT_EQUAL(page_auth_check(&auth, headers[i], "GET", "/"), HTTP_LOGIN_WRONG);
    static char endless[HTTP_LOGIN_HEADER_MAX + 32] = "Digest username=\"";
    memset(endless + 17, 'a', HTTP_LOGIN_HEADER_MAX);
    CU_ASSERT_EQUAL(page_auth_check(&auth, endless, "GET", "/"), HTTP_LOGIN_WRONG);
}

static void no_password(void)
{
    struct page_auth auth = auth_with("");
    CU_ASSERT_EQUAL(page_auth_check(&auth, NULL, "GET", "/"), HTTP_LOGIN_GOOD);
    CU_ASSERT_TRUE(page_auth_password(&auth, "", ""));
    auth = auth_with(NULL);
    CU_ASSERT_EQUAL(page_auth_check(&auth, NULL, "GET", "/"), HTTP_LOGIN_GOOD);
}

static void in_the_query(void)
{
    struct page_auth auth = auth_with("secret");
    CU_ASSERT_TRUE(page_auth_password(&auth, "admin", "secret"));
    CU_ASSERT_FALSE(page_auth_password(&auth, "admin", "Secret"));
    CU_ASSERT_FALSE(page_auth_password(&auth, "user", "secret"));
    CU_ASSERT_FALSE(page_auth_password(&auth, "", ""));
}

static void challenges(void)
{
    struct page_auth auth = auth_with("secret");
    struct buffer digest_value, basic_value;
    buffer_init(&digest_value, 512);
    buffer_init(&basic_value, 512);
    page_auth_challenge(&auth, HTTP_LOGIN_MISSING, &digest_value, &basic_value);
    CU_ASSERT_STRING_EQUAL(buffer_string(&digest_value),
                           "Digest realm=\"CP-MPP\", qop=\"auth\", algorithm=MD5, nonce=\"" NONCE
                           "\"");
    CU_ASSERT_STRING_EQUAL(buffer_string(&basic_value), "Basic realm=\"CP-MPP\"");
    buffer_clear(&digest_value);
    page_auth_challenge(&auth, HTTP_LOGIN_STALE, &digest_value, &basic_value);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&digest_value), "stale=true"));
    buffer_done(&digest_value);
    buffer_done(&basic_value);
}

void tests_fakes_phone_page_auth(void);
void tests_fakes_phone_page_auth(void)
{
    TEST_SUITE("phone/page_auth", {"Basic", basic}, {"Digest", digest},
               {"malformed Digest", malformed_digest}, {"no password", no_password},
               {"credentials in the query", in_the_query}, {"challenges", challenges});
}
