/* SPDX-License-Identifier: MIT */
/* What the tests of this room share. */
#ifndef RCLAB_SCENARIO_LOAD_TESTING_H
#define RCLAB_SCENARIO_LOAD_TESTING_H

#include "harness/base/testing.h"
#include "harness/scenario/load.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of a scenario, one step, or the inside of `given`, made whole. What is given begins at
 * 2:1, at 3:5, and at 2:9. */
#define TOP(text) "scenario: t\n" text "\nsteps:\n  - reboot:\n"
#define STEP(text) "scenario: t\nsteps:\n  - " text "\n"
#define GIVEN(text) "scenario: t\ngiven: {" text "}\nsteps:\n  - reboot:\n"

enum { PROBLEMS_MAX = 6 };
struct error_case {
    const char *text;
    const char
        *problems[PROBLEMS_MAX]; /* "LINE:COLUMN: part of the message", all of them in order */
};

static inline void testing_show(const char *text, const struct diagnostics *diagnostics)
{
    fprintf(stderr, "--- of\n%s--- came\n", text);
    for (size_t i = 0; i < diagnostics->count; i++)
        fprintf(stderr, "%u:%u: %s\n", diagnostics->items[i].line, diagnostics->items[i].column,
                diagnostics->items[i].text);
}

static inline bool testing_error_matches(const struct error *error, const char *problem)
{
    char text[ERROR_TEXT_MAX + 32];
    snprintf(text, sizeof text, "%u:%u: %s", error->line, error->column, error->text);
    size_t place = (size_t)(strchr(problem, ' ') - problem);
    return strncmp(text, problem, place + 1) == 0 && strstr(text + place, problem + place);
}

static inline void testing_check_errors(const struct error_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        size_t length = strlen(cases[i].text), wanted = 0;
        struct scenario *scenario =
            scenario_parse("x.yaml", NULL, (const uint8_t *)cases[i].text, length, &diagnostics);
        bool good = scenario == NULL;
        while (wanted < PROBLEMS_MAX && cases[i].problems[wanted])
            wanted++;
        good &= diagnostics.count == wanted;
        for (size_t k = 0; k < wanted && k < diagnostics.count; k++)
            good &= testing_error_matches(&diagnostics.items[k], cases[i].problems[k]);
        CU_ASSERT(good);
        if (!good)
            testing_show(cases[i].text, &diagnostics);
        scenario_free(scenario);
        diagnostics_done(&diagnostics);
    }
}

/* A scenario that must be good. */
static inline struct scenario *testing_scenario(const char *text)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse("folder/x.yaml", NULL, (const uint8_t *)text, strlen(text), &diagnostics);
    if (!scenario)
        testing_show(text, &diagnostics);
    diagnostics_done(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    return scenario;
}

#endif
