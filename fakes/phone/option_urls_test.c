/* SPDX-License-Identifier: MIT */
#include "fakes/phone/option_urls.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_option_urls(void);

#define BARE(host)                                                                       \
    "tftp://" host "/8841-3PCC.xml tftp://" host "/Cisco/CP-8841-3PCC/001122aabbcc.cfg " \
    "http://" host "/8841-3PCC.xml http://" host "/Cisco/CP-8841-3PCC/001122aabbcc.cfg " \
    "https://" host "/8841-3PCC.xml https://" host "/Cisco/CP-8841-3PCC/001122aabbcc.cfg"
#define BASE(url) url "/8841-3PCC.xml " url "/Cisco/CP-8841-3PCC/001122aabbcc.cfg"
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct option_case {
    uint8_t code;
    const uint8_t *value;
    size_t length;
    const char *urls; /* separated by blanks */
} cases[] = {
    {66, BYTES("http://h/phone.xml"), "http://h/phone.xml " BASE("http://h/phone.xml")},
    {66, BYTES("http://h/phone.xml\0"), "http://h/phone.xml " BASE("http://h/phone.xml")},
    {66, BYTES("https://h:8443/a/"), "https://h:8443/a/ " BASE("https://h:8443/a")},
    {66, BYTES("http://h//"), "http://h// " BASE("http://h")},
    {66, BYTES("HTTP://h"), "HTTP://h " BASE("HTTP://h")},
    {66, BYTES("tftp://h"), BASE("tftp://h")},
    {66, BYTES("10.0.0.1"), BARE("10.0.0.1")},
    {66, BYTES("prov.example.net"), BARE("prov.example.net")},
    {66, BYTES("10.0.0.1/x/"), BARE("10.0.0.1/x")},
    {66, BYTES("http://h/$MA-$PN.xml"),
     "http://h/001122aabbcc-CP-8841-3PCC.xml " BASE("http://h/001122aabbcc-CP-8841-3PCC.xml")},
    {159, BYTES("10.0.0.1;10.0.0.2"), BARE("10.0.0.1") " " BARE("10.0.0.2")},
    {159, BYTES("HTTP://10.0.0.1;10.0.0.2"),
     "HTTP://10.0.0.1 " BASE("HTTP://10.0.0.1") " HTTP://10.0.0.2 " BASE("HTTP://10.0.0.2")},
    {160, BYTES("http://a/x ; https://b/y"),
     "http://a/x " BASE("http://a/x") " https://b/y " BASE("https://b/y")},
    {160, BYTES("http://a/x;http://a/x"), "http://a/x " BASE("http://a/x")},
    {160, BYTES("ftp://a/x"), ""},
    {160, BYTES(""), ""},
    {160, BYTES("\0\0"), ""},
    {160, BYTES(";"), ""},
    {160, BYTES("\1\2\3"), ""},
    {160, BYTES("http://a b/"), ""},
    {150, BYTES("\x0a\0\0\1"), BARE("10.0.0.1")},
    {150, BYTES("\x0a\0\0\1\x0a\0\0\2"), BARE("10.0.0.1") " " BARE("10.0.0.2")},
    {150, BYTES("\0\0\0\0"), ""},
    {150, BYTES("\x0a\0\0"), ""},
    {60, BYTES("HTTPClient"), ""},
    {60, BYTES("dslforum.org"), ""},
    {60, BYTES("CP-8841-3PCC"), ""},
    {60, BYTES("http://h/x"), "http://h/x " BASE("http://h/x")},
    {60, BYTES("10.0.0.1"), BARE("10.0.0.1")},
    {43, BYTES("\1\12http://h/x"), "http://h/x " BASE("http://h/x")},
    {43, BYTES("\2\3abc\1\12http://h/x\xff"), "http://h/x " BASE("http://h/x")},
    {43, BYTES("\2\12http://h/x"), ""},
    {43, BYTES("http://h/x"), "http://h/x " BASE("http://h/x")},
    {43, BYTES("\1\4\xde\xad\xbe\xef"), ""},
    {43, BYTES("\1\377http://h/x"), ""},
    {125, BYTES("\0\0\15\xe9\14\4\12http://h/x"), "http://h/x " BASE("http://h/x")},
    {125, BYTES("\0\0\0\11\14\5\12http://h/y\0\0\15\xe9\14\1\12http://h/x"),
     "http://h/x " BASE("http://h/x") " http://h/y " BASE("http://h/y")},
    {125,
     BYTES("\0\0\15\xe9\10\4\6"
           "001122"),
     ""},
    {125, BYTES("\0\0\15\xe9\377\4\12http://h/x"), ""},
    {125, BYTES("\0\0"), ""},
    {67, BYTES("http://h/x"), ""},
};

static struct macro_values values_of_a_phone(void)
{
    return (struct macro_values){.mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
                                 .model = phone_model_find("8841"),
                                 .serial = "FCH0000N001"};
}

static void join(const struct option_urls *urls, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < urls->count; i++)
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", i ? " " : "", urls->urls[i]);
}

static const struct option_policy *options_of_a_phone(void)
{
    static struct phone_policy policy;
    phone_policy_init(&policy, &(struct readings){0}, NULL);
    return &policy.options;
}

static void put(struct dhcp_lease *lease, uint8_t code, const void *value, size_t length)
{
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++) {
        if (dhcp_provisioning_options[i] != code)
            continue;
        lease->options[i].present = true;
        lease->options[i].length = length;
        memcpy(lease->options[i].value, value, length);
    }
}

static void put_text(struct dhcp_lease *lease, uint8_t code, const char *text)
{
    put(lease, code, text, strlen(text));
}

static void every_form(void)
{
    struct macro_values values = values_of_a_phone();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct option_urls urls = {0};
        char seen[8192];
        struct dhcp_lease lease = {0};
        put(&lease, cases[i].code, cases[i].value, cases[i].length);
        option_urls_collect(&lease, options_of_a_phone(), &values, &urls);
        join(&urls, seen, sizeof seen);
        CU_ASSERT_STRING_EQUAL(seen, cases[i].urls);
        if (strcmp(seen, cases[i].urls) != 0)
            fprintf(stderr, "option %d, %.*s: %s\n", cases[i].code, (int)cases[i].length,
                    (const char *)cases[i].value, seen);
        option_urls_done(&urls);
    }
}

static void options_have_an_order(void)
{
    static const uint8_t order[] = {66, 160, 159, 150, 60, 43, 125};
    struct macro_values values = values_of_a_phone();
    struct dhcp_lease lease = {0};
    struct option_urls urls = {0}, again = {0};
    CU_ASSERT_EQUAL(memcmp(order, options_of_a_phone()->codes, sizeof order), 0);
    put_text(&lease, 60, "http://e/x");
    put_text(&lease, 159, "http://c/x");
    put_text(&lease, 160, "http://b/x");
    put_text(&lease, 66, "http://a/x");
    option_urls_collect(&lease, options_of_a_phone(), &values, &urls);
    CU_ASSERT_EQUAL_FATAL(urls.count, 12);
    CU_ASSERT_STRING_EQUAL(urls.urls[0], "http://a/x");
    CU_ASSERT_STRING_EQUAL(urls.urls[3], "http://b/x");
    CU_ASSERT_STRING_EQUAL(urls.urls[6], "http://c/x");
    CU_ASSERT_STRING_EQUAL(urls.urls[9], "http://e/x");
    CU_ASSERT_FALSE(option_urls_equal(&urls, &again));
    option_urls_collect(&lease, options_of_a_phone(), &values, &again);
    CU_ASSERT_TRUE(option_urls_equal(&urls, &again));
    put_text(&lease, 160, "http://z/x");
    option_urls_collect(&lease, options_of_a_phone(), &values, &again);
    CU_ASSERT_FALSE(option_urls_equal(&urls, &again));
    option_urls_done(&urls);
    option_urls_done(&again);
}

static void more_than_fits(void)
{
    struct macro_values values = values_of_a_phone();
    struct dhcp_lease lease = {0};
    struct option_urls urls = {0};
    uint8_t addresses[4 * 200];
    for (size_t i = 0; i < sizeof addresses; i++)
        addresses[i] = (uint8_t)(1 + i / 4);
    put(&lease, 150, addresses, sizeof addresses);
    option_urls_collect(&lease, options_of_a_phone(), &values, &urls);
    CU_ASSERT_EQUAL(urls.count, OPTION_URLS_MAX);
    option_urls_done(&urls);
}

static void server_of_option_66(void)
{
    static const struct {
        const char *value, *server; /* NULL = none */
    } servers[] = {
        {"10.0.0.1", "10.0.0.1"},    {"h.test;other", "h.test"}, {"http://h.test:8080/x", "h.test"},
        {"TFTP://h.test", "h.test"}, {"/only/a/path", NULL},     {"\1\2", NULL},
    };
    char server[64];
    struct dhcp_lease lease = {0};
    CU_ASSERT_FALSE(option_urls_default_server(&lease, server, sizeof server));
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        lease = (struct dhcp_lease){0};
        put_text(&lease, 66, servers[i].value);
        bool found = option_urls_default_server(&lease, server, sizeof server);
        CU_ASSERT_EQUAL(found, servers[i].server != NULL);
        if (found && servers[i].server)
            CU_ASSERT_STRING_EQUAL(server, servers[i].server);
    }
    lease = (struct dhcp_lease){0};
    put_text(&lease, 66, "a-name-that-is-longer-than-there-is-room");
    CU_ASSERT_FALSE(option_urls_default_server(&lease, server, 8));
}

void tests_fakes_phone_option_urls(void)
{
    TEST_SUITE("phone/option_urls", {"every form of a value", every_form},
               {"the order of the options", options_have_an_order},
               {"more than fits", more_than_fits},
               {"the server of option 66", server_of_option_66});
}
