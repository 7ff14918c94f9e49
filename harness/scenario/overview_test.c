/* SPDX-License-Identifier: MIT */
#include "harness/scenario/load_testing.h"
#include "harness/scenario/overview.h"
#include "harness/yaml/diagnostics.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

static void check(const struct suite *suite, bool colours, unsigned columns, const char *expected)
{
    struct buffer out;
    buffer_init(&out, TEXT_BYTES_MAX);
    scenario_overview(suite, colours, columns, &out);
    CU_ASSERT_STRING_EQUAL(buffer_string(&out), expected);
    buffer_done(&out);
}

static struct suite two(struct scenario *scenarios[2])
{
    scenarios[0] = testing_scenario("scenario: Höflich asks again after 1, 2, 4 minutes and more\n"
                                    "covers: [RC-PEND-3, RC-PEND-4]\n"
                                    "tags: [backoff]\n"
                                    "steps: [{reboot: }]\n");
    scenarios[1] = testing_scenario("scenario: Short\nsteps: [{reboot: }]\n");
    scenarios[0]->id = "pending-backoff";
    scenarios[1]->id = "ö";
    return (struct suite){scenarios, 2};
}

static void done(struct scenario *scenarios[2])
{
    scenario_free(scenarios[0]);
    scenario_free(scenarios[1]);
}

static void aligned_and_wrapped(void)
{
    struct scenario *scenarios[2];
    struct suite suite = two(scenarios);
    check(&suite, false, 44,
          "pending-backoff  Höflich asks again after 1,\n"
          "                 2, 4 minutes and more\n"
          "                 RC-PEND-3 RC-PEND-4\n"
          "                 #backoff\n"
          "ö                Short\n");
    check(&suite, false, 0,
          "pending-backoff  Höflich asks again after 1, 2, 4 minutes and more\n"
          "                 RC-PEND-3 RC-PEND-4 #backoff\n"
          "ö                Short\n");
    done(scenarios);
}

static void as_narrow_as_it_gets(void)
{
    struct scenario *scenarios[2];
    struct suite suite = two(scenarios);
    check(&suite, false, 1,
          "pending-backoff  Höflich asks again after\n"
          "                 1, 2, 4 minutes and more\n"
          "                 RC-PEND-3 RC-PEND-4\n"
          "                 #backoff\n"
          "ö                Short\n");
    done(scenarios);
}

static void in_colours(void)
{
    struct scenario *scenarios[2];
    struct suite suite = two(scenarios);
    check(&suite, true, 44,
          "\033[1mpending-backoff\033[0m  Höflich asks again after 1,\n"
          "                 2, 4 minutes and more\n"
          "                 \033[2mRC-PEND-3 RC-PEND-4\033[0m\n"
          "                 \033[2m#backoff\033[0m\n"
          "\033[1mö\033[0m                Short\n");
    done(scenarios);
}

static void a_long_id_has_a_line_of_its_own(void)
{
    struct scenario *scenarios[2];
    struct suite suite = two(scenarios);
    scenarios[0]->id = "a-name-that-is-longer-than-forty-characters";
    check(&suite, false, 0,
          "a-name-that-is-longer-than-forty-characters\n"
          "   Höflich asks again after 1, 2, 4 minutes and more\n"
          "   RC-PEND-3 RC-PEND-4 #backoff\n"
          "ö  Short\n");
    done(scenarios);
}

static void an_id_of_forty_characters_still_shares_its_line(void)
{
    struct scenario *scenarios[2];
    struct suite suite = two(scenarios);
    scenarios[0]->id = "a-name-that-is-exactly-forty-letters-lon";
    scenarios[0]->cover_count = scenarios[0]->tag_count = 0;
    scenarios[0]->title = "x";
    check(&suite, false, 0,
          "a-name-that-is-exactly-forty-letters-lon  x\n"
          "ö                                         Short\n");
    done(scenarios);
}

static void nothing_to_show(void)
{
    check(&(struct suite){0}, true, 80, "");
}

static void tags_are_found_whole(void)
{
    struct scenario *s = testing_scenario(TOP("tags: [backoff, long]"));
    CU_ASSERT_TRUE(scenario_has_tag(s, "backoff"));
    CU_ASSERT_TRUE(scenario_has_tag(s, "long"));
    CU_ASSERT_FALSE(scenario_has_tag(s, "lon"));
    CU_ASSERT_FALSE(scenario_has_tag(s, ""));
    scenario_free(s);
}

static void problems_as_lines(void)
{
    struct diagnostics diagnostics;
    struct buffer out;
    diagnostics_init(&diagnostics);
    buffer_init(&out, TEXT_BYTES_MAX);
    diagnostics_add(&diagnostics, "a.yaml", (struct place){3, 14}, "expected %s", "this");
    diagnostics_add(&diagnostics, "b.yaml", (struct place){0}, "is %d", 1);
    diagnostics_add(&diagnostics, "", (struct place){0}, "all");
    diagnostics_format(&diagnostics, &out);
    CU_ASSERT_STRING_EQUAL(buffer_string(&out), "a.yaml:3:14: error: expected this\n"
                                                "b.yaml: error: is 1\n"
                                                "error: all\n");
    buffer_done(&out);
    diagnostics_done(&diagnostics);
}

static void not_more_problems_than_there_may_be(void)
{
    struct diagnostics diagnostics;
    struct buffer out;
    diagnostics_init(&diagnostics);
    for (unsigned i = 0; i < DIAGNOSTICS_MAX; i++)
        diagnostics_add(&diagnostics, "a", (struct place){i + 1, 1}, "x");
    CU_ASSERT_FALSE(diagnostics.cut);
    diagnostics_add(&diagnostics, "a", (struct place){1, 1}, "x");
    CU_ASSERT_TRUE(diagnostics.cut);
    CU_ASSERT_EQUAL(diagnostics.count, DIAGNOSTICS_MAX);
    buffer_init(&out, TEXT_BYTES_MAX);
    diagnostics_format(&diagnostics, &out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "\nerror: more problems than the 1000 "));
    buffer_done(&out);
    diagnostics_done(&diagnostics);
}

/* A file so full of mistakes that they don't all fit is still refused. */
static void a_cut_list_is_no_success(void)
{
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_text(&text, "scenario: t\nsteps:\n");
    for (unsigned i = 0; i <= DIAGNOSTICS_MAX; i++)
        buffer_text(&text, "- x: y\n");
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    for (int turn = 0; turn < 2; turn++)
        CU_ASSERT_PTR_NULL(scenario_parse("x.yaml", NULL, text.data, text.length, &diagnostics));
    CU_ASSERT_TRUE(diagnostics.cut);
    diagnostics_done(&diagnostics);
    buffer_done(&text);
}

static void order_is_that_of_the_file(void)
{
    static const struct place places[] = {{9, 9}, {3, 1}, {2, 7}, {3, 1}, {2, 5}};
    static const char *const texts[] = {"before", "c", "b", "d", "a"};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    for (size_t i = 0; i < 5; i++)
        diagnostics_add(&diagnostics, "x", places[i], "%s", texts[i]);
    diagnostics_sort(&diagnostics, 1);
    static const char *const sorted[] = {"before", "a", "b", "c", "d"};
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_STRING_EQUAL(diagnostics.items[i].text, sorted[i]);
    diagnostics_done(&diagnostics);
}

void tests_harness_scenario_overview(void);
void tests_harness_scenario_overview(void)
{
    TEST_SUITE("scenario/overview", {"aligned and wrapped", aligned_and_wrapped},
               {"as narrow as it gets", as_narrow_as_it_gets}, {"in colours", in_colours},
               {"a long id has a line of its own", a_long_id_has_a_line_of_its_own},
               {"an id of forty characters still shares its line",
                an_id_of_forty_characters_still_shares_its_line},
               {"nothing to show", nothing_to_show}, {"tags are found whole", tags_are_found_whole},
               {"problems as lines", problems_as_lines},
               {"not more problems than there may be", not_more_problems_than_there_may_be},
               {"a cut list is no success", a_cut_list_is_no_success},
               {"order is that of the file", order_is_that_of_the_file});
}
