/* SPDX-License-Identifier: MIT */
#include "harness/base/suggest.h"
#include "harness/base/testing.h"
#include <string.h>

void tests_harness_base_suggest(void);

static const char *const keys[] = {"scenario", "covers", "tags",    "phones",   "given", "steps",
                                   "waive",    "about",  "runs-on", "readings", "x"};
enum { KEYS = sizeof keys / sizeof keys[0] };

static void near_misses(void)
{
    static const struct {
        const char *text, *meant;
    } cases[] = {
        {"scenaroi", "scenario"}, {"step", "steps"},        {"stpes", "steps"},
        {"Covers", "covers"},     {"tgas", "tags"},         {"run-on", "runs-on"},
        {"reading", "readings"},  {"phonse", "phones"},     {"scnaroi", "scenario"},
        {"steps", "steps"},       {"raedinsg", "readings"}, {"pohnse", "phones"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = suggest_nearest(cases[i].text, keys, KEYS);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_STRING_EQUAL(found, cases[i].meant);
    }
}

static void no_near_miss(void)
{
    static const char *const cases[] = {"", "y", "network", "tip", "scexxxxo", "stxxs"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_PTR_NULL(suggest_nearest(cases[i], keys, KEYS));
    CU_ASSERT_PTR_NULL(suggest_nearest("steps", keys, 0));
}

static void the_nearest_wins(void)
{
    static const char *const names[] = {"profiles", "profile", "profil"};
    CU_ASSERT_STRING_EQUAL(suggest_nearest("profile", names, 3), "profile");
    CU_ASSERT_STRING_EQUAL(suggest_nearest("profilez", names, 3), "profiles");
}

static void long_names_are_left_alone(void)
{
    char name[200];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const names[] = {name, "abc"};
    CU_ASSERT_PTR_NULL(suggest_nearest(name, names, 2));
    CU_ASSERT_STRING_EQUAL(suggest_nearest("abd", names, 2), "abc");
    for (size_t length = 64; length >= 63; length--) {
        name[length] = '\0';
        CU_ASSERT_EQUAL(suggest_nearest(name, names, 2) == name, length == 63);
    }
}

void tests_harness_base_suggest(void)
{
    TEST_SUITE("base/suggest", {"near misses", near_misses}, {"no near miss", no_near_miss},
               {"the nearest wins", the_nearest_wins},
               {"long names are left alone", long_names_are_left_alone});
}
