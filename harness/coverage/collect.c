/* SPDX-License-Identifier: MIT */
#include "harness/base/file.h"
#include "harness/coverage/coverage.h"
#include "harness/mutants/mutants.h"
#include "harness/replay/run_folder.h"
#include "harness/report/report.h"
#include "harness/vendor/vendor.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- scenarios and verdicts ------------------------------------------------------------------- */

static int verdict_of(const json_t *result)
{
    const char *name = json_string_value(json_object_get(result, "verdict"));
    for (int i = 0; name && i < VERDICT_COUNT; i++)
        if (strcmp(name, verdict_names[i]) == 0)
            return i;
    return COVERAGE_NOT_RUN;
}

static const json_t *result_of(const json_t *results, const char *id)
{
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result)
    {
        const char *name = json_string_value(json_object_get(result, "id"));
        if (name && strcmp(name, id) == 0)
            return result;
    }
    return NULL;
}

/* The folder may have been moved since: only its name counts. */
static void run_folder_of(const char *folder, const json_t *result, char path[FILE_PATH_MAX])
{
    const char *was = json_string_value(json_object_get(result, "folder"));
    const char *name = was ? strrchr(was, '/') : NULL;
    snprintf(path, FILE_PATH_MAX, "%s/runs/%s", folder, name ? name + 1 : was ? was : "");
}

/* What a failed run shows is no coverage: nobody judged it fine. */
static int add_timeline(struct coverage_sources *sources, size_t number, const char *folder,
                        const json_t *result, struct error *error)
{
    char path[FILE_PATH_MAX];
    struct timeline timeline;
    const struct scenario *scenario = sources->suite->scenarios[number];
    run_folder_of(folder, result, path);
    timeline_init(&timeline);
    int code = run_folder_timeline(path, scenario, &timeline, error);
    if (code == 0)
        coverage_add_timeline(&sources->coverage, number, &timeline, scenario->phone_count);
    timeline_done(&timeline);
    return code;
}

static int add_scenarios(struct coverage_sources *sources, const char *folder, struct error *error)
{
    struct coverage *coverage = &sources->coverage;
    const json_t *results = json_object_get(sources->results, "results");
    if (!json_is_array(results))
        return error_set(error, ERROR_INVALID, "%s/results.json holds no results", folder);
    coverage->scenarios = calloc(sources->suite->count + 1, sizeof *coverage->scenarios);
    if (!coverage->scenarios)
        return error_set(error, ERROR_MEMORY, "out of memory");
    coverage->scenario_count = sources->suite->count;
    int code = 0;
    for (size_t i = 0; code == 0 && i < sources->suite->count; i++) {
        const struct scenario *scenario = sources->suite->scenarios[i];
        const json_t *result = result_of(results, scenario->id);
        coverage->scenarios[i] =
            (struct coverage_scenario){.id = scenario->id,
                                       .title = scenario->title,
                                       .covers = scenario->covers,
                                       .cover_count = scenario->cover_count,
                                       .verdict = result ? verdict_of(result) : COVERAGE_NOT_RUN};
        if (coverage->scenarios[i].verdict == VERDICT_PASS)
            code = add_timeline(sources, i, folder, result, error);
    }
    return code;
}

/* --- defects ---------------------------------------------------------------------------------- */

static void take_rules(struct coverage_quirk *quirk, const json_t *ids)
{
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        if (json_is_string(id) && quirk->rule_count < COVERAGE_QUIRK_RULES_MAX &&
            vendor_rule_find(vendor_default(), json_string_value(id),
                             &quirk->rules[quirk->rule_count]))
            quirk->rule_count++;
    }
}

static const json_t *first_catch(const json_t *caught)
{
    size_t i;
    json_t *catch;
    json_array_foreach(caught, i, catch)
    {
        if (json_is_true(json_object_get(catch, "counts")))
            return catch;
    }
    return NULL;
}

static void take_catch(struct coverage_quirk *quirk, const json_t *catch)
{
    const char *rule = json_string_value(json_array_get(json_object_get(catch, "rules"), 0));
    quirk->caught_by = json_string_value(json_object_get(catch, "scenario"));
    if (!rule || !vendor_rule_find(vendor_default(), rule, &quirk->named))
        quirk->killed = false;
}

static int add_defects(struct coverage_sources *sources, const char *folder, struct error *error)
{
    struct coverage *coverage = &sources->coverage;
    const json_t *defects = json_object_get(sources->mutants, "defects");
    const char *format = json_string_value(json_object_get(sources->mutants, "format"));
    size_t count = json_array_size(defects);
    if (!format || strcmp(format, MUTANTS_JSON_FORMAT) != 0 || !json_is_array(defects) ||
        count > COVERAGE_DEFECTS_MAX)
        return error_set(error, ERROR_INVALID,
                         "%s/" MUTANTS_JSON_NAME " is not what this version writes", folder);
    coverage->quirks = calloc(count + 1, sizeof *coverage->quirks);
    if (!coverage->quirks)
        return error_set(error, ERROR_MEMORY, "out of memory");
    coverage->have_quirks = true;
    for (size_t i = 0; i < count; i++) {
        const json_t *defect = json_array_get(defects, i);
        const char *name = json_string_value(json_object_get(defect, "name"));
        const char *outcome = json_string_value(json_object_get(defect, "outcome"));
        if (!name || !outcome)
            continue;
        struct coverage_quirk *quirk = &coverage->quirks[coverage->quirk_count++];
        *quirk = (struct coverage_quirk){
            .name = name,
            .outcome = outcome,
            .killed = strcmp(outcome, mutant_outcome_names[MUTANT_KILLED]) == 0};
        take_rules(quirk, json_object_get(defect, "breaks"));
        take_catch(quirk, first_catch(json_object_get(defect, "caught")));
    }
    return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static int load(const char *folder, const char *name, bool needed, json_t **ret_json,
                struct error *error)
{
    char path[FILE_PATH_MAX];
    json_error_t reason;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, F_OK) < 0 && !needed)
        return 0;
    if (access(path, R_OK) < 0) {
        error_set_errno(error, errno, "cannot read %s: run the suite first, with --out %s", path,
                        folder);
        return ERROR_INVALID;
    }
    json_t *json = json_load_file(path, 0, &reason);
    if (!json)
        return error_set(error, ERROR_INVALID, "%s:%d: %s", path, reason.line, reason.text);
    *ret_json = json;
    return 0;
}

int coverage_collect(const char *folder, const struct suite *suite,
                     struct coverage_sources *ret_sources, struct error *error)
{
    *ret_sources = (struct coverage_sources){.suite = suite};
    int code = load(folder, REPORT_JSON_NAME, true, &ret_sources->results, error);
    if (code == 0)
        code = load(folder, MUTANTS_JSON_NAME, false, &ret_sources->mutants, error);
    if (code == 0)
        code = add_scenarios(ret_sources, folder, error);
    if (code == 0 && ret_sources->mutants)
        code = add_defects(ret_sources, folder, error);
    return code;
}

void coverage_sources_done(struct coverage_sources *sources)
{
    json_decref(sources->results);
    json_decref(sources->mutants);
    free(sources->coverage.scenarios);
    free(sources->coverage.quirks);
    *sources = (struct coverage_sources){0};
}
