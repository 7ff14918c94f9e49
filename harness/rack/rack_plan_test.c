/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/rack/rack_plan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(items) (sizeof items / sizeof items[0])
#define RESET "steps: [{factory-reset: }]\n"
#define LAB                                                                                      \
    "lab: r\ninterface: eth1\naddress: 10.0.0.1/24\npool: 10.0.0.50-10.0.0.90\ntime_scale: 10\n" \
    "tolerance: {percent: 33, at-least: 7s}\nphones:\n"                                          \
    "  - {name: a, mac: 02:00:00:00:00:01, model: 8841, web: {}}\n"                              \
    "  - {name: b, mac: 02:00:00:00:00:02, model: 7841, reset: manual,\n"                        \
    "     power: {command: [./power]}, readings: {dhcp_abort: offered}}\n"                       \
    "  - {name: c, mac: 02:00:00:00:00:03, model: 8841, reset: {command: [./reset]}}\n"

struct bench {
    struct lab_file *lab;
    struct suite suite;
    struct rack_plan plan;
};

static void begin(struct bench *bench, const char *const *scenarios, size_t count,
                  const bool *chosen, struct rack_options options)
{
    struct diagnostics diagnostics;
    struct error error = {0};
    *bench = (struct bench){0};
    diagnostics_init(&diagnostics);
    CU_ASSERT_EQUAL_FATAL(lab_file_parse("lab.yaml", ".", (const uint8_t *)LAB, strlen(LAB),
                                         &bench->lab, &diagnostics),
                          0);
    bench->suite.scenarios = calloc(count, sizeof *bench->suite.scenarios);
    for (size_t i = 0; i < count; i++) {
        struct scenario *scenario = scenario_parse("s.yaml", NULL, (const uint8_t *)scenarios[i],
                                                   strlen(scenarios[i]), &diagnostics);
        if (!scenario)
            printf("\n%s\n", diagnostics.items[0].text);
        CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
        bench->suite.scenarios[bench->suite.count++] = scenario;
    }
    diagnostics_done(&diagnostics);
    CU_ASSERT_EQUAL_FATAL(
        rack_plan_make(&bench->suite, bench->lab, chosen, &options, &bench->plan, &error), 0);
}

static void end(struct bench *bench)
{
    rack_plan_done(&bench->plan);
    suite_free(&bench->suite);
    lab_file_free(bench->lab);
}

static void every_phone_has_a_course(void)
{
    static const char *const scenarios[] = {"scenario: one\n" RESET, "scenario: two\n" RESET};
    struct bench bench;
    begin(&bench, scenarios, COUNT(scenarios), NULL, (struct rack_options){0});
    CU_ASSERT_EQUAL_FATAL(bench.plan.count, 6);
    CU_ASSERT_EQUAL(bench.plan.run_count, 6);
    CU_ASSERT_EQUAL(bench.plan.round_count, 2);
    for (size_t i = 0; i < 6; i++) {
        static const char *const ids[] = {"s.a", "s.b", "s.c"};
        const struct rack_course *course = &bench.plan.courses[i];
        CU_ASSERT_PTR_NULL(course->skipped);
        CU_ASSERT_EQUAL(course->round, i / 3);
        CU_ASSERT_STRING_EQUAL(course->bound.id, ids[i % 3]);
        CU_ASSERT_EQUAL(course->bound.phone_count, 1);
        CU_ASSERT_EQUAL(course->phones[0], i % 3);
        CU_ASSERT_STRING_EQUAL(course->bound.phones[0].name, bench.lab->phones[i % 3].name);
        CU_ASSERT_STRING_EQUAL(course->bound.phones[0].model, bench.lab->phones[i % 3].model);
        CU_ASSERT_EQUAL(course->bound.tolerance.percent, 33);
    }
    CU_ASSERT_EQUAL(bench.plan.courses[1].bound.readings.dhcp_abort, DHCP_ABORT_OFFERED);
    CU_ASSERT_EQUAL(bench.plan.courses[2].bound.readings.dhcp_abort, DHCP_ABORT_DOWNLOADED);
    end(&bench);
}

static void a_scenario_s_own_tolerance_stays(void)
{
    static const char *const scenarios[] = {"scenario: one\ntolerance: 5%\n" RESET};
    struct bench bench;
    begin(&bench, scenarios, 1, NULL, (struct rack_options){0});
    CU_ASSERT_EQUAL(bench.plan.courses[0].bound.tolerance.percent, 5);
    end(&bench);
}

/* What it says of a, b and c: NULL = it runs. One text for all: the scenario is left out whole. */
static const struct {
    const char *scenario;
    struct rack_options options;
    const char *whole, *each[3];
} reasons[] = {
    {"scenario: t\nruns-on: [emulated]\n" RESET, {0}, "runs-on", {NULL}},
    {"scenario: t\ngiven: {phone: {Profile_Rule: x}}\n" RESET, {0}, "from the factory", {NULL}},
    {"scenario: t\nsteps: [{factory-reset: }, {wait: 10h}]\n",
     {.duration_max_us = UINT64_C(1800000000)},
     "--max-duration=30m",
     {NULL}},
    {"scenario: t\nphones: {model: 6841}\n" RESET, {0}, "a 6841", {NULL}},
    {"scenario: t\nphones: {model: 8841, count: 3}\n" RESET,
     {0},
     "needs 3 phones, and only 2",
     {NULL}},
    {"scenario: t\nsteps: [{power: off}]\n",
     {0},
     NULL,
     {"a cannot be told to power off: give it `power`", NULL,
      "c cannot be told to power off: give it `power`"}},
    {"scenario: t\nsteps: [{configure: {via: web, set: {Proxy_1_: x}}}]\n",
     {0},
     NULL,
     {NULL, "give it `web`", "give it `web`"}},
    {"scenario: t\n" RESET, {.no_prompt = true}, NULL, {NULL, "--no-prompt", NULL}},
    {"scenario: t\nreadings: {dhcp_abort: offered}\n" RESET,
     {0},
     NULL,
     {"whose dhcp_abort is offered; that of a is downloaded", NULL, "that of c is downloaded"}},
    {"scenario: t\ngiven: {edos: {tls: expired}}\n" RESET, {0}, NULL, {NULL, NULL, NULL}},
};

static void says(const struct rack_course *course, const char *text)
{
    if (!text) {
        CU_ASSERT_PTR_NULL(course->skipped);
        return;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(course->skipped);
    if (!strstr(course->skipped, text))
        printf("\n'%s' does not say '%s'\n", course->skipped, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(course->skipped, text));
}

static void reasons_to_leave_out(void)
{
    for (size_t i = 0; i < COUNT(reasons); i++) {
        struct bench bench;
        begin(&bench, &reasons[i].scenario, 1, NULL, reasons[i].options);
        CU_ASSERT_EQUAL_FATAL(bench.plan.count, reasons[i].whole ? 1 : 3);
        if (reasons[i].whole)
            says(&bench.plan.courses[0], reasons[i].whole);
        for (size_t k = 0; !reasons[i].whole && k < 3; k++)
            says(&bench.plan.courses[k], reasons[i].each[k]);
        end(&bench);
    }
}

static void flaws_need_the_lab_s_own_authority(void)
{
    static const char *const scenarios[] = {
        "scenario: t\nsteps: [{factory-reset: }, {provision: {tls: wrong-host}}]\n",
        "scenario: t\ngiven: {edos: {tls: expired}}\n" RESET,
        "scenario: t\ngiven: {edos: {tls: untrusted}}\n" RESET,
        "scenario: t\ngiven: {edos: {tls: want-client-certificate}}\n" RESET};
    struct bench bench;
    begin(&bench, scenarios, 1, NULL, (struct rack_options){0});
    rack_plan_done(&bench.plan);
    for (size_t i = 1; i < COUNT(scenarios); i++) {
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        struct suite *suite = &bench.suite;
        suite->scenarios = realloc(suite->scenarios, (i + 1) * sizeof *suite->scenarios);
        suite->scenarios[suite->count++] = scenario_parse(
            "s.yaml", NULL, (const uint8_t *)scenarios[i], strlen(scenarios[i]), &diagnostics);
        diagnostics_done(&diagnostics);
    }
    bench.lab->provision.certificate_pem = "given";
    struct rack_options options = {0};
    CU_ASSERT_EQUAL_FATAL(
        rack_plan_make(&bench.suite, bench.lab, NULL, &options, &bench.plan, NULL), 0);
    CU_ASSERT_EQUAL(bench.plan.count, 10);
    says(&bench.plan.courses[0], "(`provision`)");
    says(&bench.plan.courses[1], NULL);
    rack_plan_done(&bench.plan);
    bench.lab->edos.certificate_pem = "given";
    CU_ASSERT_EQUAL_FATAL(
        rack_plan_make(&bench.suite, bench.lab, NULL, &options, &bench.plan, NULL), 0);
    CU_ASSERT_EQUAL(bench.plan.count, 8);
    says(&bench.plan.courses[1], "(`edos`)");
    says(&bench.plan.courses[2], NULL);
    end(&bench);
}

static void a_closed_port_needs_the_wire_alone(void)
{
    static const char *const scenarios[] = {
        "scenario: t\ngiven: {edos: refuse}\n" RESET, "scenario: t\n" RESET,
        "scenario: t\nsteps: [{factory-reset: }, {provision: [config, refuse]}]\n"};
    static const size_t rounds[] = {0, 1, 2, 3, 3, 3, 4, 5, 6};
    struct bench bench;
    begin(&bench, scenarios, COUNT(scenarios), NULL, (struct rack_options){0});
    CU_ASSERT_EQUAL_FATAL(bench.plan.count, COUNT(rounds));
    for (size_t i = 0; i < COUNT(rounds); i++)
        CU_ASSERT_EQUAL(bench.plan.courses[i].round, rounds[i]);
    CU_ASSERT_EQUAL(bench.plan.round_count, 7);
    end(&bench);
}

static void several_phones_are_one_course(void)
{
    static const char *const scenarios[] = {
        "scenario: t\nphones: {model: [7841, 8841], count: 2}\n" RESET,
        "scenario: t\nphones: {model: 8841, count: 2}\n" RESET};
    struct bench bench;
    begin(&bench, scenarios, COUNT(scenarios), NULL, (struct rack_options){0});
    CU_ASSERT_EQUAL_FATAL(bench.plan.count, 2);
    CU_ASSERT_STRING_EQUAL(bench.plan.courses[0].bound.id, "s");
    CU_ASSERT_EQUAL(bench.plan.courses[0].phones[0], 1);
    CU_ASSERT_EQUAL(bench.plan.courses[0].phones[1], 0);
    CU_ASSERT_EQUAL(bench.plan.courses[1].phones[0], 0);
    CU_ASSERT_EQUAL(bench.plan.courses[1].phones[1], 2);
    CU_ASSERT_EQUAL(bench.plan.courses[1].round, 1);
    end(&bench);
}

static void only_who_is_chosen(void)
{
    static const char *const scenarios[] = {"scenario: t\n" RESET,
                                            "scenario: t\nphones: {model: 7841}\n" RESET};
    static const bool chosen[] = {true, false, true};
    struct bench bench;
    begin(&bench, scenarios, COUNT(scenarios), chosen, (struct rack_options){0});
    CU_ASSERT_EQUAL_FATAL(bench.plan.count, 3);
    CU_ASSERT_EQUAL(bench.plan.courses[0].phones[0], 0);
    CU_ASSERT_EQUAL(bench.plan.courses[1].phones[0], 2);
    says(&bench.plan.courses[2], "a 7841");
    CU_ASSERT_EQUAL(bench.plan.run_count, 2);
    end(&bench);
}

static void estimates_are_in_real_time(void)
{
    static const char *const scenarios[] = {"scenario: t\nsteps: [{wait: 100m}]\n",
                                            "scenario: t\nsteps: [{wait: 50m}]\n"};
    struct bench bench;
    begin(&bench, scenarios, COUNT(scenarios), NULL, (struct rack_options){0});
    CU_ASSERT_EQUAL(bench.plan.courses[0].estimate_us, UINT64_C(600000000)); /* time_scale 10 */
    CU_ASSERT_EQUAL(rack_plan_estimate_us(&bench.plan), UINT64_C(900000000));
    end(&bench);
}

void tests_harness_rack_rack_plan(void);
void tests_harness_rack_rack_plan(void)
{
    TEST_SUITE("rack/rack_plan", {"every phone has a course", every_phone_has_a_course},
               {"a scenario's own tolerance stays", a_scenario_s_own_tolerance_stays},
               {"reasons to leave out", reasons_to_leave_out},
               {"flaws need the lab's own authority", flaws_need_the_lab_s_own_authority},
               {"a closed port needs the wire alone", a_closed_port_needs_the_wire_alone},
               {"several phones are one course", several_phones_are_one_course},
               {"only who is chosen", only_who_is_chosen},
               {"estimates are in real time", estimates_are_in_real_time});
}
