/* SPDX-License-Identifier: MIT */
#include "fakes/phone/parameters.h"
#include "harness/base/error.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_parameters(void);

static void set_get_replace(void)
{
    struct parameters a, b;
    parameters_init(&a);
    parameters_init(&b);
    CU_ASSERT_PTR_NULL(parameters_get(&a, "X"));
    CU_ASSERT_EQUAL(parameters_set(&a, "X", "1"), 0);
    CU_ASSERT_EQUAL(parameters_set(&a, "x", "2"), 0);
    CU_ASSERT_EQUAL(parameters_set(&a, "X", "3"), 0);
    CU_ASSERT_EQUAL(a.count, 2);
    CU_ASSERT_STRING_EQUAL(parameters_get(&a, "X"), "3");
    CU_ASSERT_EQUAL(parameters_set(&a, "X", parameters_get(&a, "x")), 0);
    CU_ASSERT_STRING_EQUAL(parameters_get(&a, "X"), "2");
    CU_ASSERT_EQUAL(parameters_set(&b, "Y", ""), 0);
    CU_ASSERT_EQUAL(parameters_merge(&b, &a), 0);
    CU_ASSERT_EQUAL(b.count, 3);
    parameters_done(&a);
    parameters_done(&a);
    parameters_done(&b);
}

static void bounds(void)
{
    struct parameters parameters = {0}, more = {0};
    static char text[PARAMETER_VALUE_MAX + 1];
    memset(text, 'v', PARAMETER_VALUE_MAX);
    CU_ASSERT_EQUAL(parameters_set(&parameters, "", "1"), ERROR_LIMIT);
    CU_ASSERT_EQUAL(parameters_set(&parameters, "A", text), ERROR_LIMIT);
    text[PARAMETER_NAME_MAX] = '\0';
    CU_ASSERT_EQUAL(parameters_set(&parameters, text, "1"), ERROR_LIMIT);
    CU_ASSERT_EQUAL(parameters.count, 0);
    for (unsigned i = 0; i < PARAMETERS_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "P%u", i);
        CU_ASSERT_EQUAL(parameters_set(&parameters, name, "1"), 0);
    }
    CU_ASSERT_EQUAL(parameters_set(&parameters, "Q", "1"), ERROR_LIMIT);
    CU_ASSERT_EQUAL(parameters_set(&parameters, "P7", "2"), 0);
    CU_ASSERT_EQUAL(parameters_set(&more, "Q", "1"), 0);
    CU_ASSERT_EQUAL(parameters_set(&more, "P8", "2"), 0);
    CU_ASSERT_EQUAL(parameters_merge(&parameters, &more), ERROR_LIMIT);
    CU_ASSERT_STRING_EQUAL(parameters_get(&parameters, "P8"), "2"); /* the rest is set */
    parameters_done(&parameters);
    parameters_done(&more);
}

static void what_ends_customization(void)
{
    static const struct {
        const char *name;
        bool ends;
    } cases[] = {
        {"Proxy_1_", true},
        {"Proxy_16_", true},
        {"Profile_Rule", true},
        {"Profile_Rule_B", true},
        {"Profile_Rule_D", true},
        {"Proxy_1", false},
        {"Proxy__", false},
        {"Proxy_x_", false},
        {"Proxy_1_ ", false},
        {"proxy_1_", false},
        {"Outbound_Proxy_1_", false},
        {"Proxy_Redundancy_Method_1_", false},
        {"Profile_Rule_E", false},
        {"Profile_Account_Enabled_1_", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(parameter_is_proxy(cases[i].name) ||
                            parameter_is_profile_rule(cases[i].name),
                        cases[i].ends);
    CU_ASSERT_STRING_EQUAL(parameter_default("Profile_Rule"), "/$PSN.xml");
    CU_ASSERT_PTR_NULL(parameter_default("No_Such"));
}

void tests_fakes_phone_parameters(void)
{
    TEST_SUITE("phone/parameters", {"set, get, replace, merge", set_get_replace},
               {"bounds", bounds}, {"what ends Remote Customization", what_ends_customization});
}
