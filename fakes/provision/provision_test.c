/* SPDX-License-Identifier: MIT */
#include "fakes/provision/provision.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_provision_provision(void);

static const char *const substitutions[] = {"http://a", "https://a", "tftp://a", "10.0.0.1"};

static void the_default_configuration_registers_a_line(void)
{
    const struct parameter other = {"Proxy_1_", "${provision.address}", {0, 0}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    provision_config_write(NULL, 0, substitutions, &xml);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Proxy_1_ ua=\"na\">sip."));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<User_ID_1_ "));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Display_Name_1_ "));
    buffer_clear(&xml);
    provision_config_write(&other, 1, substitutions, &xml);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Proxy_1_ ua=\"na\">10.0.0.1</Proxy_1_>"));
    CU_ASSERT_PTR_NULL(strstr(buffer_string(&xml), "sip."));
    buffer_done(&xml);
}

static void a_pushed_configuration_holds_nothing_else(void)
{
    const struct parameter only = {"Profile_Rule", "http://b/$MA.xml", {0, 0}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    provision_push_write(&only, 1, substitutions, &xml);
    CU_ASSERT_STRING_EQUAL(buffer_string(&xml),
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n"
                           "  <Profile_Rule ua=\"na\">http://b/$MA.xml</Profile_Rule>\n"
                           "</flat-profile>\n");
    buffer_done(&xml);
}

void tests_fakes_provision_provision(void)
{
    TEST_SUITE(
        "provision",
        {"the default configuration registers a line", the_default_configuration_registers_a_line},
        {"a pushed configuration holds nothing else", a_pushed_configuration_holds_nothing_else});
}
