/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/run/status_page.h"
#include <stdio.h>
#include <string.h>

static bool read_value(const char *xml, char value[STATUS_PAGE_VALUE_MAX])
{
    return status_page_value((const uint8_t *)xml, strlen(xml), "Customization", value);
}

static void finds_the_first(void)
{
    char value[STATUS_PAGE_VALUE_MAX];
    CU_ASSERT_TRUE(read_value("<?xml version=\"1.0\"?><flat-profile><Other>x</Other>"
                              "<Customization group=\"Info/Product_Information\"> Custom-Pending\n"
                              "</Customization><Customization>no</Customization></flat-profile>",
                              value));
    CU_ASSERT_STRING_EQUAL(value, "Custom-Pending");
}

static void refuses_what_is_no_page(void)
{
    static const char with_entity[] =
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a><Customization>&x;</Customization></a>";
    static const char *const pages[] = {"", "Open", "<a><b/></a>", "<a><Customization>Open",
                                        with_entity};
    char value[STATUS_PAGE_VALUE_MAX] = "untouched";
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        CU_ASSERT_FALSE(read_value(pages[i], value));
    CU_ASSERT_STRING_EQUAL(value, "untouched");
}

static void cuts_a_long_value(void)
{
    char value[STATUS_PAGE_VALUE_MAX], text[601], page[1024];
    memset(text, 'x', 600);
    text[600] = 0;
    snprintf(page, sizeof page, "<a><Customization>%s</Customization></a>", text);
    CU_ASSERT_TRUE(read_value(page, value));
    CU_ASSERT_EQUAL(strlen(value), STATUS_PAGE_VALUE_MAX - 1);
}

void tests_harness_run_status_page(void);
void tests_harness_run_status_page(void)
{
    TEST_SUITE("run/status_page", {"finds the first element of that name", finds_the_first},
               {"refuses what is no page", refuses_what_is_no_page},
               {"cuts a long value", cuts_a_long_value});
}
