/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case yaml_cases[] = {
    {"", {"1:1: expected a scenario, found an empty file"}},
    {"# nothing", {"1:1: expected a scenario, found an empty file"}},
    {"- a", {"1:1: found a list"}},
    {"scenario: [\n",
     {"2:1: found a syntax error: did not find expected node content while parsing a flow node "
      "that began at line 2, column 1"}},
    {"scenario: t\na:\n\t- b\n",
     {"3:1: found a syntax error: found character that cannot start any token while scanning for "
      "the next token that began at line 3, column 1"}},
    {"a: b: c",
     {"1:5: expected YAML, found a syntax error: mapping values are not allowed in this context"}},
    {"scenario: \"x\n",
     {"2:1: found a syntax error: found unexpected end of stream while scanning a quoted scalar "
      "that began at line 1, column 11"}},
    {"scenario: &a t\nsteps: *a\n",
     {"1:11: found the anchor `&a`; anchors and aliases are not part of the language: write the "
      "value out",
      "2:8: found the alias `*a`; anchors and aliases are not part of the language: write the "
      "value out"}},
    {"scenario: &a [&b {}]\nsteps: *a\n",
     {"1:11: found the anchor `&a`; anchors and aliases are not part of the language: write the "
      "value out",
      "1:11: expected a title, found a list",
      "1:15: found the anchor `&b`; anchors and aliases are not part of the language: write the "
      "value out",
      "2:8: found the alias `*a`; anchors and aliases are not part of the language: write the "
      "value out"}},
    {"scenario: !!str t\nsteps:\n- reboot:\n",
     {"1:11: expected plain YAML, found the tag `!!str`; tags are not part of the language"}},
    {"scenario: !x [!y {}]\nsteps:\n- reboot:\n",
     {"1:11: expected plain YAML, found the tag `!x`; tags are not part of the language",
      "1:11: expected a title, found a list",
      "1:15: expected plain YAML, found the tag `!y`; tags are not part of the language"}},
    {"scenario: t\nscenario: u\nsteps:\n- reboot:\n",
     {"2:1: found `scenario` again; it was first given at line 1, column 1"}},
    {"scenario: t\nsteps:\n- {reboot: , reboot: , reboot: }\n",
     {"3:14: expected each key once, found `reboot` again; it was first given at line 3, column 4",
      "3:14: found `reboot:` beside `reboot:`; begin a new step with `- reboot:`",
      "3:24: found `reboot` again; it was first given at line 3, column 14",
      "3:24: found `reboot:` beside `reboot:`; begin a new step with `- reboot:`"}},
    {"scenario: t\nsteps:\n- reboot:\nabout: x\nscenario: u\ntags: [a]\nabout: y\n",
     {"5:1: it was first given at line 1, column 1",
      "7:1: it was first given at line 4, column 1"}},
    {"? [a]\n: b\nscenario: t\nsteps:\n- reboot:\n", {"1:3: expected a word as key, found a list"}},
    {"? {a: b}\n: c\nscenario: t\nsteps:\n- reboot:\n",
     {"1:3: expected a word as key, found a map"}},
    {"scenario: \"\\0\"\nsteps:\n- reboot:\n",
     {"1:11: expected text, found a NUL character in it"}},
    {"scenario: t\nsteps:\n- reboot:\n---\nx: y\n",
     {"4:1: expected one scenario in a file, found a second document"}},
    {"scenario: t\nab: ü\001",
     {"2:6: found the character 0x01 (control characters are not allowed)"}},
    {"scenario: t\nsteps: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
     {"2:39: expected at most 32 lists and maps within each other, found more"}},
    {": x\nscenario: t\nsteps:\n- reboot:\n",
     {"1:1: found a syntax error: did not find expected key while parsing a block mapping that "
      "began at line 1, column 1"}},
    {"scenario: t\nsteps:\n- wait: \"üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü\n",
     {"4:1: found a syntax error: found unexpected end of stream while scanning a quoted scalar "
      "that began at line 3, column 9"}},
    {"scenario: t\nsteps:\n- wait: üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü\n",
     {"3:9: found `üüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…`"}},
    {"scenario: t\nsteps:\n- wait: \"a\\tb\\x7f\"\n",
     {"3:9: expected a duration such as 500ms, 90s or 1h30m, found `a?b?`"}},
};

static void errors_yaml(void)
{
    testing_check_errors(yaml_cases, COUNT(yaml_cases));
}

static struct scenario *parse_bytes(const char *bytes, size_t length,
                                    struct diagnostics *diagnostics)
{
    diagnostics_init(diagnostics);
    return scenario_parse("x.yaml", NULL, (const uint8_t *)bytes, length, diagnostics);
}

static void bytes_that_are_no_text(void)
{
    static const struct {
        const char *bytes, *problem;
    } cases[] = {
        {"scenario: t\nab: \xff", "2:5: found the character 0xff"},
        {"scenario: \xc3\xbc\xc3", "1:12: found half a character (incomplete UTF-8"},
        {"scenario: t\nsteps: \xc3(", "2:9: found the character 0x28 (invalid trailing UTF-8"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diagnostics diagnostics;
        CU_ASSERT_PTR_NULL(parse_bytes(cases[i].bytes, strlen(cases[i].bytes), &diagnostics));
        bool good = diagnostics.count == 1 &&
                    testing_error_matches(&diagnostics.items[0], cases[i].problem);
        CU_ASSERT(good);
        if (!good)
            testing_show(cases[i].bytes, &diagnostics);
        diagnostics_done(&diagnostics);
    }
}

/* Ten levels of ten aliases each would be ten thousand million nodes: refused at the first. */
static void no_bomb_of_aliases(void)
{
    char text[2000];
    size_t used = (size_t)snprintf(text, sizeof text, "scenario: t\na0: &a0 x\n");
    for (unsigned i = 1; i <= 10; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "a%u: &a%u [", i, i);
        for (unsigned k = 0; k < 10; k++)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "%s*a%u", k ? "," : "", i - 1);
        used += (size_t)snprintf(text + used, sizeof text - used, "]\n");
    }
    struct diagnostics diagnostics;
    CU_ASSERT_PTR_NULL(parse_bytes(text, used, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 11 + 100 + 11 + 1); /* anchors, aliases, keys, no steps */
    diagnostics_done(&diagnostics);
}

/* A list with one item more than any may have, and a map. */
static void bounds_of_lists_and_maps(void)
{
    enum { ITEM = 8, BYTES = ITEM * (SCENARIO_STEPS_MAX + 1) + 100 };
    char *text = malloc(BYTES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    struct diagnostics diagnostics;
    size_t used = (size_t)snprintf(text, BYTES, "scenario: t\nsteps: [");
    for (unsigned i = 0; i <= SCENARIO_STEPS_MAX; i++)
        used += (size_t)snprintf(text + used, BYTES - used, "a,");
    CU_ASSERT_PTR_NULL(parse_bytes(text, used, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.count, 1);
    CU_ASSERT_TRUE(
        testing_error_matches(&diagnostics.items[0], "2:40009: at most 20000 items in a list"));
    diagnostics_done(&diagnostics);
    used = (size_t)snprintf(text, BYTES, "scenario: t\nsteps: [{");
    for (unsigned i = 0; i <= SCENARIO_LIST_MAX; i++)
        used += (size_t)snprintf(text + used, BYTES - used, "%05u: ,", i);
    CU_ASSERT_PTR_NULL(parse_bytes(text, used, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.count, 1);
    CU_ASSERT_TRUE(
        testing_error_matches(&diagnostics.items[0], "2:32778: at most 4096 items in a map"));
    diagnostics_done(&diagnostics);
    free(text);
}

static void a_file_too_large(void)
{
    char *text = malloc(SCENARIO_FILE_BYTES_MAX + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '#', SCENARIO_FILE_BYTES_MAX + 1);
    struct diagnostics diagnostics;
    CU_ASSERT_PTR_NULL(parse_bytes(text, SCENARIO_FILE_BYTES_MAX + 1, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.count, 1);
    CU_ASSERT_TRUE(testing_error_matches(&diagnostics.items[0], "1:1: found 1048577"));
    diagnostics_done(&diagnostics);
    free(text);
}

void tests_harness_scenario_load_yaml(void);
void tests_harness_scenario_load_yaml(void)
{
    TEST_SUITE("scenario/yaml", {"errors: yaml", errors_yaml},
               {"bytes that are no text", bytes_that_are_no_text},
               {"no bomb of aliases", no_bomb_of_aliases},
               {"bounds of lists and maps", bounds_of_lists_and_maps},
               {"a file too large", a_file_too_large});
}
