/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/vendor/vendor.h"

static void parameters_that_abort(void)
{
    static const char *const names[] = {
        "Profile_Rule", "Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D",
        "Proxy_1_",     "Proxy_2_",       "Proxy_10_",      "Proxy_16_",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_TRUE(vendor_parameter_aborts(vendor_default(), names[i]));
}

static void parameters_that_do_not(void)
{
    static const char *const names[] = {
        "",
        "Profile_Rule_",
        "Profile_Rule_E",
        "Profile_Rule_BB",
        "profile_rule",
        "Proxy",
        "Proxy_",
        "Proxy__",
        "Proxy_1",
        "Proxy_1_x",
        "Proxy_a_",
        "proxy_1_",
        "Use_Outbound_Proxy_1_",
        "Outbound_Proxy_1_",
        "User_ID_1_",
        "Proxy_Fallback_Intvl_1_",
        "XProxy_1_",
        "Resync_Error_Retry_Delay",
        "Upgrade_Rule",
        "Proxy_-1_",
        "Proxy_ 1_",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_FALSE(vendor_parameter_aborts(vendor_default(), names[i]));
}

void tests_harness_vendor_vendor_aborts(void);
void tests_harness_vendor_vendor_aborts(void)
{
    TEST_SUITE("vendor/aborts", {"parameters that abort", parameters_that_abort},
               {"parameters that do not", parameters_that_do_not});
}
