/* SPDX-License-Identifier: MIT */
#include "fakes/phone/rule_options.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_phone_rule_options(void);

static void each_form(void)
{
    static const struct {
        const char *rule, *url, *key, *user, *password;
    } rows[] = {
        {"/$PSN.xml", "/$PSN.xml", "", "", ""},
        {"  http://a/", "http://a/", "", "", ""},
        {"[--key K1] http://a/", "http://a/", "K1", "", ""},
        {"[ --key \"K 1]\" ]http://a/", "http://a/", "K 1]", "", ""},
        {"[--uid u --pwd p] x", "x", "", "u", "p"},
        {"[--alias a --uid u --post --pwd \"\"] x", "x", "", "u", ""},
        {"[] x", "x", "", "", ""},
        {"[--key] x", "x", "", "", ""},
        {"[--key K x", "[--key K x", "K", "", ""},
        {"[--key \"K] x", "[--key \"K] x", "", "", ""},
        {"[--keys K] x", "x", "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule_options options;
        const char *url = rule_options_read(rows[i].rule, &options);
        CU_ASSERT_STRING_EQUAL(options.key, rows[i].key);
        CU_ASSERT_STRING_EQUAL(options.user, rows[i].user);
        CU_ASSERT_STRING_EQUAL(options.password, rows[i].password);
        if (rows[i].url[0] != '[')
            CU_ASSERT_STRING_EQUAL(url, rows[i].url);
    }
}

static void a_value_too_long_is_left_out(void)
{
    char rule[RULE_VALUE_MAX + 32] = "[--key ";
    struct rule_options options;
    memset(rule + 7, 'k', RULE_VALUE_MAX);
    memcpy(rule + 7 + RULE_VALUE_MAX, "] x", 4);
    CU_ASSERT_STRING_EQUAL(rule_options_read(rule, &options), "x");
    CU_ASSERT_STRING_EQUAL(options.key, "");
    memcpy(rule + 7 + RULE_VALUE_MAX - 1, "] x", 4);
    CU_ASSERT_STRING_EQUAL(rule_options_read(rule, &options), "x");
    CU_ASSERT_EQUAL(strlen(options.key), RULE_VALUE_MAX - 1);
}

void tests_fakes_phone_rule_options(void)
{
    TEST_SUITE("phone/rule_options", {"each form", each_form},
               {"a value too long is left out", a_value_too_long_is_left_out});
}
