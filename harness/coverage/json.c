/* SPDX-License-Identifier: MIT */
#include "harness/report/json.h"
#include "harness/coverage/coverage.h"
#include "harness/vendor/vendor.h"

static json_t *rule_json(const struct coverage *coverage, enum rule_id rule)
{
    json_t *json = json_object(), *scenarios = json_array(), *quirks = json_array();
    for (size_t i = 0; i < coverage->scenario_count; i++) {
        const struct coverage_scenario *scenario = &coverage->scenarios[i];
        if (!coverage_scenario_covers(scenario, rule))
            continue;
        bool ran = scenario->verdict != COVERAGE_NOT_RUN;
        json_array_append_new(
            scenarios,
            json_pack("{s:o, s:o}", "id", report_json_text(scenario->id), "verdict",
                      ran ? json_string(verdict_names[scenario->verdict]) : json_null()));
    }
    for (size_t i = 0; i < coverage->quirk_count; i++) {
        const struct coverage_quirk *quirk = &coverage->quirks[i];
        if (coverage_quirk_breaks(quirk, rule))
            json_array_append_new(quirks, json_pack("{s:o, s:o, s:o}", "name",
                                                    report_json_text(quirk->name), "outcome",
                                                    report_json_text(quirk->outcome), "caught_by",
                                                    report_json_text(quirk->caught_by)));
    }
    json_object_set_new(json, "id", json_string(vendor_rule(vendor_default(), rule)->id));
    json_object_set_new(json, "summary", json_string(vendor_rule(vendor_default(), rule)->summary));
    json_object_set_new(json, "coverage",
                        json_string(coverage_gap_names[coverage_rule_gap(coverage, rule)]));
    if (coverage_unobservable(rule))
        json_object_set_new(json, "reason", json_string(coverage_unobservable(rule)));
    json_object_set_new(json, "scenarios", scenarios);
    json_object_set_new(json, "defects", quirks);
    return json;
}

static json_t *cell_json(const struct coverage *coverage, enum customization_state state,
                         enum coverage_event event)
{
    const struct coverage_cell *cell = &coverage->cells[state][event];
    const char *reason = coverage_impossible(state, event);
    const char *word = cell->scenarios > 0 ? "covered" : reason ? "impossible" : "missing";
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:I, s:o}", "state", vendor_state_name(vendor_default(), state),
                  "event", coverage_event_names[event], "coverage", word, "scenarios",
                  (json_int_t)cell->scenarios, "example", report_json_text(cell->example));
    if (cell->scenarios == 0 && reason)
        json_object_set_new(json, "reason", json_string(reason));
    return json;
}

void coverage_json(const struct coverage *coverage, struct buffer *out)
{
    json_t *root = json_object(), *rule_list = json_array(), *cells = json_array();
    size_t possible, gaps = coverage_cell_gaps(coverage, &possible);
    for (size_t i = 0; i < RULE_COUNT; i++)
        json_array_append_new(rule_list, rule_json(coverage, (enum rule_id)i));
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
        for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++)
            json_array_append_new(cells, cell_json(coverage, (enum customization_state)state,
                                                   (enum coverage_event)event));
    json_object_set_new(root, "format", json_string("rclab-coverage-1"));
    json_object_set_new(root, "version", json_string(RCLAB_VERSION));
    json_object_set_new(root, "rules_lacking",
                        json_integer((json_int_t)coverage_rule_gaps(coverage)));
    json_object_set_new(root, "cells_possible", json_integer((json_int_t)possible));
    json_object_set_new(root, "cells_missing", json_integer((json_int_t)gaps));
    json_object_set_new(root, "defects_known", json_boolean(coverage->have_quirks));
    json_object_set_new(root, "rules", rule_list);
    json_object_set_new(root, "cells", cells);
    report_json_dump(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER, out);
    buffer_u8(out, '\n');
}
