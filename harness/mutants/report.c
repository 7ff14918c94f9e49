/* SPDX-License-Identifier: MIT */
#include "harness/mutants/mutants.h"
#include "harness/report/json.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <string.h>

/* --- for people ------------------------------------------------------------------------------ */

enum { OUTCOME_COLUMNS = 10, RULES_COLUMNS_MAX = 64, ERRORS_SHOWN_MAX = 3 };

static const char *const outcome_colours[MUTANT_OUTCOMES] = {[MUTANT_KILLED] = "32",
                                                             [MUTANT_MISNAMED] = "1;33",
                                                             [MUTANT_SURVIVED] = "1;31",
                                                             [MUTANT_UNDECIDED] = "1;35"};

static void quirk_rules(const struct phone_quirk *quirk, struct buffer *out)
{
    for (size_t i = 0; i < QUIRK_RULES_MAX && quirk->rules[i]; i++)
        buffer_format(out, "%s%s", i > 0 ? " " : "", quirk->rules[i]);
}

static void named_rules(const struct judge_failure *failure, struct buffer *out)
{
    for (size_t i = 0; i < failure->rule_count; i++)
        buffer_format(out, "%s%s", i > 0 ? " " : "",
                      vendor_rule(vendor_default(), failure->rules[i])->id);
    if (failure->rule_count == 0)
        buffer_text(out, "no rule");
    if (failure->standing)
        buffer_format(out, " (%s)", standing_rule_names[failure->standing_rule]);
}

/* Columns that the widest entry needs. */
static void measure(const struct mutants *mutants, size_t *ret_name, size_t *ret_rules)
{
    *ret_name = *ret_rules = strlen("DEFECT");
    for (size_t i = 0; i < mutants->count; i++) {
        struct buffer text;
        size_t name = strlen(mutants->items[i].quirk->name);
        buffer_init(&text, RULES_COLUMNS_MAX);
        quirk_rules(mutants->items[i].quirk, &text);
        *ret_name = name > *ret_name ? name : *ret_name;
        *ret_rules = text.length > *ret_rules ? text.length : *ret_rules;
        buffer_done(&text);
    }
}

static void catch_line(const struct mutants *mutants, const struct mutant_try *try,
                       struct buffer *out)
{
    report_text_line(out, mutants->suite->scenarios[try->scenario]->id);
    buffer_text(out, try->finding == MUTANT_CAUGHT ? ": " : ": wrongly ");
    named_rules(try->failure, out);
    if (mutants->unsound[try->scenario])
        buffer_text(out, " (fails on a sound phone too)");
}

static void caught_by(const struct mutants *mutants, const struct mutant *mutant, size_t indent,
                      struct buffer *out)
{
    size_t shown = 0, passed = 0, errors = 0;
    for (size_t i = 0; i < mutant->try_count; i++) {
        const struct mutant_try *try = &mutant->tries[i];
        passed += try->finding == MUTANT_PASSED;
        errors += try->finding == MUTANT_LAB_ERROR;
        if (!try->failure)
            continue;
        if (shown++ > 0) {
            buffer_u8(out, '\n');
            report_text_spaces(out, indent);
        }
        catch_line(mutants, try, out);
    }
    if (shown == 0)
        buffer_format(out, "%zu scenario%s passed", passed, passed == 1 ? "" : "s");
    if (errors > 0)
        buffer_format(out, "; %zu lab error%s", errors, errors == 1 ? "" : "s");
    buffer_u8(out, '\n');
}

static void mutant_lines(const struct mutants *mutants, const struct mutant *mutant,
                         size_t name_columns, size_t rules_columns, bool colour, struct buffer *out)
{
    enum mutant_outcome outcome = mutant_outcome(mutants, mutant);
    struct buffer text;
    if (colour)
        buffer_format(out, "\033[%sm", outcome_colours[outcome]);
    report_text_padded(out, mutant_outcome_names[outcome], OUTCOME_COLUMNS);
    if (colour)
        buffer_text(out, "\033[0m");
    buffer_text(out, "  ");
    report_text_padded(out, mutant->quirk->name, name_columns);
    buffer_text(out, "  ");
    buffer_init(&text, RULES_COLUMNS_MAX);
    quirk_rules(mutant->quirk, &text);
    report_text_padded(out, buffer_string(&text), rules_columns);
    buffer_done(&text);
    buffer_text(out, "  ");
    caught_by(mutants, mutant, OUTCOME_COLUMNS + name_columns + rules_columns + 6, out);
}

static void lab_errors(const struct mutants *mutants, struct buffer *out)
{
    size_t shown = 0;
    for (size_t i = 0; i < mutants->count; i++) {
        const struct mutant *mutant = &mutants->items[i];
        for (size_t k = 0; k < mutant->try_count && shown < ERRORS_SHOWN_MAX; k++) {
            if (mutant->tries[k].finding != MUTANT_LAB_ERROR)
                continue;
            shown++;
            buffer_text(out, "lab error: ");
            report_text_line(out, mutants->suite->scenarios[mutant->tries[k].scenario]->id);
            buffer_format(out, " on %s: ", mutant->quirk->name);
            report_text_line(out, mutant->tries[k].reason ? mutant->tries[k].reason : "");
            buffer_u8(out, '\n');
        }
    }
}

static void unsound_lines(const struct mutants *mutants, struct buffer *out)
{
    for (size_t i = 0; i < mutants->suite->count; i++) {
        if (!mutants->unsound[i])
            continue;
        buffer_text(out, "not counted, since it fails on a sound phone too: ");
        report_text_line(out, mutants->suite->scenarios[i]->id);
        buffer_text(out, ": ");
        report_text_line(out, mutants->unsound_reasons[i] ? mutants->unsound_reasons[i] : "");
        buffer_u8(out, '\n');
    }
}

void mutants_report_text(const struct mutants *mutants, bool colour, struct buffer *out)
{
    char wall[REPORT_TIME_TEXT_MAX];
    size_t name_columns, rules_columns;
    measure(mutants, &name_columns, &rules_columns);
    report_text_padded(out, "", OUTCOME_COLUMNS + 2);
    report_text_padded(out, "DEFECT", name_columns + 2);
    report_text_padded(out, "BREAKS", rules_columns + 2);
    buffer_text(out, "CAUGHT BY SCENARIO: RULE NAMED\n");
    for (size_t i = 0; i < mutants->count; i++)
        mutant_lines(mutants, &mutants->items[i], name_columns, rules_columns, colour, out);
    buffer_u8(out, '\n');
    unsound_lines(mutants, out);
    lab_errors(mutants, out);
    buffer_format(out, "%zu defect%s: ", mutants->count, mutants->count == 1 ? "" : "s");
    for (size_t i = 0, shown = 0; i < MUTANT_OUTCOMES; i++) {
        size_t with = mutants_with(mutants, (enum mutant_outcome)i);
        if (with > 0)
            buffer_format(out, "%s%zu %s", shown++ > 0 ? ", " : "", with, mutant_outcome_names[i]);
    }
    buffer_format(out, ". %zu runs in %s.\n", mutants->runs,
                  report_wall_time(mutants->wall_us, wall));
}

/* --- for machines ----------------------------------------------------------------------------- */

static json_t *failure_json(const struct mutants *mutants, const struct mutant *mutant,
                            const struct mutant_try *try)
{
    const struct scenario *scenario = mutants->suite->scenarios[try->scenario];
    const struct judge_failure *failure = try->failure;
    json_t *named = json_array();
    for (size_t i = 0; i < failure->rule_count; i++)
        json_array_append_new(named,
                              json_string(vendor_rule(vendor_default(), failure->rules[i])->id));
    bool standing = failure->standing;
    return json_pack("{s:o, s:o, s:o, s:s*, s:o*, s:o, s:o, s:I, s:o, s:b}", "scenario",
                     report_json_text(scenario->id), "file", report_json_text(scenario->path),
                     "rules", named, "standing",
                     standing ? standing_rule_names[failure->standing_rule] : NULL, "line",
                     standing ? NULL : json_integer(failure->place.line), "expected",
                     report_json_text(failure->expected), "seen", report_json_text(failure->seen),
                     "time_us", (json_int_t)failure->time_us, "folder",
                     json_sprintf("mutants/%s/%s", mutant->quirk->name, scenario->id), "counts",
                     !mutants->unsound[try->scenario]);
}

static json_t *mutant_json(const struct mutants *mutants, const struct mutant *mutant)
{
    json_t *breaks = json_array(), *caught = json_array();
    json_t *mistaken = json_array(), *passed = json_array(), *errors = json_array();
    for (size_t i = 0; i < QUIRK_RULES_MAX && mutant->quirk->rules[i]; i++)
        json_array_append_new(breaks, json_string(mutant->quirk->rules[i]));
    for (size_t i = 0; i < mutant->try_count; i++) {
        const struct mutant_try *try = &mutant->tries[i];
        json_t *id = report_json_text(mutants->suite->scenarios[try->scenario]->id);
        if (try->finding == MUTANT_PASSED)
            json_array_append(passed, id);
        else if (!try->failure)
            json_array_append_new(errors,
                                  json_pack("{s:O, s:o}", "scenario", id, "reason",
                                            report_json_text(try->reason ? try->reason : "")));
        else
            json_array_append_new(try->finding == MUTANT_CAUGHT ? caught : mistaken,
                                  failure_json(mutants, mutant, try));
        json_decref(id);
    }
    return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "name", mutant->quirk->name,
                     "summary", report_json_text(mutant->quirk->summary), "breaks", breaks,
                     "outcome", mutant_outcome_names[mutant_outcome(mutants, mutant)], "caught",
                     caught, "mistaken", mistaken, "passed", passed, "errors", errors);
}

static json_t *totals_json(const struct mutants *mutants)
{
    json_t *json = json_object();
    json_object_set_new(json, "defects", json_integer((json_int_t)mutants->count));
    for (size_t i = 0; i < MUTANT_OUTCOMES; i++)
        json_object_set_new(
            json, mutant_outcome_names[i],
            json_integer((json_int_t)mutants_with(mutants, (enum mutant_outcome)i)));
    json_object_set_new(json, "runs", json_integer((json_int_t)mutants->runs));
    json_object_set_new(json, "wall_time_us", json_integer((json_int_t)mutants->wall_us));
    return json;
}

void mutants_report_json(const struct mutants *mutants, struct buffer *out)
{
    json_t *items = json_array(), *unsound = json_array();
    for (size_t i = 0; i < mutants->count; i++)
        json_array_append_new(items, mutant_json(mutants, &mutants->items[i]));
    for (size_t i = 0; i < mutants->suite->count; i++)
        if (mutants->unsound[i])
            json_array_append_new(
                unsound,
                json_pack("{s:o, s:o}", "scenario",
                          report_json_text(mutants->suite->scenarios[i]->id), "seen",
                          report_json_text(mutants->unsound_reasons[i] ? mutants->unsound_reasons[i]
                                                                       : "")));
    json_t *root =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "format", MUTANTS_JSON_FORMAT, "version",
                  RCLAB_VERSION, "seed", json_sprintf("%llu", (unsigned long long)mutants->seed),
                  "totals", totals_json(mutants), "defects", items, "unsound", unsound);
    report_json_dump(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER, out);
    buffer_u8(out, '\n');
}
