/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case whole_files_cases[] = {
    {"steps: 1\n",
     {"1:1: expected `scenario:` in a scenario, found no such key",
      "1:8: expected a list of steps, found `1`"}},
    {"scenario: \nsteps:\n",
     {"1:1: expected a title, found nothing", "2:1: expected a list of steps, found nothing"}},
    {"scenario: t\n", {"1:1: expected `steps:` in a scenario, found no such key"}},
    {"scenario: t\nsteps: []\n", {"2:8: expected a list of steps, found an empty list"}},
    {"scenario: t\nsteps: reboot\n", {"2:8: expected a list of steps, found `reboot`"}},
    {"scenario: [t]\nstep:\n- reboot:\n",
     {"1:11: expected a title, found a list", "2:1: found `step`; did you mean `steps`?"}},
    {"scenario: \"a\\nb\"\nsteps:\n- reboot:\n",
     {"1:11: expected a title of one line (more goes into `about:`), found `a?b`"}},
};

static void errors_whole_files(void)
{
    testing_check_errors(whole_files_cases, COUNT(whole_files_cases));
}

static const struct error_case top_level_cases[] = {
    {TOP("abuot: x"), {"2:1: found `abuot`; did you mean `about`?"}},
    {TOP("network: {loss: 1%}"), {"2:1: found `network`"}},
    {TOP("about:"), {"2:1: expected a text, found nothing"}},
    {TOP("about: \"\""), {"2:8: expected a text, found an empty text"}},
    {TOP("given: x"), {"2:8: found `x`"}},
    {TOP("given:"), {"2:1: found nothing"}},
    {TOP("covers: RC-PEND-3"),
     {"2:9: expected a list of rule ids such as [RC-PEND-3], found `RC-PEND-3`"}},
    {TOP("covers: []"),
     {"2:9: expected a list of rule ids such as [RC-PEND-3], found an empty list"}},
    {TOP("covers: [RC-PEND-33, RC-PEND-3, RC-PEND-3, {}]"),
     {"2:10: found `RC-PEND-33`; did you mean `RC-PEND-3`?",
      "2:33: expected each of them once, found `RC-PEND-3`",
      "2:44: expected the id of a rule, RC-PRE-1 to RC-VIEW-2, found an empty map"}},
    {TOP("tags: x"), {"2:7: expected a list of words, found `x`"}},
    {TOP("tags: [a b, c, c]"), {"2:8: found `a b`", "2:16: expected each of them once, found `c`"}},
    {TOP("tags: [\"\", -a, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]"),
     {"2:8: found an empty text", "2:12: found `-a`",
      "2:16: found `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`"}},
    {TOP("waive: [x]"),
     {"2:8: expected a map of standing rules to the reason why not, found a list"}},
    {TOP("waive: {legal-transition: x}"),
     {"2:9: found `legal-transition`; did you mean `legal-transitions`?"}},
    {TOP("waive: {legal-transitions: , no-edos-after-end: \"\"}"),
     {"2:9: expected the reason why this rule does not apply, found nothing",
      "2:49: expected the reason why this rule does not apply, found an empty text"}},
    {TOP("readings: x"), {"2:11: expected a map of readings, found `x`"}},
    {TOP("readings: {dhcp-abort: offered}"),
     {"2:12: found `dhcp-abort`; did you mean `dhcp_abort`?"}},
    {TOP("readings: {dhcp_abort: offerd}"), {"2:24: found `offerd`; did you mean `offered`?"}},
    {TOP("runs-on: emulated"), {"2:10: expected a list of emulated and real, found `emulated`"}},
    {TOP("runs-on: [emulated, reel]"),
     {"2:21: expected what it runs on (emulated, real), found `reel`; did you mean `real`?"}},
    {TOP("runs-on: []"), {"2:10: expected a list of emulated and real, found an empty list"}},
    {TOP("runs-on: [real, real]"), {"2:17: expected each of them once, found `real`"}},
};

static void errors_top_level(void)
{
    testing_check_errors(top_level_cases, COUNT(top_level_cases));
}

static const struct error_case phones_cases[] = {
    {TOP("phones: 8841"),
     {"2:9: expected a map with the keys of `phones` (model, count), found `8841`"}},
    {TOP("phones: {}"), {"2:9: expected `model:` in `phones`, found no such key"}},
    {TOP("phones: {model: 8842, cont: 3}"),
     {"2:17: found `8842`; did you mean `8832`?",
      "2:23: expected a key of `phones` (model, count), found `cont`; did you mean `count`?"}},
    {TOP("phones: {model: }"), {"2:10: found nothing"}},
    {TOP("phones: {model: [], count: 3}"),
     {"2:17: expected a model or a list of models, found an empty list"}},
    {TOP("phones: {model: [6841, {}]}"), {"2:24: found an empty map"}},
    {TOP("phones: {model: [6841, 7841], count: 1}"),
     {"2:38: expected at least one phone of each of the 2 models, found `1`"}},
    {TOP("phones: {model: 8841, count: 5001}"),
     {"2:30: expected a count of phones, a whole number from 1 to 5000, found `5001`"}},
    {TOP("phones: {model: 8841, count: 0}"),
     {"2:30: expected a count of phones, a whole number from 1 to 5000, found `0`"}},
    {TOP("phones: {model: 8841, count: 010}"),
     {"2:30: expected a count of phones, a whole number from 1 to 5000, found `010`"}},
};

static void errors_phones(void)
{
    testing_check_errors(phones_cases, COUNT(phones_cases));
}

static const struct error_case tolerances_cases[] = {
    {TOP("tolerance: 10"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `10`"}},
    {TOP("tolerance: 101%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `101%`"}},
    {TOP("tolerance: -1%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `-1%`"}},
    {TOP("tolerance: [5s, 6s]"), {"2:17: expected 10% or 5s, each at most once, found `6s`"}},
    {TOP("tolerance: [5s, [6%]]"), {"2:17: expected 10% or 5s, each at most once, found a list"}},
    {TOP("tolerance: []"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found an empty list"}},
    {TOP("tolerance: {percent: x, at-least: y, most: z}"),
     {"2:22: expected a percentage from 0 to 100, found `x`",
      "2:35: expected a duration such as 500ms, 90s or 1h30m, found `y`",
      "2:38: expected a key of a tolerance (percent, at-least), found `most`"}},
    {TOP("tolerance: {}"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found an empty map"}},
    {TOP("tolerance: 5% 6%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `5% 6%`"}},
    {TOP("tolerance: 10000000000000000000000000000000000000000000000s"),
     {"2:12: expected a tolerance"}},
    {TOP("tolerance: 1.%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `1.%`"}},
    {TOP("tolerance: .5%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `.5%`"}},
    {TOP("tolerance: 1.5.5%"),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `1.5.5%`"}},
    {TOP("tolerance: \"%\""),
     {"2:12: expected a tolerance such as 10%, 5s or \"10% 5s\", found `%`"}},
    {TOP("tolerance:"), {"2:1: expected a tolerance such as 10%, 5s or \"10% 5s\", found nothing"}},
};

static void errors_tolerances(void)
{
    testing_check_errors(tolerances_cases, COUNT(tolerances_cases));
}

static const struct error_case given_keys_cases[] = {
    {GIVEN("dchp: {}"), {"2:9: found `dchp`; did you mean `dhcp`?"}},
    {GIVEN("phone: {quirks: [x], page: off}"),
     {"2:17: `quirks:` is not supported yet by this version; leave it out",
      "2:36: expected what the phone's web page is (none), found `off`"}},
    {"scenario: t\ngiven: {phone: {page: none}}\nsteps:\n"
     "  - configure: {via: push, set: {A: b}}\n  - expect: {page: {Customization: Open}}\n",
     {"4:22: expected no `configure:` of a phone without a web page (`page: none`), found `push`",
      "5:14: expected no `page:` of a phone without a web page (`page: none`)"}},
    {GIVEN("phone: x"), {"2:16: expected a map of phone parameters, found `x`"}},
    {GIVEN("phone: {\"a b\": c, D: [e], F: }"),
     {"2:17: expected the name of a phone parameter such as Profile_Rule, found `a b`",
      "2:30: expected a text (\"\" for an empty one), found a list",
      "2:35: expected a text (\"\" for an empty one), found nothing"}},
    {GIVEN("phone: {A: \"${b}\"}"), {"2:20: found `b`"}},
};

static void errors_given_keys(void)
{
    testing_check_errors(given_keys_cases, COUNT(given_keys_cases));
}

static void no_page(void)
{
    struct scenario *s = testing_scenario(GIVEN("phone: {A: b, page: none, C: d}"));
    CU_ASSERT_TRUE(s->page_none);
    CU_ASSERT_EQUAL_FATAL(s->phone_parameter_count, 2);
    CU_ASSERT_STRING_EQUAL(s->phone_parameters[0].name, "A");
    CU_ASSERT_STRING_EQUAL(s->phone_parameters[1].name, "C");
    CU_ASSERT_EQUAL(s->phone_parameters[1].place.column, 35);
    scenario_free(s);
    s = testing_scenario(GIVEN("phone: {page: none}"));
    CU_ASSERT_TRUE(s->page_none);
    CU_ASSERT_EQUAL(s->phone_parameter_count, 0);
    scenario_free(s);
    s = testing_scenario(GIVEN("phone: {A: b}"));
    CU_ASSERT_FALSE(s->page_none);
    scenario_free(s);
}

void tests_harness_scenario_parse_top(void);
void tests_harness_scenario_parse_top(void)
{
    TEST_SUITE("scenario/top", {"errors: whole files", errors_whole_files},
               {"errors: top level", errors_top_level}, {"errors: phones", errors_phones},
               {"errors: tolerances", errors_tolerances}, {"errors: given keys", errors_given_keys},
               {"no page", no_page});
}
