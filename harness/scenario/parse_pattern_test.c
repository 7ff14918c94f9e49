/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case expect_cases[] = {
    {STEP("expect: x"),
     {"3:13: expected what to look for, a map such as {state: Pending}, found `x`"}},
    {STEP("expect: "),
     {"3:5: expected what to look for, a map such as {state: Pending}, found nothing"}},
    {STEP("expect: {}"), {"3:13: found none of them"}},
    {STEP("expect: {within: 1m}"), {"3:13: found none of them"}},
    {STEP("expect: {sate: Open}"), {"3:14: found `sate`; did you mean `state`?"}},
    {STEP("expect: {state: Open, path: [Open]}"),
     {"3:27: expected one thing to look for in `expect`, found `path:` beside `state:`"}},
    {STEP("expect: {request: edos, retries: {}}"),
     {"3:29: expected one thing to look for in `expect`, found `retries:` beside `request:`"}},
    {STEP("expect: {state: open}"), {"3:21: found `open`; did you mean `Open`?"}},
    {STEP("expect: {state: unknown}"), {"3:21: found `unknown`"}},
    {STEP("expect: {state: [Open]}"), {"3:21: found a list"}},
    {STEP("expect: {state: Open, method: GET}"),
     {"3:27: expected a key of `expect` (state, within, after, tolerance), found `method`"}},
    {STEP("expect: {state: Open, for: 1m}"),
     {"3:27: expected a key of `expect` (state, within, after, tolerance), found `for`"}},
    {STEP("expect: {state: Open, within: 0}"), {"3:35: expected a duration above 0, found `0`"}},
    {STEP("expect: {state: Open, within: 1m, after: 1m, tolerance: 5}"),
     {"3:46: expected `after` to be shorter than `within`, found `1m`",
      "3:61: expected a tolerance such as 10%, 5s or \"10% 5s\", found `5`"}},
    {STEP("expect: {state: Open, witin: 1m}"), {"3:27: found `witin`; did you mean `within`?"}},
};

static void errors_expect(void)
{
    testing_check_errors(expect_cases, COUNT(expect_cases));
}

static const struct error_case paths_cases[] = {
    {STEP("expect: {path: []}"),
     {"3:20: expected a list of customization states, found an empty list"}},
    {STEP("expect: {path: Open}"), {"3:20: expected a list of customization states, found `Open`"}},
    {STEP("expect: {path: [Open, Acquired, Open, Pendin]}"),
     {"3:27: expected a state that may follow Open, found `Acquired`",
      "3:37: expected a state that may follow Acquired, found `Open`",
      "3:43: found `Pendin`; did you mean `Pending`?"}},
    {STEP("expect: {path: [Pending, Pending]}"),
     {"3:30: expected a state that may follow Pending, found `Pending`"}},
    {STEP("expect: {path: [Custom-Pending, Unavailable]}"),
     {"3:37: expected a state that may follow Custom-Pending, found `Unavailable`"}},
    {STEP("expect: {path: [Aborted, Pending]}"),
     {"3:30: expected a state that may follow Aborted, found `Pending`"}},
    {STEP("expect: {path: [Open, unknown]}"), {"3:27: found `unknown`"}},
};

static void errors_paths(void)
{
    testing_check_errors(paths_cases, COUNT(paths_cases));
}

static const struct error_case requests_cases[] = {
    {STEP("expect: {request: edoss, method: get, count: 0, for: 1m}"),
     {"3:23: expected a server (edos, provision), found `edoss`; did you mean `edos`?",
      "3:38: expected a method in capital letters such as GET, found `get`",
      "3:50: expected a count, a whole number from 1 to 100000, found `0`", "3:53: found `for`"}},
    {STEP("expect: {request: edos, path: , host: \"${x}\", agent: [], count: 100001}"),
     {"3:29: expected a path such as /*.xml, found nothing",
      "3:43: expected a text without ${…}, which no expectation replaces, found `${x}`",
      "3:58: expected a user agent such as *8841*, found an empty list",
      "3:69: expected a count, a whole number from 1 to 100000, found `100001`"}},
    {STEP("expect: {request: edos, host: \"\"}"),
     {"3:35: expected a host name such as *.example.net, found an empty text"}},
};

static void errors_requests(void)
{
    testing_check_errors(requests_cases, COUNT(requests_cases));
}

static const struct error_case retries_cases[] = {
    {STEP("expect: {retries: {to: x, after: []}}"),
     {"3:28: expected a server (edos, provision), found `x`",
      "3:38: expected a list of durations such as [1m, 2m, 4m], found an empty list"}},
    {STEP("expect: {retries: {to: edos, after: 1m}}"),
     {"3:41: expected a list of durations such as [1m, 2m, 4m], found `1m`"}},
    {STEP("expect: {retries: {to: edos, after: [1, 0, 1m]}}"),
     {"3:42: expected a duration such as 500ms, 90s or 1h30m, found `1`; did you mean `1s`?",
      "3:45: expected a duration above 0, found `0`"}},
    {STEP("expect: {retries: {}}"),
     {"3:23: expected `to:` in `retries`, found no such key",
      "3:23: expected `after:` in `retries`, found no such key"}},
    {STEP("expect: {retries: [1m]}"),
     {"3:23: expected a map with the keys of `retries` (to, after), found a list"}},
    {STEP("expect: {retries: {to: edos, aftr: [1m]}}"),
     {"3:34: expected a key of `retries` (to, after), found `aftr`; did you mean `after`?"}},
};

static void errors_retries(void)
{
    testing_check_errors(retries_cases, COUNT(retries_cases));
}

static const struct error_case others_cases[] = {
    {STEP("expect: {dhcp: discovr}"), {"3:20: found `discovr`; did you mean `discover`?"}},
    {STEP("expect: {dhcp: , options: {}}"), {"3:14: found nothing"}},
    {STEP("expect: {dns: }"),
     {"3:14: expected a host name such as activate.example.com, found nothing"}},
    {STEP("expect: {tftp: []}"), {"3:20: expected a file name such as *.xml, found an empty list"}},
    {STEP("expect: {page: {}}"),
     {"3:20: expected at least one name and value, found an empty map"}},
    {STEP("expect: {page: {Customization: open, Product: x}}"),
     {"3:36: found `open`; did you mean `Open`?",
      "3:42: expected `Customization`, the one value that is read off the page; found `Product`"}},
    {STEP("expect: {page: x}"),
     {"3:20: expected a map such as {Customization: Pending}, found `x`"}},
    {STEP("expect: {options: {}, dhp: ack}"), {"3:27: found `dhp`; did you mean `dhcp`?"}},
};

static void errors_others(void)
{
    testing_check_errors(others_cases, COUNT(others_cases));
}

static const struct error_case never_and_stays_cases[] = {
    {STEP("never: {state: Open}"), {"3:12: expected `for:` in `never`, found no such key"}},
    {STEP("never: {state: Open, for: 0}"), {"3:31: expected a duration above 0, found `0`"}},
    {STEP("never: {state: Open, within: 1m}"),
     {"3:12: expected `for:` in `never`, found no such key",
      "3:26: expected a key of `never` (state, for), found `within`"}},
    {STEP("never: {for: 1m}"), {"3:12: found none of them"}},
    {STEP("never: edos"),
     {"3:12: expected what to look for, a map such as {state: Pending}, found `edos`"}},
    {STEP("stays: {state: Open}"), {"3:12: expected `for:` in `stays`, found no such key"}},
    {STEP("stays: {for: 1m}"), {"3:12: expected `state:` in `stays`, found no such key"}},
    {STEP("stays: {request: edos, for: 1m}"),
     {"3:12: expected `state:` in `stays`, found no such key",
      "3:13: expected a key of `stays` (state, for), found `request`"}},
    {STEP("stays: {sate: Open, for: 1m}"),
     {"3:13: expected a key of `stays` (state, for), found `sate`; did you mean `state`?"}},
    {STEP("stays: Open"),
     {"3:12: expected a map with the keys of `stays` (state, for), found `Open`"}},
};

static void errors_never_and_stays(void)
{
    testing_check_errors(never_and_stays_cases, COUNT(never_and_stays_cases));
}

static struct scenario *step(const char *text, enum step_kind kind, enum pattern_kind pattern)
{
    struct scenario *s = testing_scenario(text);
    CU_ASSERT_EQUAL_FATAL(s->step_count, 1);
    CU_ASSERT_EQUAL(s->steps[0].kind, kind);
    CU_ASSERT_EQUAL(s->steps[0].pattern.kind, pattern);
    return s;
}

static void a_request_with_everything(void)
{
    struct scenario *s =
        step(STEP("expect: {within: 2m, path: /*.xml, request: provision, method: G?T, "
                  "host: '*.example.net', agent: '*8841*', count: 3, after: 1m, tolerance: 5% 1s}"),
             STEP_EXPECT, PATTERN_REQUEST);
    const struct pattern *p = &s->steps[0].pattern;
    CU_ASSERT_EQUAL(p->server, SERVER_PROVISION);
    CU_ASSERT_STRING_EQUAL(p->method, "G?T");
    CU_ASSERT_STRING_EQUAL(p->target, "/*.xml");
    CU_ASSERT_STRING_EQUAL(p->host, "*.example.net");
    CU_ASSERT_STRING_EQUAL(p->agent, "*8841*");
    CU_ASSERT_EQUAL(p->count, 3);
    CU_ASSERT_EQUAL(p->path_count, 0);
    CU_ASSERT_EQUAL(p->place.column, 40);
    CU_ASSERT_EQUAL(s->steps[0].within_us, 2 * DURATION_M);
    CU_ASSERT_EQUAL(s->steps[0].after_us, DURATION_M);
    CU_ASSERT_TRUE(s->steps[0].has_tolerance);
    CU_ASSERT_EQUAL(s->steps[0].tolerance.percent, 5);
    CU_ASSERT_EQUAL(s->steps[0].tolerance.at_least_us, DURATION_S);
    scenario_free(s);
}

static void a_request_with_nothing(void)
{
    struct scenario *s = step(STEP("expect: {request: edos}"), STEP_EXPECT, PATTERN_REQUEST);
    const struct pattern *p = &s->steps[0].pattern;
    CU_ASSERT_EQUAL(p->server, SERVER_EDOS);
    CU_ASSERT_TRUE(!p->method && !p->target && !p->host && !p->agent);
    CU_ASSERT_EQUAL(p->count, 1);
    CU_ASSERT_FALSE(s->steps[0].has_tolerance);
    scenario_free(s);
}

static void a_whole_path(void)
{
    struct scenario *s =
        step(STEP("expect: {path: [Open, Pending, Custom-Pending, Pending, Custom-Pending, "
                  "Acquired]}"),
             STEP_EXPECT, PATTERN_PATH);
    const struct pattern *p = &s->steps[0].pattern;
    CU_ASSERT_EQUAL_FATAL(p->path_count, 6);
    CU_ASSERT_EQUAL(p->path[2], STATE_CUSTOM_PENDING);
    CU_ASSERT_EQUAL(p->path[5], STATE_ACQUIRED);
    scenario_free(s);
}

static void names_and_pages(void)
{
    struct scenario *s = step(STEP("expect: {dns: activate.*}"), STEP_EXPECT, PATTERN_DNS);
    CU_ASSERT_STRING_EQUAL(s->steps[0].pattern.name, "activate.*");
    scenario_free(s);
    s = step(STEP("never: {tftp: '*.xml', for: 1m}"), STEP_NEVER, PATTERN_TFTP);
    CU_ASSERT_STRING_EQUAL(s->steps[0].pattern.name, "*.xml");
    scenario_free(s);
    s = step(STEP("expect: {page: {Customization: Custom-Pending}}"), STEP_EXPECT, PATTERN_PAGE);
    CU_ASSERT_EQUAL_FATAL(s->steps[0].pattern.page_count, 1);
    CU_ASSERT_STRING_EQUAL(s->steps[0].pattern.page[0].name, "Customization");
    CU_ASSERT_STRING_EQUAL(s->steps[0].pattern.page[0].value, "Custom-Pending");
    scenario_free(s);
}

static void every_dhcp_message(void)
{
    static const char *const words[] = {"discover", "offer", "request", "decline",
                                        "ack",      "nak",   "release", "inform"};
    for (unsigned i = 0; i < COUNT(words); i++) {
        char text[100];
        snprintf(text, sizeof text, STEP("expect: {dhcp: %s}"), words[i]);
        struct scenario *s = step(text, STEP_EXPECT, PATTERN_DHCP);
        CU_ASSERT_EQUAL(s->steps[0].pattern.dhcp_type, i + 1); /* RFC 2132 section 9.6 */
        CU_ASSERT_EQUAL(s->steps[0].pattern.option_count, 0);
        scenario_free(s);
    }
}

static void retries_to_either_server(void)
{
    struct scenario *s = step(STEP("never: {retries: {to: provision, after: [1m]}, for: 1h}"),
                              STEP_NEVER, PATTERN_RETRIES);
    CU_ASSERT_EQUAL(s->steps[0].pattern.server, SERVER_PROVISION);
    CU_ASSERT_EQUAL(s->steps[0].pattern.gap_count, 1);
    CU_ASSERT_EQUAL(s->steps[0].duration_us, DURATION_H);
    scenario_free(s);
}

static void stays_in_a_state(void)
{
    struct scenario *s =
        step(STEP("stays: {for: 2d, state: Unavailable}"), STEP_STAYS, PATTERN_STATE);
    CU_ASSERT_EQUAL(s->steps[0].pattern.state, STATE_UNAVAILABLE);
    CU_ASSERT_EQUAL(s->steps[0].duration_us, 48 * DURATION_H);
    CU_ASSERT_EQUAL(s->steps[0].pattern.place.column, 22);
    scenario_free(s);
}

void tests_harness_scenario_parse_pattern(void);
void tests_harness_scenario_parse_pattern(void)
{
    TEST_SUITE("scenario/pattern", {"errors: expect", errors_expect},
               {"errors: paths", errors_paths}, {"errors: requests", errors_requests},
               {"errors: retries", errors_retries}, {"errors: others", errors_others},
               {"errors: never and stays", errors_never_and_stays},
               {"a request with everything", a_request_with_everything},
               {"a request with nothing", a_request_with_nothing}, {"a whole path", a_whole_path},
               {"names and pages", names_and_pages}, {"every DHCP message", every_dhcp_message},
               {"retries to either server", retries_to_either_server},
               {"stays in a state", stays_in_a_state});
}
