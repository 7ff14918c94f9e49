/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/command/results.h"
#include "harness/run/run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OUT_BYTES = 256, PATH_BYTES = 512, SCENARIOS = 3 };

struct bench {
    struct suite suite;
    struct results results;
    char out[OUT_BYTES];
};

static const char *path_in(const char *folder, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static bool exists(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    struct stat status;
    return stat(path_in(folder, name, path), &status) == 0;
}

/* Scenarios a, b and c; only b has the tag `chosen`. */
static void bench_init(struct bench *bench, const char *tag, unsigned repeats)
{
    static const char *const names[SCENARIOS] = {"a.yaml", "b.yaml", "c.yaml"};
    const char *folder = testing_folder();
    struct diagnostics diagnostics;
    struct error error = {0};
    char path[PATH_BYTES];
    for (size_t i = 0; i < SCENARIOS; i++)
        put(path_in(folder, names[i], path),
            i == 1 ? "scenario: t\ntags: [chosen]\nsteps:\n  - reboot:\n"
                   : "scenario: t\nsteps:\n  - reboot:\n");
    diagnostics_init(&diagnostics);
    CU_ASSERT_EQUAL_FATAL(suite_load(&folder, 1, &bench->suite, &diagnostics), 0);
    diagnostics_done(&diagnostics);
    snprintf(bench->out, sizeof bench->out, "%s/deep/out", testing_folder());
    CU_ASSERT_EQUAL_FATAL(
        results_init(&bench->results, &bench->suite, tag, repeats, 7, bench->out, &error), 0);
}

static void bench_done(struct bench *bench)
{
    results_done(&bench->results);
    results_done(&bench->results);
    suite_free(&bench->suite);
}

static const struct report_result *add(struct bench *bench, size_t job, enum verdict verdict,
                                       uint64_t wall_us)
{
    struct judgement *judgement = calloc(1, sizeof *judgement);
    CU_ASSERT_PTR_NOT_NULL_FATAL(judgement);
    judgement->verdict = verdict;
    judgement->end_us = 1000 + job;
    snprintf(judgement->reason, sizeof judgement->reason, "job %zu", job);
    const struct report_result *result = results_add(&bench->results, job, judgement, wall_us);
    free(judgement);
    return result;
}

static void a_job_for_each_scenario(void)
{
    struct bench bench;
    bench_init(&bench, NULL, 1);
    CU_ASSERT_EQUAL_FATAL(bench.results.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct report_result *item = &bench.results.items[i];
        char folder[PATH_BYTES], name[16];
        snprintf(name, sizeof name, "runs/%c", (char)('a' + i));
        CU_ASSERT_PTR_EQUAL(item->scenario, bench.suite.scenarios[i]);
        CU_ASSERT_STRING_EQUAL(item->folder, path_in(bench.out, name, folder));
        CU_ASSERT_TRUE(exists(bench.out, name));
        CU_ASSERT_EQUAL(item->seed, run_scenario_seed(7, item->scenario->id));
        CU_ASSERT_EQUAL(item->repeat, 0);
    }
    CU_ASSERT_NOT_EQUAL(bench.results.items[0].seed, bench.results.items[1].seed);
    bench_done(&bench);
}

static void only_those_with_the_tag(void)
{
    struct bench bench;
    bench_init(&bench, "chosen", 2);
    CU_ASSERT_EQUAL_FATAL(bench.results.count, 2);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_STRING_EQUAL(bench.results.items[i].scenario->id, "b");
        CU_ASSERT_EQUAL(bench.results.items[i].repeat, i + 1);
        CU_ASSERT_EQUAL(bench.results.items[i].seed, run_scenario_seed(7 + i, "b"));
    }
    CU_ASSERT_TRUE(exists(bench.out, "runs/b"));
    CU_ASSERT_TRUE(exists(bench.out, "runs/b.2"));
    CU_ASSERT_FALSE(exists(bench.out, "runs/a"));
    bench_done(&bench);
    bench_init(&bench, "nobody's", 2);
    CU_ASSERT_EQUAL(bench.results.count, 0);
    bench_done(&bench);
}

static void what_an_earlier_run_left_goes(void)
{
    struct bench bench, again;
    char path[PATH_BYTES];
    struct error error = {0};
    bench_init(&bench, NULL, 1);
    put(path_in(bench.out, "runs/a/timeline.jsonl", path), "old");
    put(path_in(bench.out, "kept", path), "");
    CU_ASSERT_EQUAL(results_init(&again.results, &bench.suite, NULL, 1, 7, bench.out, &error), 0);
    CU_ASSERT_TRUE(exists(bench.out, "runs/a"));
    CU_ASSERT_FALSE(exists(bench.out, "runs/a/timeline.jsonl"));
    CU_ASSERT_TRUE(exists(bench.out, "kept"));
    results_done(&again.results);
    /* A file stands where a folder must. */
    CU_ASSERT(results_init(&again.results, &bench.suite, NULL, 1, 7, path, &error) < 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "kept"));
    results_done(&again.results);
    bench_done(&bench);
}

static void repeats_that_agree(void)
{
    struct bench bench;
    char folder[PATH_BYTES];
    bench_init(&bench, NULL, 2);
    CU_ASSERT_EQUAL_FATAL(bench.results.count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct report_result *shown =
            add(&bench, i, i / 2 == 1 ? VERDICT_FAIL : VERDICT_PASS, 10 * (i + 1));
        CU_ASSERT_PTR_EQUAL(shown, &bench.results.items[i]);
        CU_ASSERT_EQUAL(shown->judgement->end_us, 1000 + i);
        CU_ASSERT_EQUAL(shown->wall_us, 10 * (i + 1));
    }
    results_merge_repeats(&bench.results);
    CU_ASSERT_EQUAL_FATAL(bench.results.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct report_result *item = &bench.results.items[i];
        char name[16];
        snprintf(name, sizeof name, "runs/%c", (char)('a' + i));
        CU_ASSERT_EQUAL(item->judgement->verdict, i == 1 ? VERDICT_FAIL : VERDICT_PASS);
        CU_ASSERT_EQUAL(item->judgement->end_us, 1000 + 2 * i);
        CU_ASSERT_EQUAL(item->wall_us, 10 * (4 * i + 3));
        CU_ASSERT_EQUAL(item->repeat, 0);
        CU_ASSERT_STRING_EQUAL(item->scenario->id, bench.suite.scenarios[i]->id);
        CU_ASSERT_STRING_EQUAL(item->folder, path_in(bench.out, name, folder));
        CU_ASSERT_TRUE(bench.results.have[i]);
    }
    results_merge_repeats(&bench.results); /* there is nothing more to merge */
    CU_ASSERT_EQUAL(bench.results.count, 3);
    bench_done(&bench);
}

static void repeats_that_differ(void)
{
    static const enum verdict verdicts[9] = {
        VERDICT_PASS, VERDICT_FAIL,  VERDICT_PASS, /* a */
        VERDICT_PASS, VERDICT_PASS,  VERDICT_PASS, /* b */
        VERDICT_FAIL, VERDICT_ERROR, VERDICT_FAIL, /* c */
    };
    struct bench bench;
    char folder[PATH_BYTES];
    bench_init(&bench, NULL, 3);
    for (size_t i = 9; i-- > 0;)
        add(&bench, i, verdicts[i], 100);
    results_merge_repeats(&bench.results);
    CU_ASSERT_EQUAL_FATAL(bench.results.count, 3);
    const struct report_result *items = bench.results.items;
    CU_ASSERT_EQUAL(items[0].judgement->verdict, VERDICT_FLAKY);
    CU_ASSERT_STRING_EQUAL(items[0].judgement->reason, "2 of 3 repeats passed");
    CU_ASSERT_STRING_EQUAL(items[0].folder, path_in(bench.out, "runs/a.2", folder));
    CU_ASSERT_EQUAL(items[0].seed, run_scenario_seed(8, "a"));
    CU_ASSERT_EQUAL(items[0].judgement->end_us, 1001); /* the failure's evidence */
    CU_ASSERT_EQUAL(items[0].wall_us, 300);
    CU_ASSERT_EQUAL(items[1].judgement->verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(items[2].judgement->verdict, VERDICT_FLAKY);
    CU_ASSERT_STRING_EQUAL(items[2].judgement->reason, "0 of 3 repeats passed");
    CU_ASSERT_STRING_EQUAL(items[2].folder, path_in(bench.out, "runs/c", folder));
    bench_done(&bench);
}

static void an_interrupted_run(void)
{
    struct bench bench;
    struct report_totals totals;
    bench_init(&bench, NULL, 2);
    add(&bench, 1, VERDICT_PASS, 10); /* a's second repeat ended, its first did not */
    add(&bench, 2, VERDICT_FAIL, 20);
    results_merge_repeats(&bench.results);
    CU_ASSERT_TRUE(bench.results.have[0]);
    CU_ASSERT_EQUAL(bench.results.judgements[0].verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(bench.results.judgements[0].end_us, 1001);
    CU_ASSERT_STRING_EQUAL(bench.results.items[0].scenario->id, "a");
    CU_ASSERT_TRUE(bench.results.have[1]);
    CU_ASSERT_FALSE(bench.results.have[2]);
    results_totals(&bench.results, 77, &totals);
    CU_ASSERT_EQUAL(totals.scenarios, 2);
    CU_ASSERT_EQUAL(totals.by_verdict[VERDICT_PASS], 1);
    CU_ASSERT_EQUAL(totals.by_verdict[VERDICT_FAIL], 1);
    CU_ASSERT_EQUAL(totals.by_verdict[VERDICT_FLAKY], 0);
    CU_ASSERT_EQUAL(totals.wall_us, 77);
    CU_ASSERT_EQUAL(totals.phone_us, 1001 + 1002);
    bench_done(&bench);
}

static void what_is_written(void)
{
    struct bench bench;
    struct report_totals totals;
    struct error error = {0};
    char path[PATH_BYTES];
    size_t length;
    bench_init(&bench, NULL, 1);
    add(&bench, 0, VERDICT_PASS, 10);
    add(&bench, 2, VERDICT_ERROR, 20);
    results_totals(&bench.results, 30, &totals);
    CU_ASSERT_EQUAL(results_write(&bench.results, bench.out, &totals, &error), 0);
    CU_ASSERT_TRUE(exists(bench.out, "junit.xml"));
    CU_ASSERT_TRUE(exists(bench.out, "results.json"));
    CU_ASSERT_FALSE(exists(bench.out, "runs/b/verdict.json")); /* it has none */
    uint8_t *bytes = testing_read_file(path_in(bench.out, "runs/c/verdict.json", path), &length);
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)bytes, "\"verdict\":\"ERROR\""));
    CU_ASSERT_EQUAL(bytes[length - 1], '\n');
    free(bytes);
    bytes = testing_read_file(path_in(bench.out, "runs/a/verdict.json", path), &length);
    CU_ASSERT_PTR_NOT_NULL(strstr((const char *)bytes, "\"verdict\":\"PASS\""));
    free(bytes);
    CU_ASSERT(results_write(&bench.results, "/nowhere", &totals, &error) < 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nowhere"));
    bench_done(&bench);
}

void tests_harness_command_results(void);
void tests_harness_command_results(void)
{
    TEST_SUITE("command/results", {"a job for each scenario", a_job_for_each_scenario},
               {"only those with the tag", only_those_with_the_tag},
               {"what an earlier run left goes", what_an_earlier_run_left_goes},
               {"repeats that agree", repeats_that_agree},
               {"repeats that differ", repeats_that_differ},
               {"an interrupted run", an_interrupted_run}, {"what is written", what_is_written});
}
