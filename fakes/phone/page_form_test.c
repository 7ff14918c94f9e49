/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_form.h"
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include <stdlib.h>
#include <string.h>

static int parse(const char *text, struct parameters *fields)
{
    struct error error = {0};
    int result = page_form_parse((const uint8_t *)text, strlen(text), fields, &error);
    CU_ASSERT_EQUAL(result < 0, error.text[0] != '\0');
    return result;
}

static void unescaping(void)
{
    static const struct {
        const char *text;
        bool plus;
        const char *result; /* NULL = refused */
    } cases[] = {
        {"", false, ""},
        {"abc", false, "abc"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%41%7a", false, "Az"},
        {"%2B", true, "+"},
        {"%c3%a9", false, "é"},
        {"%", false, NULL},
        {"%4", false, NULL},
        {"a%4g", false, NULL},
        {"%00", false, NULL},
        {"%%41", false, NULL},
        {"1234567", false, "1234567"},
        {"12345678", false, NULL},
        {"%31234567", false, "1234567"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char result[8] = "?";
        bool good = page_unescape(cases[i].text, strlen(cases[i].text), cases[i].plus, result,
                                  sizeof result);
        CU_ASSERT_EQUAL(good, cases[i].result != NULL);
        if (good && cases[i].result)
            CU_ASSERT_STRING_EQUAL(result, cases[i].result);
    }
    CU_ASSERT_FALSE(page_unescape("", 0, false, NULL, 0));
    /* An escape must not be read past the length given. */
    char result[8];
    CU_ASSERT_FALSE(page_unescape("a%41", 3, false, result, sizeof result));
    CU_ASSERT_FALSE(page_unescape("a%41", 2, false, result, sizeof result));
}

static void fields(void)
{
    struct parameters parsed;
    CU_ASSERT_EQUAL(
        parse("Profile_Rule=http%3A%2F%2Fa%2F%24PSN.xml%3Fx%3D1&Proxy_1_=sip+one&X", &parsed), 0);
    CU_ASSERT_EQUAL(parsed.count, 3);
    CU_ASSERT_STRING_EQUAL(parameters_get(&parsed, "Profile_Rule"), "http://a/$PSN.xml?x=1");
    CU_ASSERT_STRING_EQUAL(parameters_get(&parsed, "Proxy_1_"), "sip one");
    CU_ASSERT_STRING_EQUAL(parameters_get(&parsed, "X"), "");
    parameters_done(&parsed);
    CU_ASSERT_EQUAL(parse("", &parsed), 0);
    CU_ASSERT_EQUAL(parsed.count, 0);
    parameters_done(&parsed);
    CU_ASSERT_EQUAL(parse("&&A=1&A=2=3&", &parsed), 0);
    CU_ASSERT_EQUAL(parsed.count, 1);
    CU_ASSERT_STRING_EQUAL(parameters_get(&parsed, "A"), "2=3");
    parameters_done(&parsed);
}

static void bad_fields(void)
{
    static const char *const bad[] = {"=1",    "1A=1", "A B=1", "A%3C=1", "A=%zz",
                                      "A=%00", "-a=1", "<a>=1", "%=1"};
    struct parameters parsed;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_EQUAL(parse(bad[i], &parsed), ERROR_INVALID);
        parameters_done(&parsed);
    }
}

static void bounds(void)
{
    struct parameters parsed;
    struct buffer form;
    buffer_init(&form, PAGE_FORM_BYTES_MAX + 16);
    buffer_text(&form, "A=");
    while (form.length < PARAMETER_VALUE_MAX + 1)
        buffer_text(&form, "x");
    CU_ASSERT_EQUAL(parse(buffer_string(&form), &parsed), 0);
    CU_ASSERT_EQUAL(strlen(parameters_get(&parsed, "A")), PARAMETER_VALUE_MAX - 1);
    parameters_done(&parsed);
    buffer_text(&form, "x");
    CU_ASSERT_EQUAL(parse(buffer_string(&form), &parsed), ERROR_INVALID);
    parameters_done(&parsed);
    buffer_clear(&form);
    for (int i = 0; i < PARAMETERS_MAX; i++)
        buffer_format(&form, "P%d=1&", i);
    CU_ASSERT_EQUAL(parse(buffer_string(&form), &parsed), 0);
    CU_ASSERT_EQUAL(parsed.count, PARAMETERS_MAX);
    parameters_done(&parsed);
    buffer_text(&form, "One_more=1");
    CU_ASSERT_EQUAL(parse(buffer_string(&form), &parsed), ERROR_LIMIT);
    parameters_done(&parsed);
    while (form.length <= PAGE_FORM_BYTES_MAX)
        buffer_text(&form, "&");
    CU_ASSERT_EQUAL(parse(buffer_string(&form), &parsed), ERROR_LIMIT);
    parameters_done(&parsed);
    buffer_done(&form);
}

static void targets(void)
{
    static const struct {
        const char *text, *path, *query, *user, *password; /* path NULL = refused */
    } cases[] = {
        {"/", "/", "", "", ""},
        {"/admin/advanced?", "/admin/advanced", "", "", ""},
        {"/admin%2Freboot", "/admin/reboot", "", "", ""},
        {"/admin/reboot?xuser=admin&xpassword=p%26w", "/admin/reboot", "", "admin", "p&w"},
        {"/admin/resync?http://a/b?c=1&d&xuser=admin&xpassword=p", "/admin/resync",
         "http://a/b?c=1&d", "admin", "p"},
        {"/admin/resync?xuser=admin&xpassword=p&http://a/b", "/admin/resync", "http://a/b", "admin",
         "p"},
        {"/x?axuser=1", "/x", "axuser=1", "", ""},
        {"/x?xpassword=", "/x", "", "", ""},
        {"/x?xuser=%zz", NULL, "", "", ""},
        {"x", NULL, "", "", ""},
        {"", NULL, "", "", ""},
        {"/%", NULL, "", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_target target;
        bool good = page_target_parse(cases[i].text, &target);
        CU_ASSERT_EQUAL(good, cases[i].path != NULL);
        if (!good || !cases[i].path)
            continue;
        CU_ASSERT_STRING_EQUAL(target.path, cases[i].path);
        CU_ASSERT_STRING_EQUAL(target.query, cases[i].query);
        CU_ASSERT_STRING_EQUAL(target.user, cases[i].user);
        CU_ASSERT_STRING_EQUAL(target.password, cases[i].password);
    }
}

static void long_targets(void)
{
    static char text[PHONE_URL_MAX + 8] = "/x?";
    struct page_target target;
    memset(text + 3, 'q', PHONE_URL_MAX - 1);
    CU_ASSERT_TRUE(page_target_parse(text, &target));
    CU_ASSERT_EQUAL(strlen(target.query), PHONE_URL_MAX - 1);
    text[3 + PHONE_URL_MAX - 1] = 'q';
    CU_ASSERT_FALSE(page_target_parse(text, &target));
    text[2] = 'y';
    CU_ASSERT_FALSE(page_target_parse(text, &target));
}

void tests_fakes_phone_page_form(void);
void tests_fakes_phone_page_form(void)
{
    TEST_SUITE("phone/page_form", {"percent-encoding", unescaping}, {"fields", fields},
               {"malformed fields", bad_fields}, {"bounds", bounds},
               {"targets and their credentials", targets}, {"long targets", long_targets});
}
