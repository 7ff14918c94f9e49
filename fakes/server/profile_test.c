/* SPDX-License-Identifier: MIT */
#include "fakes/server/profile.h"
#include "harness/base/testing.h"
#include <expat.h>
#include <string.h>

void tests_fakes_server_profile(void);

static const char *const substitutions[] = {"http://a&b", "https://a", "tftp://a", "10.0.0.1"};
/* Reads back what was written: "name=value;" of each element below the root. */
struct reading {
    struct buffer text;
    unsigned depth;
};

static void element_begins(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = context;
    (void)attributes;
    if (reading->depth++ == 1)
        buffer_format(&reading->text, "%s=", name);
}

static void element_ends(void *context, const XML_Char *name)
{
    struct reading *reading = context;
    (void)name;
    if (--reading->depth == 1)
        buffer_text(&reading->text, ";");
}

static void characters(void *context, const XML_Char *bytes, int length)
{
    struct reading *reading = context;
    if (reading->depth == 2)
        buffer_append(&reading->text, bytes, (size_t)length);
}

static void expect(const struct buffer *xml, const char *expected)
{
    struct reading reading = {0};
    XML_Parser parser = XML_ParserCreate(NULL);
    buffer_init(&reading.text, 10000);
    XML_SetUserData(parser, &reading);
    XML_SetElementHandler(parser, element_begins, element_ends);
    XML_SetCharacterDataHandler(parser, characters);
    CU_ASSERT_EQUAL(XML_Parse(parser, (const char *)xml->data, (int)xml->length, 1), XML_STATUS_OK);
    CU_ASSERT_STRING_EQUAL(buffer_string(&reading.text), expected);
    XML_ParserFree(parser);
    buffer_done(&reading.text);
}

static void parameters_replace_and_extend(void)
{
    const struct parameter parameters[] = {
        {"Three", "first", {0, 0}},
        {"Resync_Error_Retry_Delay", "${provision.http}/$PSN", {0, 0}},
        {"Three", "last", {0, 0}}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    profile_write(PROFILE_EDOS, parameters, 3, substitutions, &xml);
    expect(&xml, "Profile_Rule=http://a&b/$PSN.xml;"
                 "Resync_Error_Retry_Delay=http://a&b/$PSN;Three=last;");
    buffer_done(&xml);
    CU_ASSERT_STRING_EQUAL(profile_value(PROFILE_EDOS, parameters, 3, "Three"), "last");
    CU_ASSERT_STRING_EQUAL(profile_value(PROFILE_EDOS, parameters, 3, "Profile_Rule"),
                           "${provision.http}/$PSN.xml");
    CU_ASSERT_STRING_EQUAL(profile_value(PROFILE_EDOS, parameters, 3, "Resync_Error_Retry_Delay"),
                           "${provision.http}/$PSN");
    CU_ASSERT_PTR_NULL(profile_value(PROFILE_EDOS, parameters, 3, "three"));
}

static void everything_is_escaped(void)
{
    const struct parameter parameters[] = {{"A", "<&>\"'\r\t]]>", {0, 0}},
                                           {"B", "\x01", {0, 0}},
                                           {"1<b c", "name", {0, 0}},
                                           {"", "", {0, 0}},
                                           {"Gr\xc3\xb6\xc3\x9f"
                                            "e",
                                            "\xc3\xb6",
                                            {0, 0}}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    profile_write(PROFILE_PUSHED, parameters, 5, substitutions, &xml);
    expect(&xml, "A=<&>\"'\r\t]]>;B=?;__b_c=name;_=;Gr\xc3\xb6\xc3\x9f"
                 "e=\xc3\xb6;");
    buffer_done(&xml);
}

static void too_much_is_noticed(void)
{
    const struct parameter parameters[] = {{"A", "0123456789", {0, 0}}};
    struct buffer xml;
    buffer_init(&xml, 80);
    profile_write(PROFILE_PUSHED, parameters, 1, substitutions, &xml);
    CU_ASSERT_TRUE(xml.failed);
    buffer_done(&xml);
}

static void the_default_profile_of_edos(void)
{
    struct buffer xml;
    buffer_init(&xml, 10000);
    profile_write(PROFILE_EDOS, NULL, 0, substitutions, &xml);
    expect(&xml, "Profile_Rule=http://a&b/$PSN.xml;Resync_Error_Retry_Delay="
                 "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400;");
    buffer_done(&xml);
    const struct parameter none = {"Resync_Error_Retry_Delay", "0", {0, 0}};
    CU_ASSERT_STRING_EQUAL(profile_value(PROFILE_EDOS, &none, 1, "Resync_Error_Retry_Delay"), "0");
    CU_ASSERT_STRING_EQUAL(profile_value(PROFILE_EDOS, NULL, 0, "Profile_Rule"),
                           "${provision.http}/$PSN.xml");
}

static void the_default_configuration_registers_a_line(void)
{
    const struct parameter other = {"Proxy_1_", "${provision.address}", {0, 0}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    profile_write(PROFILE_CONFIG, NULL, 0, substitutions, &xml);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Proxy_1_ ua=\"na\">sip."));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<User_ID_1_ "));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Display_Name_1_ "));
    buffer_clear(&xml);
    profile_write(PROFILE_CONFIG, &other, 1, substitutions, &xml);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&xml), "<Proxy_1_ ua=\"na\">10.0.0.1</Proxy_1_>"));
    CU_ASSERT_PTR_NULL(strstr(buffer_string(&xml), "sip."));
    buffer_done(&xml);
}

static void a_pushed_configuration_holds_nothing_else(void)
{
    const struct parameter only = {"Profile_Rule", "http://b/$MA.xml", {0, 0}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    profile_write(PROFILE_PUSHED, &only, 1, substitutions, &xml);
    CU_ASSERT_STRING_EQUAL(buffer_string(&xml),
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n"
                           "  <Profile_Rule ua=\"na\">http://b/$MA.xml</Profile_Rule>\n"
                           "</flat-profile>\n");
    buffer_done(&xml);
}

void tests_fakes_server_profile(void)
{
    TEST_SUITE(
        "server/profile", {"parameters replace and extend", parameters_replace_and_extend},
        {"everything is escaped", everything_is_escaped},
        {"too much is noticed", too_much_is_noticed},
        {"the default profile of EDOS", the_default_profile_of_edos},
        {"the default configuration registers a line", the_default_configuration_registers_a_line},
        {"a pushed configuration holds nothing else", a_pushed_configuration_holds_nothing_else});
}
