/* SPDX-License-Identifier: MIT */
#include "fakes/phone/profile.h"
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_profile(void);

static int parse(const char *text, struct parameters *parameters, struct error *error)
{
    *parameters = (struct parameters){0};
    return profile_parse((const uint8_t *)text, strlen(text), parameters, error);
}

static const struct {
    const char *text, *name, *value; /* value NULL = not set */
} good[] = {
    {"<flat-profile/>", "Profile_Rule", NULL},
    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n  <A>x</A>\n</flat-profile>\n",
     "A", "x"},
    {"<device><flat-profile><A>x</A></flat-profile></device>", "A", "x"},
    {"<device><info><A>y</A></info><flat-profile><B>x</B></flat-profile></device>", "A", NULL},
    {"<device><flat-profile><B>x</B></flat-profile><A>y</A></device>", "A", NULL},
    {"<flat-profile><A ua=\"rw\" group=\"g\"> x y\n </A></flat-profile>", "A", "x y"},
    {"<flat-profile><A>1</A><B/><A>2</A></flat-profile>", "A", "2"},
    {"<flat-profile><a>1</a><A>2</A></flat-profile>", "a", "1"},
    {"<flat-profile><A/></flat-profile>", "A", ""},
    {"<flat-profile><A>a&amp;b&lt;&#65;</A></flat-profile>", "A", "a&b<A"},
    {"<flat-profile><A><![CDATA[<x>]]></A></flat-profile>", "A", "<x>"},
    {"<flat-profile><A>x<B>inner</B>y</A></flat-profile>", "A", "xy"},
    {"<flat-profile><A>x<B>inner</B>y</A></flat-profile>", "B", NULL},
    {"\xef\xbb\xbf<flat-profile><A>\xc3\xa9</A></flat-profile>", "A", "\xc3\xa9"},
};

static void profiles(void)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct parameters parameters;
        struct error error = {0};
        CU_ASSERT_EQUAL(parse(good[i].text, &parameters, &error), 0);
        const char *value = parameters_get(&parameters, good[i].name);
        CU_ASSERT_EQUAL(value != NULL, good[i].value != NULL);
        if (value && good[i].value)
            CU_ASSERT_STRING_EQUAL(value, good[i].value);
        parameters_done(&parameters);
    }
}

static const struct {
    const char *text;
    int code;
    const char *says;
} bad[] = {
    {"", ERROR_INVALID, "no XML"},
    {"   ", ERROR_INVALID, "no XML"},
    {"404 not found", ERROR_INVALID, "no XML"},
    {"\xff\xfe\x01", ERROR_INVALID, "no XML"},
    {"<flat-profile><A>x</A>", ERROR_INVALID, "no XML"},
    {"<flat-profile><A>x</B></flat-profile>", ERROR_INVALID, "no XML"},
    {"<html><body>hello</body></html>", ERROR_INVALID, "no <flat-profile>"},
    {"<Flat-Profile/>", ERROR_INVALID, "no <flat-profile>"},
    {"<device><A>x</A></device>", ERROR_INVALID, "no <flat-profile>"},
    {"<flat-profile/><flat-profile/>", ERROR_INVALID, "no XML"},
    {"<!DOCTYPE d [<!ENTITY e \"x\">]><flat-profile><A>&e;</A></flat-profile>", ERROR_INVALID,
     "document type"},
    {"<device><a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p/></o></n></m></l></k></j></i></h></g>"
     "</f></e></d></c></b></a></device>",
     ERROR_LIMIT, "nested too deeply"},
};

static void no_profiles(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct parameters parameters;
        struct error error = {0};
        CU_ASSERT_EQUAL(parse(bad[i].text, &parameters, &error), bad[i].code);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, bad[i].says));
        if (!strstr(error.text, bad[i].says))
            fprintf(stderr, "%s: %s\n", bad[i].text, error.text);
        parameters_done(&parameters);
    }
    struct parameters parameters;
    CU_ASSERT_EQUAL(parse("", &parameters, NULL), ERROR_INVALID);
    struct error error = {0};
    CU_ASSERT_EQUAL(parse("<flat-profile>\n<A></flat-profile>", &parameters, &error),
                    ERROR_INVALID);
    CU_ASSERT_EQUAL(error.line, 2);
    parameters_done(&parameters);
}

/* `count` parameters, each with `length` bytes. */
static int parse_large(unsigned count, unsigned length)
{
    struct parameters parameters = {0};
    struct buffer text;
    buffer_init(&text, 4u << 20);
    buffer_text(&text, "<flat-profile>");
    for (unsigned i = 0; i < count; i++)
        buffer_format(&text, "<P%u>%0*d</P%u>", i, (int)length, 0, i);
    buffer_text(&text, "</flat-profile>");
    int code = profile_parse(text.data, text.length, &parameters, NULL);
    CU_ASSERT_FALSE(text.failed);
    CU_ASSERT_TRUE(code < 0 || parameters.count == count);
    buffer_done(&text);
    parameters_done(&parameters);
    return code;
}

static void bounds(void)
{
    CU_ASSERT_EQUAL(parse_large(PARAMETERS_MAX, 1), 0);
    CU_ASSERT_EQUAL(parse_large(PARAMETERS_MAX + 1, 1), ERROR_LIMIT);
    CU_ASSERT_EQUAL(parse_large(1, PARAMETER_VALUE_MAX - 1), 0);
    CU_ASSERT_EQUAL(parse_large(1, PARAMETER_VALUE_MAX), ERROR_LIMIT);
    CU_ASSERT_EQUAL(parse_large(1000, 2000), ERROR_LIMIT); /* PROFILE_BYTES_MAX */
    struct parameters parameters = {0};
    char text[3 * PARAMETER_NAME_MAX];
    snprintf(text, sizeof text, "<flat-profile><%0*d/></flat-profile>", PARAMETER_NAME_MAX, 0);
    text[15] = 'A';
    CU_ASSERT_EQUAL(parse(text, &parameters, NULL), ERROR_LIMIT);
    parameters_done(&parameters);
}

void tests_fakes_phone_profile(void)
{
    TEST_SUITE("phone/profile", {"profiles", profiles}, {"what is no profile", no_profiles},
               {"bounds", bounds});
}
