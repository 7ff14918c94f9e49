/* SPDX-License-Identifier: MIT */
#include "harness/command/results.h"
#include "harness/base/file.h"
#include "harness/command/command.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- folders --------------------------------------------------------------------------------- */

static int make_run_folder(char **ret_folder, const char *out, const char *id, unsigned repeat,
                           struct error *error)
{
    char *folder = NULL;
    int length = repeat > 1 ? asprintf(&folder, "%s/runs/%s.%u", out, id, repeat)
                            : asprintf(&folder, "%s/runs/%s", out, id);
    if (length < 0)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int result = folder_make_empty(folder, error);
    if (result < 0) {
        free(folder);
        return result;
    }
    *ret_folder = folder;
    return 0;
}

/* --- life ------------------------------------------------------------------------------------ */

static int add_scenario(struct results *results, const struct scenario *scenario, uint64_t seed,
                        const char *out, struct error *error)
{
    for (unsigned repeat = 1; repeat <= results->repeats; repeat++) {
        size_t at = results->count;
        int result = make_run_folder(&results->folders[at], out, scenario->id, repeat, error);
        if (result < 0)
            return result;
        results->items[at] =
            (struct report_result){.scenario = scenario,
                                   .judgement = &results->judgements[at],
                                   .seed = run_scenario_seed(seed + repeat - 1, scenario->id),
                                   .repeat = results->repeats > 1 ? repeat : 0,
                                   .folder = results->folders[at]};
        results->count++;
    }
    return 0;
}

int results_init(struct results *results, const struct suite *suite, const char *tag,
                 unsigned repeats, uint64_t seed, const char *out, struct error *error)
{
    size_t most = suite->count * repeats + 1;
    *results = (struct results){.repeats = repeats};
    results->items = calloc(most, sizeof *results->items);
    results->have = calloc(most, sizeof *results->have);
    results->judgements = calloc(most, sizeof *results->judgements);
    results->folders = calloc(most, sizeof *results->folders);
    int result = 0;
    if (!results->items || !results->have || !results->judgements || !results->folders)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; result == 0 && i < suite->count; i++) {
        if (!tag || scenario_has_tag(suite->scenarios[i], tag))
            result = add_scenario(results, suite->scenarios[i], seed, out, error);
    }
    return result;
}

void results_done(struct results *results)
{
    for (size_t i = 0; results->folders && i < results->count; i++)
        free(results->folders[i]);
    free(results->items);
    free(results->have);
    free(results->judgements);
    free(results->folders);
    *results = (struct results){0};
}

const struct report_result *results_add(struct results *results, size_t job,
                                        const struct judgement *judgement, uint64_t wall_us)
{
    results->judgements[job] = *judgement;
    results->items[job].wall_us = wall_us;
    results->have[job] = true;
    return &results->items[job];
}

/* --- repeats --------------------------------------------------------------------------------- */

/* The first that is worse than a pass, or the first that came in. */
static size_t worst_of(const struct results *results, size_t first, size_t count)
{
    size_t came = first + count;
    for (size_t i = first + count; i-- > first;) {
        if (results->have[i])
            came = i;
    }
    for (size_t i = came; i < first + count; i++) {
        if (results->have[i] && results->judgements[i].verdict != VERDICT_PASS)
            return i;
    }
    return came < first + count ? came : first;
}

static void merge(struct results *results, size_t first, size_t into)
{
    size_t passed = 0, seen = 0, chosen = worst_of(results, first, results->repeats);
    bool differ = false;
    uint64_t wall_us = 0;
    for (size_t i = first; i < first + results->repeats; i++) {
        if (!results->have[i])
            continue;
        seen++;
        wall_us += results->items[i].wall_us;
        passed += results->judgements[i].verdict == VERDICT_PASS;
        differ = differ || results->judgements[i].verdict != results->judgements[chosen].verdict;
    }
    results->have[into] = seen > 0;
    results->judgements[into] = results->judgements[chosen];
    char *folder = results->folders[into];
    results->folders[into] = results->folders[chosen];
    results->folders[chosen] = folder;
    results->items[into] = results->items[chosen];
    results->items[into].judgement = &results->judgements[into];
    results->items[into].wall_us = wall_us;
    results->items[into].repeat = 0;
    if (differ) {
        results->judgements[into].verdict = VERDICT_FLAKY;
        snprintf(results->judgements[into].reason, sizeof results->judgements[into].reason,
                 "%zu of %zu repeats passed", passed, seen);
    }
}

void results_merge_repeats(struct results *results)
{
    if (results->repeats <= 1)
        return;
    size_t scenarios = results->count / results->repeats;
    for (size_t i = 0; i < scenarios; i++)
        merge(results, i * results->repeats, i);
    for (size_t i = scenarios; i < results->count; i++)
        free(results->folders[i]);
    results->count = scenarios;
    results->repeats = 1;
}

/* --- reports --------------------------------------------------------------------------------- */

void results_totals(const struct results *results, uint64_t wall_us,
                    struct report_totals *ret_totals)
{
    *ret_totals = (struct report_totals){.wall_us = wall_us};
    for (size_t i = 0; i < results->count; i++) {
        if (!results->have[i])
            continue;
        ret_totals->scenarios++;
        ret_totals->by_verdict[results->judgements[i].verdict]++;
        ret_totals->phone_us += results->judgements[i].end_us;
    }
}

int results_write(const struct results *results, const char *out,
                  const struct report_totals *totals, struct error *error)
{
    char path[FILE_PATH_MAX];
    struct report_result *came = calloc(results->count + 1, sizeof *came);
    size_t count = 0;
    int result = 0;
    if (!came)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < results->count; i++) {
        if (!results->have[i])
            continue;
        came[count++] = results->items[i];
        if (result == 0)
            result = report_verdict_write(&results->items[i], error);
    }
    snprintf(path, sizeof path, "%s/junit.xml", out);
    if (result == 0)
        result = report_junit_write(path, came, count, totals, error);
    snprintf(path, sizeof path, "%s/results.json", out);
    if (result == 0)
        result = report_json_write(path, came, count, totals, error);
    free(came);
    return result;
}

enum exit_code results_exit_code(const struct report_totals *totals)
{
    if (totals->by_verdict[VERDICT_FAIL] + totals->by_verdict[VERDICT_FLAKY] > 0)
        return EXIT_CODE_FAIL;
    return totals->by_verdict[VERDICT_ERROR] > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

enum exit_code results_report(const struct results *results, struct report_live *live,
                              uint64_t wall_us, const char *out, bool interrupted)
{
    struct report_totals totals;
    struct error error;
    results_totals(results, wall_us, &totals);
    if (results_write(results, out, &totals, &error) < 0)
        return command_lab_error(&error);
    report_live_end(live, &totals, out);
    if (interrupted)
        return command_interrupted("what had not ended is not in the reports");
    return results_exit_code(&totals);
}
