/* SPDX-License-Identifier: MIT */
#include "harness/yaml/diagnostics_testing.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void testing_show(const char *text, const struct diagnostics *diagnostics)
{
    fprintf(stderr, "--- of\n%s--- came\n", text);
    for (size_t i = 0; i < diagnostics->count; i++)
        fprintf(stderr, "%u:%u: %s\n", diagnostics->items[i].line, diagnostics->items[i].column,
                diagnostics->items[i].text);
}

bool testing_error_matches(const struct error *error, const char *problem)
{
    char text[ERROR_TEXT_MAX + 32];
    snprintf(text, sizeof text, "%u:%u: %s", error->line, error->column, error->text);
    size_t place = (size_t)(strchr(problem, ' ') - problem);
    return strncmp(text, problem, place + 1) == 0 && strstr(text + place, problem + place);
}

void testing_check_problems(const struct error_case *wanted, const struct diagnostics *diagnostics)
{
    size_t count = 0;
    while (count < PROBLEMS_MAX && wanted->problems[count])
        count++;
    bool good = diagnostics->count == count;
    for (size_t k = 0; k < count && k < diagnostics->count; k++)
        good &= testing_error_matches(&diagnostics->items[k], wanted->problems[k]);
    CU_ASSERT(good);
    if (!good)
        testing_show(wanted->text, diagnostics);
}
