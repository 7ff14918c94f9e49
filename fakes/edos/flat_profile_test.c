/* SPDX-License-Identifier: MIT */
#include "fakes/edos/edos.h"
#include "fakes/edos/flat_profile.h"
#include "harness/base/testing.h"
#include <expat.h>
#include <string.h>

void tests_fakes_edos_flat_profile(void);

static const char *const substitutions[] = {"http://a&b", "https://a", "tftp://a", "10.0.0.1"};
static const struct parameter defaults[] = {{"One", "1", {0, 0}}, {"Two", "2", {0, 0}}};

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
    const struct parameter parameters[] = {{"Three", "first", {0, 0}},
                                           {"Two", "${provision.http}/$PSN", {0, 0}},
                                           {"Three", "last", {0, 0}}};
    struct buffer xml;
    buffer_init(&xml, 10000);
    flat_profile_write(defaults, 2, parameters, 3, substitutions, &xml);
    expect(&xml, "One=1;Two=http://a&b/$PSN;Three=last;");
    buffer_done(&xml);
    CU_ASSERT_STRING_EQUAL(flat_profile_value(defaults, 2, parameters, 3, "Three"), "last");
    CU_ASSERT_STRING_EQUAL(flat_profile_value(defaults, 2, parameters, 3, "One"), "1");
    CU_ASSERT_STRING_EQUAL(flat_profile_value(defaults, 2, parameters, 3, "Two"),
                           "${provision.http}/$PSN");
    CU_ASSERT_PTR_NULL(flat_profile_value(defaults, 2, parameters, 3, "one"));
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
    flat_profile_write(NULL, 0, parameters, 5, substitutions, &xml);
    expect(&xml, "A=<&>\"'\r\t]]>;B=?;__b_c=name;_=;Gr\xc3\xb6\xc3\x9f"
                 "e=\xc3\xb6;");
    buffer_done(&xml);
}

static void too_much_is_noticed(void)
{
    const struct parameter parameters[] = {{"A", "0123456789", {0, 0}}};
    struct buffer xml;
    buffer_init(&xml, 80);
    flat_profile_write(NULL, 0, parameters, 1, substitutions, &xml);
    CU_ASSERT_TRUE(xml.failed);
    buffer_done(&xml);
}

static void the_default_profile_of_edos(void)
{
    struct buffer xml;
    buffer_init(&xml, 10000);
    edos_profile_write(NULL, 0, substitutions, &xml);
    expect(&xml, "Profile_Rule=http://a&b/$PSN.xml;Resync_Error_Retry_Delay="
                 "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400;");
    buffer_done(&xml);
    const struct parameter none = {"Resync_Error_Retry_Delay", "0", {0, 0}};
    CU_ASSERT_STRING_EQUAL(edos_profile_value(&none, 1, "Resync_Error_Retry_Delay"), "0");
    CU_ASSERT_STRING_EQUAL(edos_profile_value(NULL, 0, "Profile_Rule"),
                           "${provision.http}/$PSN.xml");
}

void tests_fakes_edos_flat_profile(void)
{
    TEST_SUITE("edos/flat_profile",
               {"parameters replace and extend", parameters_replace_and_extend},
               {"everything is escaped", everything_is_escaped},
               {"too much is noticed", too_much_is_noticed},
               {"the default profile of EDOS", the_default_profile_of_edos});
}
