/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"

static const char *const values[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "http://p.example:8080",
    [SUBSTITUTE_PROVISION_HTTPS] = "https://p.example",
    [SUBSTITUTE_PROVISION_TFTP] = "tftp://p.example",
    [SUBSTITUTE_PROVISION_ADDRESS] = "192.0.2.7",
};

static void check(const char *text, const char *expected)
{
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    scenario_substitute(text, values, &buffer);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), expected);
    buffer_done(&buffer);
}

static void names_are_replaced(void)
{
    check("${provision.http}", "http://p.example:8080");
    check("${provision.https}/a", "https://p.example/a");
    check("x${provision.tftp}", "xtftp://p.example");
    check("${provision.address};${provision.address}", "192.0.2.7;192.0.2.7");
}

static void other_dollars_go_through(void)
{
    check("", "");
    check("/$PSN.xml?$MA$$", "/$PSN.xml?$MA$$");
    check("$", "$");
    check("$(MA)", "$(MA)");
    check("${", "${");
    check("${provision.http", "${provision.http");
    check("${PSN}", "${PSN}");
    check("$${provision.address}", "$192.0.2.7");
    check("${${provision.address}", "${192.0.2.7");
}

static void a_name_without_a_value_stays(void)
{
    const char *const none[SUBSTITUTE_COUNT] = {0};
    struct buffer buffer;
    buffer_init(&buffer, 100);
    scenario_substitute("a${provision.http}b", none, &buffer);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "a${provision.http}b");
    buffer_done(&buffer);
}

static void a_full_buffer_says_so(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 10);
    scenario_substitute("${provision.http}", values, &buffer);
    CU_ASSERT_TRUE(buffer.failed);
    buffer_done(&buffer);
}

void tests_harness_scenario_substitute(void);
void tests_harness_scenario_substitute(void)
{
    TEST_SUITE("scenario/substitute", {"names are replaced", names_are_replaced},
               {"other dollars go through", other_dollars_go_through},
               {"a name without a value stays", a_name_without_a_value_stays},
               {"a full buffer says so", a_full_buffer_says_so});
}
