/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_url.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_phone_url(void);

static void write_out(bool good, const struct phone_url *url, char text[2560])
{
    if (good)
        snprintf(text, 2560, "%s|%s|%u|%s", url->scheme, url->host, (unsigned)url->port, url->path);
    else
        snprintf(text, 2560, "-");
}

static void parsing(void)
{
    static const struct {
        const char *text, *server, *parsed; /* "-" = refused */
    } cases[] = {
        {"http://h.test/x.xml", NULL, "http|h.test|80|/x.xml"},
        {"HTTPS://h.test", NULL, "https|h.test|443|/"},
        {"Tftp://10.0.0.1/a/b", "other", "tftp|10.0.0.1|69|/a/b"},
        {"http://h:8080?q=1", NULL, "http|h|8080|/?q=1"},
        {"http://h/a#fragment", NULL, "http|h|80|/a"},
        {"/x.xml", "h.test", "tftp|h.test|69|/x.xml"},
        {"/x.xml", "h.test:6969", "tftp|h.test|6969|/x.xml"},
        {"/x.xml", NULL, "-"},
        {"h.test/x.xml", NULL, "tftp|h.test|69|/x.xml"},
        {"", "h.test", "-"},
        {"x:y/z", NULL, "-"},
        {"ftp://h/x", "h", "-"},
        {"http:///x", NULL, "-"},
        {"http:///x", "h.test", "http|h.test|80|/x"},
        {"http://h:0/", NULL, "-"},
        {"http://h:65536/", NULL, "-"},
        {"http://h:/", NULL, "-"},
        {"http://user@h/", NULL, "-"},
        {"http://h/a b", NULL, "-"},
        {"http://h/a\nb", NULL, "-"},
        {"http://[::1]/", NULL, "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct phone_url url;
        char seen[2560];
        write_out(phone_url_parse(cases[i].text, cases[i].server, &url), &url, seen);
        CU_ASSERT_STRING_EQUAL(seen, cases[i].parsed);
        if (strcmp(seen, cases[i].parsed) != 0)
            fprintf(stderr, "%s: %s\n", cases[i].text, seen);
    }
}

static void bounds(void)
{
    char text[2 * PHONE_URL_MAX];
    struct phone_url url;
    snprintf(text, sizeof text, "http://%0*d/", PHONE_URL_HOST_MAX, 1);
    CU_ASSERT_FALSE(phone_url_parse(text, NULL, &url));
    snprintf(text, sizeof text, "http://h/%0*d", PHONE_URL_MAX, 1);
    CU_ASSERT_FALSE(phone_url_parse(text, NULL, &url));
    snprintf(text, sizeof text, "http://h/%0*d", PHONE_URL_MAX - 2, 1);
    CU_ASSERT_TRUE(phone_url_parse(text, NULL, &url));
    text[PHONE_URL_MAX - 1] = '\0';
    CU_ASSERT_TRUE(phone_url_follow(&url, text + strlen("http://h"), &url));
    char relative[PHONE_URL_MAX];
    snprintf(relative, sizeof relative, "%0*d", PHONE_URL_MAX - 1, 1);
    CU_ASSERT_FALSE(phone_url_follow(&url, relative, &url)); /* its slash is one too many */
}

static void following(void)
{
    static const struct {
        const char *location, *parsed;
    } cases[] = {
        {"https://n.test/y", "https|n.test|443|/y"},
        {"//n.test:81/y", "http|n.test|81|/y"},
        {"/y?z=1", "http|h.test|8080|/y?z=1"},
        {"y.xml", "http|h.test|8080|/a/y.xml"},
        {"?q", "http|h.test|8080|/a/?q"},
        {"", "-"},
        {"gopher://x/", "-"},
        {"mailto:x", "-"},
        {"/a b", "-"},
    };
    struct phone_url base;
    CU_ASSERT_TRUE_FATAL(phone_url_parse("http://h.test:8080/a/b?c=/d/e", NULL, &base));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct phone_url url;
        char seen[2560];
        write_out(phone_url_follow(&base, cases[i].location, &url), &url, seen);
        CU_ASSERT_STRING_EQUAL(seen, cases[i].parsed);
        if (strcmp(seen, cases[i].parsed) != 0)
            fprintf(stderr, "%s: %s\n", cases[i].location, seen);
    }
}

void tests_fakes_phone_phone_url(void)
{
    TEST_SUITE("phone/url", {"parsing", parsing}, {"bounds", bounds}, {"redirects", following});
}
