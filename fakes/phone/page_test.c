/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page.h"
#include "harness/base/testing.h"
#include <expat.h>
#include <stdio.h>
#include <string.h>

/* --- a phone to look at ----------------------------------------------------------------------- */

static const struct page_auth auth = {.password = "secret", .nonce = "n"};
static const struct page_auth open_auth = {.password = ""};

struct sample {
    struct parameters parameters;
    struct page_view view;
};

static void sample_init(struct sample *sample)
{
    parameters_init(&sample->parameters);
    parameters_set(&sample->parameters, "Profile_Rule", "http://a/?x=1&y=<2>");
    parameters_set(&sample->parameters, "Admin_Password", "hunter2");
    parameters_set(&sample->parameters, "User_Password", "");
    parameters_set(&sample->parameters, "Odd", "a\"'\x01\xff\xc3\xa9\n");
    sample->view = (struct page_view){.status = {.model = phone_model_find("8841"),
                                                 .serial = "FCH00000001",
                                                 .mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
                                                 .host_name = "SEP001122AABBCC",
                                                 .customization = "Custom-Pending",
                                                 .address = 0x0a4d0101,
                                                 .mask = 0xffff0000,
                                                 .router = 0,
                                                 .dns = 0x0a4d0001,
                                                 .domain = "lab & co"},
                                      .parameters = &sample->parameters};
}

static void sample_done(struct sample *sample)
{
    parameters_done(&sample->parameters);
}

static void ask(struct sample *sample, const struct page_auth *who, const char *method,
                const char *target, const char *body, struct page_answer *answer)
{
    page_answer_init(answer, who, &sample->view,
                     &(const struct page_request){.method = method,
                                                  .target = target,
                                                  .body = (const uint8_t *)body,
                                                  .body_length = body ? strlen(body) : 0});
}

static bool is_xml(const struct buffer *text)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    bool good = XML_Parse(parser, (const char *)text->data, (int)text->length, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return good;
}

/* --- routes ----------------------------------------------------------------------------------- */

static void routes(void)
{
    static const struct {
        const char *method, *target, *body;
        unsigned status;
        enum page_command command;
        const char *contains;
    } cases[] = {
        {"GET", "/", NULL, 200, PAGE_NOTHING, "Product Information"},
        {"GET", "/admin/advanced", NULL, 200, PAGE_NOTHING, "Info &gt; Status"},
        {"HEAD", "/admin/advanced", NULL, 200, PAGE_NOTHING, "Product Information"},
        {"GET", "/admin/status.xml", NULL, 200, PAGE_NOTHING,
         "<Customization group=\"Info/Product_Information\">Custom-Pending</Customization>"},
        {"GET", "/admin/cfg.xml", NULL, 200, PAGE_NOTHING,
         "<Profile_Rule ua=\"na\">http://a/?x=1&amp;y=&lt;2&gt;</Profile_Rule>"},
        {"GET", "/admin/reboot", NULL, 200, PAGE_REBOOT, "reboots"},
        {"POST", "/admin/reboot", NULL, 200, PAGE_REBOOT, "reboots"},
        {"HEAD", "/admin/reboot", NULL, 200, PAGE_NOTHING, "reboots"},
        {"GET", "/admin/factory-reset", NULL, 200, PAGE_FACTORY_RESET, "forgets"},
        {"GET", "/admin/resync?tftp://a/b", NULL, 200, PAGE_RESYNC, "profile"},
        {"POST", "/admin/bcisco.csc", "Profile_Rule=x", 200, PAGE_CONFIGURE, "Saved"},
        {"POST", "/admin/bcisco.csc", "Never_Heard_Of=1", 200, PAGE_CONFIGURE, "Saved"},
        {"POST", "/admin/bcisco.csc", "1=1", 400, PAGE_NOTHING, "&#39;1&#39; is no name"},
        {"GET", "/admin/bcisco.csc", NULL, 405, PAGE_NOTHING, "method"},
        {"POST", "/admin/status.xml", "", 405, PAGE_NOTHING, "method"},
        {"DELETE", "/", NULL, 405, PAGE_NOTHING, "method"},
        {"GE", "/", NULL, 405, PAGE_NOTHING, "method"},
        {"GET,", "/", NULL, 405, PAGE_NOTHING, "method"},
        {"", "/", NULL, 405, PAGE_NOTHING, "method"},
        {"GET", "/admin/Reboot", NULL, 404, PAGE_NOTHING, "no such page"},
        {"GET", "/admin/reboot/", NULL, 404, PAGE_NOTHING, "no such page"},
        {"GET", "/../etc/passwd", NULL, 404, PAGE_NOTHING, "no such page"},
        {"GET", "admin", NULL, 400, PAGE_NOTHING, "malformed"},
        {"GET", "/%zz", NULL, 400, PAGE_NOTHING, "malformed"},
    };
    struct sample sample;
    sample_init(&sample);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_answer answer;
        ask(&sample, &open_auth, cases[i].method, cases[i].target, cases[i].body, &answer);
        CU_ASSERT_EQUAL(answer.status, cases[i].status);
        CU_ASSERT_EQUAL(answer.command, cases[i].command);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&answer.body), cases[i].contains));
        CU_ASSERT_EQUAL(answer.allow != NULL, answer.status == 405);
        page_answer_done(&answer);
    }
    sample_done(&sample);
}

static void commands_carry_their_data(void)
{
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    ask(&sample, &auth, "GET", "/admin/resync?http://a/b?c&xuser=admin&xpassword=secret", NULL,
        &answer);
    CU_ASSERT_EQUAL(answer.command, PAGE_RESYNC);
    CU_ASSERT_STRING_EQUAL(answer.url, "http://a/b?c");
    page_answer_fail(&answer, &sample.view, "Too long <for us>.");
    CU_ASSERT_EQUAL(answer.command, PAGE_NOTHING);
    CU_ASSERT_EQUAL(answer.status, 500);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&answer.body), "Too long &lt;for us&gt;."));
    page_answer_done(&answer);
    ask(&sample, &open_auth, "POST", "/admin/bcisco.csc", "Proxy_1_=sip%3Ax&B=+", &answer);
    CU_ASSERT_EQUAL(answer.fields.count, 2);
    CU_ASSERT_STRING_EQUAL(parameters_get(&answer.fields, "Proxy_1_"), "sip:x");
    page_answer_done(&answer);
    sample_done(&sample);
}

static void log_in(void)
{
    static const char *const paths[] = {"/",
                                        "/admin/advanced",
                                        "/admin/status.xml",
                                        "/nowhere",
                                        "/admin/reboot?xuser=admin&xpassword=wrong",
                                        "/admin/reboot?xuser=root&xpassword=secret"};
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ask(&sample, &auth, "GET", paths[i], NULL, &answer);
        CU_ASSERT_EQUAL(answer.status, 401);
        CU_ASSERT_EQUAL(answer.log_in, HTTP_LOGIN_MISSING);
        CU_ASSERT_EQUAL(answer.command, PAGE_NOTHING);
        CU_ASSERT_PTR_NULL(strstr(buffer_string(&answer.body), "Custom-Pending"));
        page_answer_done(&answer);
    }
    page_answer_init(&answer, &auth, &sample.view,
                     &(const struct page_request){.method = "GET",
                                                  .target = "/",
                                                  .authorization = "Basic YWRtaW46c2VjcmV0"});
    CU_ASSERT_EQUAL(answer.status, 200);
    page_answer_done(&answer);
    page_answer_init(
        &answer, &auth, &sample.view,
        &(const struct page_request){.method = "GET", .target = "/", .authorization = "Basic x"});
    CU_ASSERT_EQUAL(answer.status, 401);
    CU_ASSERT_EQUAL(answer.log_in, HTTP_LOGIN_WRONG);
    page_answer_done(&answer);
    sample_done(&sample);
}

/* --- what is shown ---------------------------------------------------------------------------- */

static void the_state_is_where_the_rule_says(void)
{
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    ask(&sample, &open_auth, "GET", "/admin/advanced", NULL, &answer);
    const char *text = buffer_string(&answer.body);
    const char *product = strstr(text, "<h2>Product Information</h2>");
    CU_ASSERT_PTR_NOT_NULL_FATAL(product);
    const char *end = strstr(product, "</section>");
    const char *state = strstr(product, "<th>Customization</th><td id=\"Customization\" "
                                        "class=\"Custom-Pending\">Custom-Pending</td>");
    CU_ASSERT(state != NULL && state < end);
    CU_ASSERT_PTR_NOT_NULL(strstr(product, "CP-8841-3PCC"));
    CU_ASSERT_PTR_NOT_NULL(strstr(product, "001122AABBCC"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "10.77.1.1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "lab &amp; co"));
    /* The settings are under a tab of their own, before it in the text. */
    const char *voice = strstr(text, "<main id=\"voice\">"), *rule = strstr(text, "Profile Rule");
    const char *tabs = strstr(text, "<nav>"), *info = strstr(text, "<main id=\"info\">");
    CU_ASSERT(voice && rule && tabs && info && voice < rule && rule < tabs && tabs < info);
    CU_ASSERT(info < product);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ">Proxy 1</label>"));
    page_answer_done(&answer);
    sample_done(&sample);
}

static void no_password_is_shown(void)
{
    static const char *const paths[] = {"/", "/admin/cfg.xml", "/admin/status.xml"};
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ask(&sample, &open_auth, "GET", paths[i], NULL, &answer);
        CU_ASSERT_PTR_NULL(strstr(buffer_string(&answer.body), "hunter2"));
        page_answer_done(&answer);
    }
    ask(&sample, &open_auth, "GET", "/admin/cfg.xml", NULL, &answer);
    const char *text = buffer_string(&answer.body);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<Admin_Password ua=\"na\">********</Admin_Password>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "<User_Password ua=\"na\"></User_Password>"));
    page_answer_done(&answer);
    sample_done(&sample);
}

static void xml_stays_xml(void)
{
    static const char *const paths[] = {"/admin/cfg.xml", "/admin/status.xml"};
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ask(&sample, &open_auth, "GET", paths[i], NULL, &answer);
        CU_ASSERT_STRING_EQUAL(answer.content_type, "text/xml; charset=utf-8");
        CU_ASSERT_TRUE(is_xml(&answer.body));
        page_answer_done(&answer);
    }
    sample_done(&sample);
}

static void escaping(void)
{
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"", ""},
        {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
        {"é€😀", "é€😀"},
        {"\xc3", "?"},
        {"\xe2\x82", "??"},
        {"\xc0\x80", "??"},           /* overlong */
        {"\xed\xa0\x80", "???"},      /* surrogate */
        {"\xf4\x90\x80\x80", "????"}, /* above the last character */
        {"\xef\xbf\xbf", "???"},      /* U+FFFF, not allowed in XML */
        {"\xe2<a", "?&lt;a"},
        {"\x01\x1f\x7f\t\n", "???\t\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer buffer;
        buffer_init(&buffer, 256);
        page_escape(&buffer, cases[i].text);
        CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), cases[i].escaped);
        buffer_done(&buffer);
    }
}

/* The largest store of parameters must fit on the page, at its most expensive escaping. */
static void the_largest_page(void)
{
    static char value[PARAMETER_VALUE_MAX];
    struct sample sample;
    struct page_answer answer;
    sample_init(&sample);
    memset(value, '"', sizeof value - 1);
    for (int i = 0; sample.parameters.count < PARAMETERS_MAX; i++) {
        char name[PARAMETER_NAME_MAX];
        snprintf(name, sizeof name, "P%d", i);
        CU_ASSERT_EQUAL_FATAL(parameters_set(&sample.parameters, name, value), 0);
    }
    ask(&sample, &open_auth, "GET", "/", NULL, &answer);
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&answer.body), "</html>"));
    page_answer_done(&answer);
    ask(&sample, &open_auth, "GET", "/admin/cfg.xml", NULL, &answer);
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_TRUE(is_xml(&answer.body));
    page_answer_done(&answer);
    sample_done(&sample);
}

void tests_fakes_phone_page(void);
void tests_fakes_phone_page(void)
{
    TEST_SUITE("phone/page", {"every path and method", routes},
               {"commands carry their data", commands_carry_their_data}, {"log-in", log_in},
               {"the state is where the rule says", the_state_is_where_the_rule_says},
               {"no password is shown", no_password_is_shown}, {"XML stays XML", xml_stays_xml},
               {"escaping", escaping}, {"the largest page", the_largest_page});
}
