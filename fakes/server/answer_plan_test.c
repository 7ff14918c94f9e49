/* SPDX-License-Identifier: MIT */
#include "fakes/server/answer_plan.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_fakes_server_answer_plan(void);

static const char *const substitutions[] = {"http://10.0.0.1", "https://10.0.0.1",
                                            "tftp://10.0.0.1", "10.0.0.1"};

static struct behaviour with_body(const char *body)
{
    return (struct behaviour){.kind = BEHAVIOUR_STATUS,
                              .status = 200,
                              .body = (const uint8_t *)body,
                              .body_length = strlen(body),
                              .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                              .times = 1};
}

static void make(struct answer_plan *plan, enum fake_role role, const struct behaviour *behaviour)
{
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(answer_plan_init(plan, role, behaviour, substitutions, 7, &error), 0);
}

static const char *header(const struct answer_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->header_count; i++)
        if (strcmp(plan->headers[i].name, name) == 0)
            return plan->headers[i].value;
    return "";
}

static void profiles_and_their_retry_delay(void)
{
    const struct parameter parameters[] = {
        {"Resync_Error_Retry_Delay", "30,60", {0, 0}},
        {"Profile_Rule", "${provision.https}/$MA.cfg", {0, 0}},
    };
    struct behaviour behaviour = {.kind = BEHAVIOUR_PROFILE,
                                  .status = 200,
                                  .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                  .times = 1};
    struct answer_plan plan;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_EQUAL(plan.content, CONTENT_PROFILE);
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)plan.body, ">http://10.0.0.1/$PSN.xml<"));
    CU_ASSERT_EQUAL(strncmp(plan.retry_delay, "60,120,240,", 11), 0);
    CU_ASSERT_STRING_EQUAL(plan.words, "profile");
    CU_ASSERT_STRING_EQUAL(header(&plan, "Content-Type"), "text/xml");
    CU_ASSERT_PTR_NULL(plan.redirect);
    answer_plan_done(&plan);
    behaviour.parameters = parameters;
    behaviour.parameter_count = 2;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_STRING_EQUAL(plan.retry_delay, "30,60");
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)plan.body, ">https://10.0.0.1/$MA.cfg<"));
    answer_plan_done(&plan);
}

/* What a client can make of it, and what is said of it. */
static void faults_of_http(void)
{
    static const struct {
        struct behaviour behaviour;
        enum answer_content content;
        bool whole;
        const char *words;
    } rows[] = {
        {{.framing = BEHAVIOUR_FRAMING_LENGTH, .length_bytes = 99999},
         CONTENT_CONFIG,
         false,
         "config, announces 99999 bytes"},
        {{.framing = BEHAVIOUR_FRAMING_LENGTH, .length_bytes = 20},
         CONTENT_GARBAGE,
         true,
         "config, announces 20 bytes"},
        {{.framing = BEHAVIOUR_FRAMING_LENGTH}, CONTENT_EMPTY, true, "config, announces 0 bytes"},
        {{.framing = BEHAVIOUR_FRAMING_CHUNKED}, CONTENT_CONFIG, false, "config, in broken chunks"},
        {{.framing = BEHAVIOUR_FRAMING_ENDLESS, .rate_bytes_per_s = 9},
         CONTENT_CONFIG,
         false,
         "config, 9 bytes/s, without end"},
        {{.framing = BEHAVIOUR_FRAMING_ENDLESS},
         CONTENT_CONFIG,
         false,
         "config, 100000 bytes/s, without end"},
        {{.framing = BEHAVIOUR_FRAMING_ENDLESS_HEAD},
         CONTENT_CONFIG,
         false,
         "config, 100000 bytes/s, a head without end"},
        {{.head_line_us = 2000000}, CONTENT_CONFIG, true, "config, a line of the head each 2s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct behaviour behaviour = rows[i].behaviour;
        struct answer_plan plan;
        behaviour.kind = BEHAVIOUR_CONFIG;
        behaviour.status = 200;
        behaviour.truncate_bytes = BEHAVIOUR_TRUNCATE_NONE;
        make(&plan, FAKE_PROVISION, &behaviour);
        CU_ASSERT_EQUAL(plan.content, rows[i].content);
        CU_ASSERT_EQUAL(plan.whole, rows[i].whole);
        CU_ASSERT_STRING_EQUAL(plan.words, rows[i].words);
        answer_plan_done(&plan);
    }
}

static void bodies_are_recognised(void)
{
    static const struct {
        const char *body;
        enum fake_role role;
        enum answer_content content;
        const char *retry_delay;
    } rows[] = {
        {"", FAKE_EDOS, CONTENT_EMPTY, NULL},
        {"hello", FAKE_EDOS, CONTENT_OTHER, NULL},
        {"<flat-profile/>", FAKE_EDOS, CONTENT_PROFILE, NULL},
        {"<flat-profile/>", FAKE_PROVISION, CONTENT_CONFIG, NULL},
        {"<flat-profile>", FAKE_EDOS, CONTENT_OTHER, NULL},
        {"<Flat-profile/>", FAKE_EDOS, CONTENT_OTHER, NULL},
        {"<a><flat-profile/></a>", FAKE_EDOS, CONTENT_OTHER, NULL},
        {"<device><flat-profile><Resync_Error_Retry_Delay ua=\"na\">5+&#53;</"
         "Resync_Error_Retry_Delay></flat-profile></device>",
         FAKE_EDOS, CONTENT_PROFILE, "5+5"},
        {"<flat-profile><Resync_Error_Retry_Delay>1</Resync_Error_Retry_Delay>"
         "<Resync_Error_Retry_Delay>2</Resync_Error_Retry_Delay></flat-profile>",
         FAKE_EDOS, CONTENT_PROFILE, "2"},
        {"<flat-profile><x><Resync_Error_Retry_Delay>1</Resync_Error_Retry_Delay></x>"
         "</flat-profile>",
         FAKE_EDOS, CONTENT_PROFILE, NULL},
        {"<flat-profile><Resync_Error_Retry_Delay>1</Resync_Error_Retry_Delay></flat-profile>",
         FAKE_PROVISION, CONTENT_CONFIG, NULL},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><flat-profile>&b;</flat-profile>", FAKE_EDOS,
         CONTENT_OTHER, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct behaviour behaviour = with_body(rows[i].body);
        struct answer_plan plan;
        make(&plan, rows[i].role, &behaviour);
        CU_ASSERT_EQUAL(plan.content, rows[i].content);
        if (rows[i].retry_delay && plan.retry_delay)
            CU_ASSERT_STRING_EQUAL(plan.retry_delay, rows[i].retry_delay);
        CU_ASSERT_EQUAL(!rows[i].retry_delay, !plan.retry_delay);
        answer_plan_done(&plan);
    }
    struct behaviour behaviour = with_body("");
    struct answer_plan plan;
    behaviour.status = 503;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_EQUAL(plan.content, CONTENT_NONE);
    CU_ASSERT_STRING_EQUAL(plan.words, "503");
    answer_plan_done(&plan);
}

static void names_in_a_body(void)
{
    struct behaviour behaviour =
        with_body("<flat-profile><Profile_Rule>${provision.http}/$PSN.xml ${provision.address}"
                  "</Profile_Rule></flat-profile>");
    struct answer_plan plan;
    behaviour.truncate_bytes = strlen("<flat-profile><Profile_Rule>http://10.0.0.1/$PSN.xml 10.0");
    make(&plan, FAKE_EDOS, &behaviour); /* a file's bytes */
    CU_ASSERT_PTR_EQUAL(plan.body, behaviour.body);
    CU_ASSERT_EQUAL(plan.body_length, behaviour.body_length);
    answer_plan_done(&plan);
    behaviour.body_has_names = true;
    make(&plan, FAKE_EDOS, &behaviour);
    static const char expected[] =
        "<flat-profile><Profile_Rule>http://10.0.0.1/$PSN.xml 10.0.0.1</Profile_Rule>"
        "</flat-profile>";
    CU_ASSERT_EQUAL_FATAL(plan.body_length, sizeof expected - 1);
    CU_ASSERT_EQUAL(memcmp(plan.body, expected, sizeof expected - 1), 0);
    CU_ASSERT_EQUAL(plan.content, CONTENT_PROFILE);
    CU_ASSERT_EQUAL(plan.cut_bytes, behaviour.truncate_bytes); /* of what goes out */
    answer_plan_done(&plan);
}

static void redirects_and_headers(void)
{
    const struct parameter headers[] = {{"Content-Type", "text/html", {0, 0}},
                                        {"X-Where", "${provision.address}", {0, 0}}};
    struct behaviour behaviour = with_body("moved");
    struct answer_plan plan;
    behaviour.status = 302;
    behaviour.redirect = "${provision.http}/x?a=$MA";
    behaviour.headers = headers;
    behaviour.header_count = 2;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_STRING_EQUAL(plan.redirect, "http://10.0.0.1/x?a=$MA");
    CU_ASSERT_STRING_EQUAL(header(&plan, "Location"), "http://10.0.0.1/x?a=$MA");
    CU_ASSERT_STRING_EQUAL(header(&plan, "Content-Type"), "text/html");
    CU_ASSERT_STRING_EQUAL(header(&plan, "X-Where"), "10.0.0.1");
    CU_ASSERT_EQUAL(plan.header_count, 3);
    answer_plan_done(&plan);
}

static void garbage_is_seeded(void)
{
    const struct behaviour behaviour = {
        .kind = BEHAVIOUR_GARBAGE, .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE};
    struct answer_plan plans[3];
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(
            answer_plan_init(&plans[i], FAKE_EDOS, &behaviour, substitutions, i / 2, NULL), 0);
        CU_ASSERT_EQUAL(plans[i].body_length, PLAN_GARBAGE_BYTES);
        CU_ASSERT_EQUAL(plans[i].content, CONTENT_GARBAGE);
    }
    CU_ASSERT_EQUAL(memcmp(plans[0].body, plans[1].body, PLAN_GARBAGE_BYTES), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(plans[0].body, plans[2].body, PLAN_GARBAGE_BYTES), 0);
    for (unsigned i = 0; i < 3; i++)
        answer_plan_done(&plans[i]);
}

static void words_and_cuts(void)
{
    struct behaviour behaviour = with_body("hello");
    struct answer_plan plan;
    behaviour.delay_us = 90000000;
    behaviour.rate_bytes_per_s = 10;
    behaviour.truncate_bytes = 3;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_STRING_EQUAL(plan.words, "200, after 1m30s, 10 bytes/s, cut at 3");
    CU_ASSERT_EQUAL(plan.cut_bytes, 3);
    answer_plan_done(&plan);
    behaviour.truncate_bytes = 5; /* all of it */
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_EQUAL(plan.cut_bytes, WEB_NOT_CUT);
    answer_plan_done(&plan);
    behaviour.kind = BEHAVIOUR_HANG;
    make(&plan, FAKE_EDOS, &behaviour);
    CU_ASSERT_STRING_EQUAL(plan.words, "hang");
    answer_plan_done(&plan);
}

static void what_is_too_long(void)
{
    static char value[PLAN_TEXT_BYTES_MAX];
    memset(value, 'x', sizeof value - 1);
    struct behaviour behaviour = with_body("");
    struct answer_plan plan;
    struct error error = {0};
    behaviour.redirect = value;
    behaviour.place.line = 12;
    CU_ASSERT_EQUAL(answer_plan_init(&plan, FAKE_EDOS, &behaviour, substitutions, 0, &error),
                    ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "line 12"));
    answer_plan_done(&plan);
}

void tests_fakes_server_answer_plan(void)
{
    TEST_SUITE(
        "server/answer_plan", {"profiles and their retry delay", profiles_and_their_retry_delay},
        {"faults of HTTP", faults_of_http}, {"bodies are recognised", bodies_are_recognised},
        {"names in a body", names_in_a_body}, {"redirects and headers", redirects_and_headers},
        {"garbage is seeded", garbage_is_seeded}, {"words and cuts", words_and_cuts},
        {"what is too long", what_is_too_long});
}
