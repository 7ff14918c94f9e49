/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case steps_cases[] = {
    {STEP("factory-reset"), {"3:5: found `factory-reset`; did you mean `factory-reset:`?"}},
    {STEP("factory-rest:"), {"3:5: found `factory-rest`; did you mean `factory-reset`?"}},
    {STEP("factory-reset: now"), {"3:20: expected nothing after `factory-reset:`, found `now`"}},
    {STEP("[a]"), {"3:5: expected a step (a map such as `reboot:`), found a list"}},
    {STEP("{}"), {"3:5: expected a step (a map such as `reboot:`), found an empty map"}},
    {STEP(""), {"3:4: expected a step (a map such as `reboot:`), found nothing"}},
    {STEP("reboot: {}"), {"3:13: expected nothing after `reboot:`, found an empty map"}},
    {STEP("power: of"), {"3:12: expected power (off, on), found `of`; did you mean `off`?"}},
    {STEP("power:"), {"3:5: expected power (off, on), found nothing"}},
    {STEP("power: [on]"), {"3:12: expected power (off, on), found a list"}},
    {STEP("configure: {set: {A: b}}"), {"3:16: expected `via:` in `configure`, found no such key"}},
    {STEP("configure: {via: usb, set: {}}"),
     {"3:22: expected a way to configure (web, push), found `usb`",
      "3:32: expected at least one parameter to set, found an empty map"}},
    {STEP("configure: {via: web, set: {A: [b], \"c d\": e, F: \"${g}\"}}"),
     {"3:36: expected a text (\"\" for an empty one), found a list",
      "3:41: expected the name of a phone parameter such as Profile_Rule, found `c d`",
      "3:54: found `g`"}},
    {STEP("configure: web"),
     {"3:16: expected a map with the keys of `configure` (via, set), found `web`"}},
    {STEP("wait: 5"),
     {"3:11: expected a duration such as 500ms, 90s or 1h30m, found `5`; did you mean `5s`?"}},
    {STEP("wait: 0"), {"3:11: expected a duration above 0, found `0`"}},
    {STEP("wait: 1h 30m"),
     {"3:11: expected a duration such as 500ms, 90s or 1h30m, found `1h 30m`"}},
    {STEP("wait: 20m1h"), {"3:11: expected a duration such as 500ms, 90s or 1h30m, found `20m1h`"}},
    {STEP("network: {}"),
     {"3:14: expected `normal`, or what the line does (delay, loss, …), found an empty map"}},
    {STEP("dhcp: {}"),
     {"3:11: expected what the DHCP server does (offer, answer, …), found an empty map"}},
    {STEP("dhcp: {ofer: x}"), {"3:12: found `ofer`; did you mean `offer`?"}},
    {STEP("dns: x"), {"3:10: expected a map with the keys of `dns` (edos), found `x`"}},
    {STEP("edos: config"), {"3:11: found `config`; did you mean `profile`?"}},
    {STEP("provision: {status: 1}"),
     {"3:25: expected an HTTP status, a whole number from 100 to 599, found `1`"}},
    {STEP("reboot: \n  - wiat: 3s\n  - 5"),
     {"4:5: found `wiat`; did you mean `wait`?",
      "5:5: expected a step (a map such as `reboot:`), found `5`"}},
};

static void errors_steps(void)
{
    testing_check_errors(steps_cases, COUNT(steps_cases));
}

static const struct error_case repeats_cases[] = {
    {STEP("repeat: {times: 0, steps: []}"),
     {"3:21: expected how often, a whole number from 1 to 20000, found `0`",
      "3:31: expected a list of steps, found an empty list"}},
    {STEP("repeat: {steps: [{rebot: }]}"),
     {"3:13: expected `times:` in `repeat`, found no such key",
      "3:23: found `rebot`; did you mean `reboot`?"}},
    {STEP("repeat: {times: 2}"), {"3:13: expected `steps:` in `repeat`, found no such key"}},
    {STEP("repeat: 3"),
     {"3:13: expected a map with the keys of `repeat` (times, steps), found `3`"}},
    {STEP("repeat: {times: 20001, steps: [{reboot: }]}"),
     {"3:21: expected how often, a whole number from 1 to 20000, found `20001`"}},
    {STEP("repeat: {times: 20000, steps: [{reboot: }, {reboot: }]}"),
     {"3:5: expected at most 20000 steps with repeats unrolled, found more"}},
    {STEP("repeat: {times: 2, steps: [{repeat: {times: 10001, steps: [{reboot: }]}}]}"),
     {"3:5: expected at most 20000 steps with repeats unrolled, found more"}},
    {STEP("reboot:\n  - repeat: {times: 20000, steps: [{reboot: }]}"),
     {"4:5: expected at most 20000 steps with repeats unrolled, found more"}},
    {STEP("repeat: {times: 2, steps: [{repeat: {times: x, steps: [{wait: 0}]}}]}"),
     {"3:49: expected how often, a whole number from 1 to 20000, found `x`",
      "3:67: expected a duration above 0, found `0`"}},
};

static void errors_repeats(void)
{
    testing_check_errors(repeats_cases, COUNT(repeats_cases));
}

static const struct error_case phone_cases[] = {
    {STEP("{reboot: , phone: 2}"),
     {"3:23: expected a phone, a whole number from 1 to 1, found `2`"}},
    {STEP("{reboot: , phone: 8842-1}"), {"3:23: found `8842-1`; did you mean `8841-1`?"}},
    {STEP("{reboot: , phone: 8841}"),
     {"3:23: expected a phone, a whole number from 1 to 1, found `8841`"}},
    {STEP("{reboot: , phone: }"), {"3:16: expected a phone's name or number, found nothing"}},
    {STEP("{phone: 1}"), {"3:5: expected an action in a step, found `phone:` alone"}},
    {STEP("{wait: 3s, phone: 1}"), {"3:16: expected no `phone:` beside `wait:`, which is for all"}},
    {STEP("{dhcp: {lease: 2m}, phone: 1}"),
     {"3:25: expected no `phone:` beside `dhcp:`, which is for all"}},
    {STEP("{dns: {edos: never}, phone: 1}"),
     {"3:26: expected no `phone:` beside `dns:`, which is for all"}},
    {STEP("{repeat: {times: 1, steps: [{reboot: }]}, phone: 1}"),
     {"3:47: expected no `phone:` beside `repeat:`, which is for all"}},
    {STEP("{reboot: , wait: 3s}"),
     {"3:16: found `wait:` beside `reboot:`; begin a new step with `- wait:`"}},
    {STEP("{reboot: , fone: 1}"), {"3:16: found `fone`"}},
    {STEP("{reboot: , phone: 0}"),
     {"3:23: expected a phone, a whole number from 1 to 1, found `0`"}},
};

static void errors_phone(void)
{
    testing_check_errors(phone_cases, COUNT(phone_cases));
}

static const struct error_case phones_wrong_cases[] = {
    {"scenario: t\nphones: {model: 9000}\nsteps:\n  - {reboot: , phone: 9000-1}\n",
     {"2:17: found `9000`"}},
};

static void errors_phones_wrong(void)
{
    testing_check_errors(phones_wrong_cases, COUNT(phones_wrong_cases));
}

static void every_step(void)
{
    struct scenario *s = testing_scenario(
        "scenario: t\n"
        "phones: {model: 8841, count: 2}\n"
        "given: {phone: {Profile_Rule: '', B: '${provision.http}'}}\n"
        "steps:\n"
        "  - factory-reset: ~\n"
        "  - {reboot: , phone: 2}\n"
        "  - phone: 8841-1\n"
        "    power: off\n"
        "  - power: on\n"
        "  - configure: {via: web, set: {Profile_Rule: '${provision.http}/x', Proxy_1_: ''}}\n"
        "  - configure: {via: push, set: {A: 1}}\n"
        "  - wait: 1h30m\n"
        "  - dns: {edos: never}\n"
        "  - edos: [503, profile]\n"
        "  - provision: {status: 404, times: 2}\n");
    static const enum step_kind kinds[] = {
        STEP_FACTORY_RESET, STEP_REBOOT, STEP_POWER_OFF, STEP_POWER_ON, STEP_CONFIGURE,
        STEP_CONFIGURE,     STEP_WAIT,   STEP_DNS,       STEP_EDOS,     STEP_PROVISION};
    static const int phones[] = {-1, 1, 0, -1, -1, -1, -1, -1, -1, -1};
    CU_ASSERT_EQUAL_FATAL(s->step_count, COUNT(kinds));
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CU_ASSERT_EQUAL(s->steps[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(s->steps[i].phone, phones[i]);
    }
    CU_ASSERT_EQUAL(s->steps[1].place.column, 6);
    CU_ASSERT_EQUAL(s->steps[2].place.line, 8);
    CU_ASSERT_EQUAL(s->steps[4].via, CONFIGURE_WEB);
    CU_ASSERT_EQUAL_FATAL(s->steps[4].set_count, 2);
    CU_ASSERT_STRING_EQUAL(s->steps[4].set[0].value, "${provision.http}/x");
    CU_ASSERT_STRING_EQUAL(s->steps[4].set[1].name, "Proxy_1_");
    CU_ASSERT_EQUAL(s->steps[5].via, CONFIGURE_PUSH);
    CU_ASSERT_EQUAL(s->steps[6].duration_us, 90 * DURATION_M);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->steps[7].dns);
    CU_ASSERT_EQUAL(s->steps[7].dns->answer, DNS_ANSWER_NEVER);
    CU_ASSERT_EQUAL(s->steps[8].behaviours.count, 2);
    CU_ASSERT_EQUAL(s->steps[9].behaviours.items[0].times, 2);
    CU_ASSERT_EQUAL_FATAL(s->phone_parameter_count, 2);
    CU_ASSERT_STRING_EQUAL(s->phone_parameters[0].value, "");
    scenario_free(s);
}

static void phone_narrows_what_is_done_to_phones(void)
{
    static const char *const beside[] = {
        "factory-reset: ",
        "reboot: ",
        "power: on",
        "configure: {via: web, set: {A: b}}",
        "expect: {state: Open}",
        "never: {state: Open, for: 1m}",
        "stays: {state: Open, for: 1m}",
    };
    char text[200];
    for (size_t i = 0; i < COUNT(beside); i++) {
        snprintf(text, sizeof text, TOP("phones: {model: 8841, count: 29}") "  - {%s, phone: 29}\n",
                 beside[i]);
        struct scenario *s = testing_scenario(text);
        CU_ASSERT_EQUAL_FATAL(s->step_count, 2);
        CU_ASSERT_EQUAL(s->steps[1].phone, 28);
        scenario_free(s);
    }
}

static void repeats_are_unrolled(void)
{
    struct scenario *s = testing_scenario("scenario: t\n"
                                          "steps:\n"
                                          "  - reboot:\n"
                                          "  - repeat:\n"
                                          "      times: 2\n"
                                          "      steps:\n"
                                          "        - power: off\n"
                                          "        - repeat: {times: 3, steps: [{power: on}]}\n"
                                          "        - wait: 1s\n"
                                          "  - reboot:\n");
    static const struct {
        enum step_kind kind;
        unsigned iteration, line;
    } expected[] = {
        {STEP_REBOOT, 0, 3},    {STEP_POWER_OFF, 1, 7}, {STEP_POWER_ON, 1, 8},
        {STEP_POWER_ON, 2, 8},  {STEP_POWER_ON, 3, 8},  {STEP_WAIT, 1, 9},
        {STEP_POWER_OFF, 2, 7}, {STEP_POWER_ON, 1, 8},  {STEP_POWER_ON, 2, 8},
        {STEP_POWER_ON, 3, 8},  {STEP_WAIT, 2, 9},      {STEP_REBOOT, 0, 10},
    };
    CU_ASSERT_EQUAL_FATAL(s->step_count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        CU_ASSERT_EQUAL(s->steps[i].kind, expected[i].kind);
        CU_ASSERT_EQUAL(s->steps[i].iteration, expected[i].iteration);
        CU_ASSERT_EQUAL(s->steps[i].place.line, expected[i].line);
    }
    scenario_free(s);
}

static void as_many_steps_as_there_may_be(void)
{
    struct scenario *s = testing_scenario(STEP(
        "repeat: {times: 100, steps: [{repeat: {times: 200, steps: [{dhcp: {lease: 2m}}]}}]}"));
    CU_ASSERT_EQUAL_FATAL(s->step_count, SCENARIO_STEPS_MAX);
    CU_ASSERT_EQUAL(s->steps[SCENARIO_STEPS_MAX - 1].iteration, 200);
    CU_ASSERT_EQUAL(s->steps[SCENARIO_STEPS_MAX - 1].dhcp->lease_us, 2 * DURATION_M);
    scenario_free(s);
}

void tests_harness_scenario_parse_steps(void);
void tests_harness_scenario_parse_steps(void)
{
    TEST_SUITE("scenario/steps", {"errors: steps", errors_steps},
               {"errors: repeats", errors_repeats}, {"errors: phone", errors_phone},
               {"errors: phones wrong", errors_phones_wrong}, {"every step", every_step},
               {"phone narrows what is done to phones", phone_narrows_what_is_done_to_phones},
               {"repeats are unrolled", repeats_are_unrolled},
               {"as many steps as there may be", as_many_steps_as_there_may_be});
}
