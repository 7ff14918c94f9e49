/* SPDX-License-Identifier: MIT */
/* One file, several scenarios: what becomes of each case, and every problem at its place, once. */
#include "harness/scenario/load_testing.h"

#define COUNT(items) (sizeof(items) / sizeof((items)[0]))
#define CASES(table, rest) "scenario: t\ncases:\n" table rest "steps: [{reboot: }]\n"
#define EDOS "given: {edos: \"${case.error}\"}\n"

static const char three[] =
    "scenario: EDOS errs\n"
    "cases:\n"
    "  - {name: not-found, error: 404, gap: 1m}\n"
    "  - name: cut\n"
    "    error: {profile: {A: \"${provision.http}/x\"}, truncate: 100}\n"
    "    gap: 2m\n"
    "  - {name: list, error: [404, hang], gap: 4m}\n"
    "given:\n"
    "  edos: \"${case.error}\"\n"
    "  phone: {P: \"<${case.name}|$PSN|${case.gap}>\", Q: \"${case.gap}x\"}\n"
    "steps:\n"
    "  - wait: ${case.gap}\n"
    "  - wait: ${case.gap}\n";

static int parse_all(const char *text, struct suite *suite, struct diagnostics *diagnostics)
{
    return scenario_parse_all("folder/x.yaml", NULL, (const uint8_t *)text, strlen(text), suite,
                              diagnostics);
}

static struct suite all_of(const char *text)
{
    struct suite suite = {0};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    if (parse_all(text, &suite, &diagnostics) < 0)
        testing_show(text, &diagnostics);
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    diagnostics_done(&diagnostics);
    return suite;
}

static bool place_is(struct place place, unsigned line, unsigned column)
{
    return place.line == line && place.column == column;
}

static void check_shared(const struct scenario *s, const char *name, uint64_t gap_us)
{
    char id[64], title[64];
    snprintf(id, sizeof id, "x-%s", name);
    snprintf(title, sizeof title, "EDOS errs (%s)", name);
    CU_ASSERT_STRING_EQUAL(s->case_name, name);
    CU_ASSERT_STRING_EQUAL(s->id, id);
    CU_ASSERT_STRING_EQUAL(s->title, title);
    CU_ASSERT_STRING_EQUAL(s->path, "folder/x.yaml");
    CU_ASSERT_EQUAL_FATAL(s->source_bytes, strlen(three));
    CU_ASSERT_EQUAL(memcmp(s->source, three, s->source_bytes), 0);
    CU_ASSERT_EQUAL_FATAL(s->step_count, 2);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(s->steps[i].duration_us, gap_us);
        CU_ASSERT_TRUE(place_is(s->steps[i].place, 12 + (unsigned)i, 5));
    }
}

static void a_scenario_for_each_case(void)
{
    struct suite suite = all_of(three);
    CU_ASSERT_EQUAL_FATAL(suite.count, 3);
    struct scenario **s = suite.scenarios;
    check_shared(s[0], "not-found", 60000000);
    check_shared(s[1], "cut", 120000000);
    check_shared(s[2], "list", 240000000);
    CU_ASSERT_STRING_EQUAL(s[0]->phone_parameters[0].value, "<not-found|$PSN|1m>");
    CU_ASSERT_STRING_EQUAL(s[2]->phone_parameters[0].value, "<list|$PSN|4m>");
    CU_ASSERT_STRING_EQUAL(s[1]->phone_parameters[1].value, "2mx");
    CU_ASSERT_EQUAL(s[0]->edos.items[0].status, 404);
    CU_ASSERT_TRUE(place_is(s[0]->edos.items[0].place, 3, 30));
    CU_ASSERT_EQUAL(s[1]->edos.items[0].kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(s[1]->edos.items[0].truncate_bytes, 100);
    CU_ASSERT_STRING_EQUAL(s[1]->edos.items[0].parameters[0].value, "${provision.http}/x");
    CU_ASSERT_TRUE(place_is(s[1]->edos.items[0].place, 5, 12));
    CU_ASSERT_EQUAL_FATAL(s[2]->edos.count, 2);
    CU_ASSERT_EQUAL(s[2]->edos.items[1].kind, BEHAVIOUR_HANG);
    suite_free(&suite);
}

static void a_title_of_its_own(void)
{
    struct suite suite = all_of("scenario: \"${case.what} (${case.name})\"\n"
                                "cases: [{name: a, what: One}, {name: 2.b_, what: Two}]\n"
                                "steps: [{reboot: }]\n");
    CU_ASSERT_EQUAL_FATAL(suite.count, 2);
    CU_ASSERT_STRING_EQUAL(suite.scenarios[0]->title, "One (a)");
    CU_ASSERT_STRING_EQUAL(suite.scenarios[1]->title, "Two (2.b_)");
    CU_ASSERT_STRING_EQUAL(suite.scenarios[1]->id, "x-2.b_");
    suite_free(&suite);
}

static void without_cases(void)
{
    struct suite suite = all_of("scenario: t\nsteps: [{reboot: }]\n");
    CU_ASSERT_EQUAL_FATAL(suite.count, 1);
    CU_ASSERT_PTR_NULL(suite.scenarios[0]->case_name);
    CU_ASSERT_STRING_EQUAL(suite.scenarios[0]->title, "t");
    suite_free(&suite);
}

static const struct error_case table_errors[] = {
    {CASES("  - {name: a, error: 404}\n  - {name: b, error: [5x, 503]}\n", EDOS),
     {"4:23: expected an HTTP status, a whole number from 100 to 599, found `5x`"}},
    {CASES("  - {name: a, error: 5x}\n  - {name: b, error: 6x}\n", EDOS),
     {"3:22: found `5x`", "4:22: found `6x`"}},
    {"scenario: t\ncases: {name: a}\nsteps: [{reboot: }]\n",
     {"2:8: expected a list of cases such as {name: not-found, error: 404}, found a map"}},
    {"scenario: t\ncases: []\nsteps: [{reboot: }]\n",
     {"2:8: expected a list of cases such as {name: not-found, error: 404}, found an empty list"}},
    {CASES("  - a\n  - {name: b, error: 404}\n", EDOS),
     {"3:5: expected a case such as {name: not-found, error: 404}, found `a`"}},
    {CASES("  - {name: a}\n  - {name: b}\n  - {name: a}\n", ""),
     {"5:12: expected a name of its own for each case, found `a` again; it was first given at "
      "line 3, column 12"}},
    {CASES("  - {error: 404}\n", EDOS), {"3:5: expected `name:` in a case, found no such key"}},
    {CASES("  - {name: \"a b\"}\n  - {name: [a]}\n  - {name: -a}\n", ""),
     {"3:12: expected the name of a case: at most 64 letters, digits, `-`, `_` and `.`, found "
      "`a b`",
      "4:12: found a list", "5:12: found `-a`"}},
    {CASES("  - {name: a, error: \"${case.name}\"}\n", EDOS),
     {"3:22: expected a value without ${case.…}, which the rest of the file may hold"}},
    {CASES("  - {name: a, name: b}\n", ""), {"3:15: expected each key once, found `name` again"}},
};

static void errors_of_the_table(void)
{
    testing_check_errors(table_errors, COUNT(table_errors));
}

static const struct error_case use_errors[] = {
    {CASES("  - {name: a, error: 404}\n", "given: {edos: \"${case.eror}\"}\n"),
     {"4:15: expected a key of the cases (name, error) in ${case.…}, found `eror`; did you mean "
      "`error`?"}},
    {CASES("  - {name: a, error: 404}\n  - {name: b, eror: 500}\n", EDOS),
     {"4:15: expected a key that the file uses as ${case.…}, found `eror`; did you mean `error`?"}},
    {CASES("  - {name: a, error: 404}\n  - {name: b}\n", EDOS),
     {"4:5: expected `error:` in this case, because of ${case.error} at line 5, column 15; found "
      "no such key"}},
    {CASES("  - {name: a, error: 404, why: x}\n  - {name: b, error: 500, why: y}\n", EDOS),
     {"3:27: expected a key that the file uses as ${case.…}, found `why`",
      "4:27: expected a key that the file uses as ${case.…}, found `why`"}},
    {"scenario: t\ngiven: {edos: \"${case.error}\"}\nsteps: [{reboot: }]\n",
     {"2:15: expected a table of `cases:` in a file that speaks of ${case.…}, found "
      "`${case.error}`"}},
    {CASES("  - {name: a, error: 404}\n", EDOS "about: \"x ${case.error\"\n"),
     {"5:8: expected ${case.NAME} with the name of a key of a case, found `x ${case.error`"}},
    {CASES("  - {name: a, error: 404}\n", EDOS "about: \"x ${case.}\"\n"),
     {"5:8: expected ${case.NAME} with the name of a key of a case, found `x ${case.}`"}},
    {CASES("  - {name: a, w: [x]}\n  - {name: b, w: y}\n  - {name: c, w: }\n",
           "about: \"x ${case.w}\"\n"),
     {"3:18: expected a text, as it is used within a longer one at line 6, column 8, found a list",
      "5:15: expected a text, as it is used within a longer one at line 6, column 8, found "
      "nothing"}},
    {CASES("  - {name: a, e: 66}\n",
           "given: {dhcp: {offer: {\"${case.e}\": x}}}\nabout: ${case.e}\n"),
     {"4:24: expected a key without ${case.…}, which only values may hold",
      "4:24: expected a DHCP option that configures phones"}},
    /* What is wrong with the part that all share is told once. */
    {CASES("  - {name: a}\n  - {name: b}\n  - {name: c}\n", "givn: {}\nabout: ${case.name}\n"),
     {"6:1: found `givn`; did you mean `given`?"}},
    {CASES("  - {name: a}\n  - {name: b\n", ""), {"5:6: expected YAML, found a syntax error"}},
};

static void errors_of_uses(void)
{
    testing_check_errors(use_errors, COUNT(use_errors));
}

static void append_cases(struct buffer *text, unsigned count)
{
    buffer_text(text, "scenario: t\nsteps: [{reboot: }]\ncases:\n");
    for (unsigned i = 0; i < count; i++)
        buffer_format(text, "  - {name: n%u}\n", i);
}

static void bounds(void)
{
    struct buffer text;
    buffer_init(&text, 1 << 16);
    append_cases(&text, SCENARIO_CASES_MAX);
    struct suite suite = all_of(buffer_string(&text));
    CU_ASSERT_EQUAL(suite.count, SCENARIO_CASES_MAX);
    CU_ASSERT_STRING_EQUAL(suite.scenarios[SCENARIO_CASES_MAX - 1]->case_name, "n199");
    suite_free(&suite);
    buffer_clear(&text);
    append_cases(&text, SCENARIO_CASES_MAX + 1);
    struct error_case many = {buffer_string(&text), {"4:3: expected at most 200 cases, found 201"}};
    testing_check_errors(&many, 1);
    buffer_clear(&text);
    buffer_text(&text, "scenario: t\nsteps: [{reboot: }]\ncases:\n  - {name: n");
    for (unsigned i = 0; i < 24; i++)
        buffer_format(&text, ", k%u: x", i);
    buffer_text(&text, "}\n");
    struct error_case wide = {buffer_string(&text),
                              {"4:5: expected at most 24 keys in a case, found 25"}};
    testing_check_errors(&wide, 1);
    buffer_done(&text);
}

static struct scenario *one_case(const char *text, const char *name, char *message, size_t size)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse_case("x.yaml", (const uint8_t *)text, strlen(text), name, &diagnostics);
    CU_ASSERT_EQUAL(diagnostics.count, scenario ? 0 : 1);
    snprintf(message, size, "%s", diagnostics.count ? diagnostics.items[0].text : "");
    diagnostics_done(&diagnostics);
    return scenario;
}

static void one_case_of_a_file(void)
{
    static const char with[] = "scenario: t\ncases: [{name: a}, {name: b}]\nsteps: [{reboot: }]\n";
    static const char without[] = "scenario: t\nsteps: [{reboot: }, {edos: {file: gone.xml}}]\n";
    char message[ERROR_TEXT_MAX];
    struct scenario *s = one_case(with, "b", message, sizeof message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_STRING_EQUAL(s->case_name, "b");
    scenario_free(s);
    s = one_case(without, NULL, message, sizeof message);
    CU_ASSERT_PTR_NOT_NULL(s);
    scenario_free(s);
    CU_ASSERT_PTR_NULL(one_case(with, "c", message, sizeof message));
    CU_ASSERT_STRING_EQUAL(message, "expected the case c, found cases, but not this one");
    CU_ASSERT_PTR_NULL(one_case(with, NULL, message, sizeof message));
    CU_ASSERT_STRING_EQUAL(message, "expected a file without cases, found cases, but not this one");
    CU_ASSERT_PTR_NULL(one_case(without, "a", message, sizeof message));
    CU_ASSERT_STRING_EQUAL(message, "expected the case a, found no cases");
    s = testing_scenario(with);
    CU_ASSERT_STRING_EQUAL(s->case_name, "a");
    scenario_free(s);
}

void tests_harness_scenario_parse_cases(void);
void tests_harness_scenario_parse_cases(void)
{
    TEST_SUITE("scenario/cases", {"a scenario for each case", a_scenario_for_each_case},
               {"a title of its own", a_title_of_its_own}, {"without cases", without_cases},
               {"errors of the table", errors_of_the_table}, {"errors of uses", errors_of_uses},
               {"bounds", bounds}, {"one case of a file", one_case_of_a_file});
}
