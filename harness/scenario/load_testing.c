/* SPDX-License-Identifier: MIT */
#include "harness/scenario/load_testing.h"
#include "harness/base/testing.h"
#include "harness/yaml/diagnostics_testing.h"
#include <stdlib.h>
#include <string.h>

void testing_check_errors(const struct error_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        struct scenario *scenario = scenario_parse("x.yaml", NULL, (const uint8_t *)cases[i].text,
                                                   strlen(cases[i].text), &diagnostics);
        CU_ASSERT_PTR_NULL(scenario);
        testing_check_problems(&cases[i], &diagnostics);
        scenario_free(scenario);
        diagnostics_done(&diagnostics);
    }
}

struct scenario *testing_scenario(const char *text)
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
