/* SPDX-License-Identifier: MIT */
/* Whatever somebody writes into a step to be set, a setting or a problem comes out. */
#include "harness/base/testing.h"
#include "harness/scenario/setting.h"

int fuzz_harness_scenario_parse_setting(const uint8_t *data, size_t size);
int fuzz_harness_scenario_parse_setting(const uint8_t *data, size_t size)
{
    static const struct scenario_phone phones[] = {{"desk-1", "8841"}};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct setting *setting =
        setting_parse("--set", NULL, (const char *)data, size, phones, 1, &diagnostics);
    int bad = (setting == NULL) != (diagnostics.count > 0);
    setting_free(setting);
    diagnostics_done(&diagnostics);
    return bad;
}
