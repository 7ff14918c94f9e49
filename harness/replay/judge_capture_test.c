/* SPDX-License-Identifier: MIT */
/* Captures of captures/, each made of a sound phone by the scenario that its table names. */
#include "harness/base/testing.h"
#include "harness/replay/judge_capture.h"
#include "harness/scenario/load.h"
#include <stdio.h>
#include <string.h>

void tests_harness_replay_judge_capture(void);

#define PENDING                         \
    "scenario: t\ngiven: {edos: 503}\n" \
    "steps:\n"                          \
    "  - factory-reset:\n"              \
    "  - expect: {path: [Open, Pending], within: 2m}\n"

static enum capture_verdict judge_text(const char *text, const char *capture,
                                       struct capture_judgement *judgement)
{
    char path[128];
    struct diagnostics diagnostics;
    struct error error = {0};
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse("t.yaml", NULL, (const uint8_t *)text, strlen(text), &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    snprintf(path, sizeof path, "captures/%s.pcapng", capture);
    CU_ASSERT_EQUAL_FATAL(judge_capture(scenario, path, judgement, &error), 0);
    CU_ASSERT_EQUAL(judgement->phones, 1);
    scenario_free(scenario);
    diagnostics_done(&diagnostics);
    return judgement->verdict;
}

/* A capture tells that a phone was configured, the scenario with what. Of the parameters, the same
 * end Remote Customization as in a run (RC-PEND-6). */
static void what_ends_it(void)
{
    static const struct {
        const char *parameter;
        bool aborts;
    } cases[] = {{"Profile_Rule", true},    {"Profile_Rule_B", true},
                 {"Proxy_1_", true},        {"Proxy_Fallback_Intvl_1_", false},
                 {"Proxy_Require", false},  {"Profile_Rule_Enable", false},
                 {"Display_Name_1_", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct capture_judgement judgement;
        snprintf(text, sizeof text,
                 PENDING "  - configure: {via: web, set: {%s: x}}\n"
                         "  - expect: {path: [Open, Pending, Aborted], within: 1m}\n",
                 cases[i].parameter);
        enum capture_verdict verdict = judge_text(text, "configured-while-pending", &judgement);
        CU_ASSERT_EQUAL(verdict, cases[i].aborts ? CAPTURE_PASS : CAPTURE_CANNOT_TELL);
        if (verdict != (cases[i].aborts ? CAPTURE_PASS : CAPTURE_CANNOT_TELL))
            printf("\n    %s\n", cases[i].parameter);
        CU_ASSERT_EQUAL(judgement.open.length == 0, cases[i].aborts);
        capture_judgement_done(&judgement);
    }
}

static void what_is_open(void)
{
    static const struct {
        const char *steps, *line;
        enum capture_verdict verdict;
    } cases[] = {
        {"", NULL, CAPTURE_PASS},
        {"  - expect: {page: {Customization: Pending}}\n", "t.yaml:6:5: not judged: the harness's",
         CAPTURE_PASS},
        {"  - never: {request: edos, for: 1s}\n", "t.yaml:6:5: not judged: requests are told",
         CAPTURE_PASS},
        {"  - expect: {state: Acquired, within: 1s}\n",
         "t.yaml:6:5: open: expected state Acquired within 1s; the wire shows state Pending since",
         CAPTURE_CANNOT_TELL},
        {"  - wait: 90d\n", "t.yaml:1:1: the run ended before step 3 of 3 was over",
         CAPTURE_CANNOT_TELL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct capture_judgement judgement;
        snprintf(text, sizeof text, PENDING "%s", cases[i].steps);
        CU_ASSERT_EQUAL(judge_text(text, "configured-while-pending", &judgement), cases[i].verdict);
        const char *open = buffer_string(&judgement.open);
        CU_ASSERT(cases[i].line ? strncmp(open, cases[i].line, strlen(cases[i].line)) == 0
                                : *open == '\0');
        if (cases[i].line && strncmp(open, cases[i].line, strlen(cases[i].line)) != 0)
            printf("\n    %s", open);
        capture_judgement_done(&judgement);
    }
}

/* When it turned to EDOS is on the wire: a wrong delay fails a phone. */
static void what_it_proves(void)
{
    static const char retries[] =
        "scenario: t\nsteps:\n"
        "  - factory-reset:\n"
        "  - expect: {retries: {to: edos, after: [1m, 2m, 4m]}, tolerance: {percent: 10}}\n";
    struct capture_judgement judgement;
    CU_ASSERT_EQUAL(judge_text(retries, "defect-every-minute", &judgement), CAPTURE_FAIL);
    CU_ASSERT_EQUAL_FATAL(judgement.judgement.failure_count > 0, true);
    for (size_t i = 0; i < judgement.judgement.failure_count; i++)
        CU_ASSERT(judgement.judgement.failures[i].event > 0);
    CU_ASSERT_EQUAL(judgement.judgement.failures[0].rules[0], RULE_PEND_3);
    capture_judgement_done(&judgement);
}

static void no_capture(void)
{
    static const char *const paths[] = {"captures/nowhere.pcapng", "captures/README.md",
                                        "captures"};
    const struct scenario scenario = {.path = "t.yaml", .phone_count = 1};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct capture_judgement judgement;
        struct error error = {0};
        CU_ASSERT_EQUAL(judge_capture(&scenario, paths[i], &judgement, &error), ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, paths[i]));
        capture_judgement_done(&judgement);
    }
}

static void as_many_phones_as_the_scenario(void)
{
    const struct scenario scenario = {.path = "t.yaml", .phone_count = 2};
    struct capture_judgement judgement;
    struct error error = {0};
    CU_ASSERT_EQUAL(judge_capture(&scenario, "captures/factory-reset.pcapng", &judgement, &error),
                    0);
    CU_ASSERT_EQUAL(judgement.verdict, CAPTURE_CANNOT_TELL);
    CU_ASSERT_STRING_EQUAL(buffer_string(&judgement.open),
                           "t.yaml:1:1: the capture shows 1 phones, the scenario has 2\n");
    capture_judgement_done(&judgement);
}

void tests_harness_replay_judge_capture(void)
{
    TEST_SUITE("replay/judge_capture", {"what ends it", what_ends_it},
               {"what is open", what_is_open}, {"what it proves", what_it_proves},
               {"no capture", no_capture},
               {"as many phones as the scenario", as_many_phones_as_the_scenario});
}
