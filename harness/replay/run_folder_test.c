/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/replay/run_folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };
#define SEED UINT64_C(18446744073709551615)

static const char text[] =
    "scenario: waits\nsteps:\n  - wait: 5s\n  - never: {dhcp: nak, for: 5s}\n";
static const char whole[] = "{\"n\":1,\"t\":10000000,\"type\":\"end\"}\n";

static const struct run_facts facts = {
    .seed = SEED,
    .clock = "warp",
    .quirk = "",
    .substitutions = {"http://a", "https://a", "tftp://a", "10.77.0.3"}};

static void put(const char *folder, const char *name, const char *bytes)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(bytes, file);
    fclose(file);
}

static void drop(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT_EQUAL(unlink(path), 0);
}

/* As `rclab run` leaves it, but for what a verdict does not need. */
static const char *folder_of(const char *scenario_text, const char *timeline)
{
    const char *folder = testing_folder();
    struct diagnostics diagnostics;
    struct error error = {0};
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse("open/waits.yaml", NULL, (const uint8_t *)scenario_text,
                       strlen(scenario_text), &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    scenario->id = arena_string(&scenario->arena, "open-waits");
    CU_ASSERT_EQUAL_FATAL(run_folder_write(folder, scenario, &facts, &error), 0);
    scenario_free(scenario);
    diagnostics_done(&diagnostics);
    put(folder, "timeline.jsonl", timeline);
    return folder;
}

static void written_then_judged(void)
{
    const char *folder = folder_of(text, whole);
    struct run_folder judged = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(run_folder_judge(folder, &judged, &error), 0);
    CU_ASSERT_EQUAL(judged.judgement.verdict, VERDICT_PASS);
    CU_ASSERT_EQUAL(judged.judgement.steps_done, 2);
    CU_ASSERT_EQUAL(judged.judgement.end_us, 10000000);
    CU_ASSERT_EQUAL(judged.seed, SEED);
    CU_ASSERT_STRING_EQUAL(judged.scenario->id, "open-waits");
    CU_ASSERT_STRING_EQUAL(judged.scenario->path, "open/waits.yaml");
    CU_ASSERT_STRING_EQUAL(judged.scenario->title, "waits");
    run_folder_done(&judged);
    run_folder_done(&judged);
}

static void the_scenario_is_kept_byte_for_byte(void)
{
    char path[PATH_BYTES];
    size_t length;
    snprintf(path, sizeof path, "%s/scenario.yaml", folder_of(text, whole));
    uint8_t *bytes = testing_read_file(path, &length);
    CU_ASSERT_EQUAL(length, sizeof text - 1);
    CU_ASSERT_STRING_EQUAL((const char *)bytes, text);
    free(bytes);
}

static void what_the_timeline_says_counts(void)
{
    static const char nak[] =
        "{\"n\":1,\"t\":7000000,\"phone\":\"8841-1\",\"type\":\"dhcp\",\"dhcp\":\"nak\","
        "\"xid\":1,\"mac\":\"02:52:43:00:00:01\"}\n{\"n\":2,\"t\":10000000,\"type\":\"end\"}\n";
    static const char broken[] =
        "{\"n\":1,\"t\":1000000,\"type\":\"lab-error\",\"text\":\"dnsmasq died\"}\n"
        "{\"n\":2,\"t\":1000000,\"type\":\"end\"}\n";
    struct run_folder judged = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(run_folder_judge(folder_of(text, nak), &judged, &error), 0);
    CU_ASSERT_EQUAL(judged.judgement.verdict, VERDICT_FAIL);
    CU_ASSERT_EQUAL(judged.judgement.failures[0].event, 1);
    CU_ASSERT_EQUAL(judged.judgement.failures[0].frame, 0); /* there is no capture */
    run_folder_done(&judged);
    CU_ASSERT_EQUAL_FATAL(run_folder_judge(folder_of(text, broken), &judged, &error), 0);
    CU_ASSERT_EQUAL(judged.judgement.verdict, VERDICT_ERROR);
    CU_ASSERT_PTR_NOT_NULL(strstr(judged.judgement.reason, "dnsmasq died"));
    run_folder_done(&judged);
}

static void check_error(const char *folder, const char *name, const char *part)
{
    struct run_folder judged = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL(run_folder_judge(folder, &judged, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NULL(judged.scenario);
    bool says = strstr(error.text, folder) && strstr(error.text, name) && strstr(error.text, part);
    CU_ASSERT_TRUE(says);
    if (!says)
        printf("\n    of %s: %s\n", name, error.text);
}

static void files_that_are_missing(void)
{
    static const char *const names[] = {"run.json", "scenario.yaml", "timeline.jsonl"};
    for (size_t i = 0; i < 3; i++) {
        char path[PATH_BYTES];
        const char *folder = folder_of(text, whole);
        drop(folder, names[i]);
        check_error(folder, names[i], "belongs to the folder of a run");
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
        check_error(folder, names[i], "no regular file");
        CU_ASSERT_EQUAL(rmdir(path), 0);
        put(folder, names[i], "");
        check_error(folder, names[i], "");
    }
    check_error("/nowhere", "run.json", "No such file");
}

#define NAMES                                                                                 \
    "\"names\":{\"provision.http\":\"a\",\"provision.https\":\"b\",\"provision.tftp\":\"c\"," \
    "\"provision.address\":\"d\"}"
#define FACTS(format, id, seed) \
    "{\"format\":\"" format "\",\"id\":" id ",\"path\":\"b\",\"seed\":" seed ",\"clock\":\"warp\""

static void a_run_json_that_is_none(void)
{
    static const struct {
        const char *run, *part;
    } rows[] = {
        {"{", "is not what this version writes"},
        {"[]", "is not what this version writes"},
        {"{}", "is not what this version writes"},
        {FACTS("rclab-run-0", "\"a\"", "\"1\"") "," NAMES "}", "is not what this version writes"},
        {FACTS("rclab-run-1", "7", "\"1\"") "," NAMES "}", "is not what this version writes"},
        {FACTS("rclab-run-1", "\"a\"", "1") "," NAMES "}", "is not what this version writes"},
        {FACTS("rclab-run-1", "\"a\"", "\"\"") "," NAMES "}", "the seed ''"},
        {FACTS("rclab-run-1", "\"a\"", "\"-1\"") "," NAMES "}", "the seed '-1'"},
        {FACTS("rclab-run-1", "\"a\"", "\"1x\"") "," NAMES "}", "the seed '1x'"},
        {FACTS("rclab-run-1", "\"a\"", "\"18446744073709551616\"") "," NAMES "}", "the seed '1844"},
        {FACTS("rclab-run-1", "\"a\"", "\"1\"") "}", "${provision.http}"},
        {FACTS("rclab-run-1", "\"a\"", "\"1\"") ",\"names\":{\"provision.http\":7}}",
         "${provision.http}"},
    };
    const char *folder = folder_of(text, whole);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put(folder, "run.json", rows[i].run);
        check_error(folder, "run.json", rows[i].part);
    }
    put(folder, "run.json", FACTS("rclab-run-1", "\"a\"", "\"1\"") "," NAMES "}");
    struct run_folder judged = {0};
    CU_ASSERT_EQUAL(run_folder_judge(folder, &judged, NULL), 0); /* this one is */
    run_folder_done(&judged);
}

static void timelines_that_are_none(void)
{
    static const struct {
        const char *timeline, *part;
    } rows[] = {
        {"{\"n\":1,\"t\":0,\"type\":\"lab-error\",\"text\":\"x\"}\n", "interrupted"},
        {"{\"n\":1,\"t\":0,\"type\":\"end\"}\n{\"n\":2", ""},
        {"{\"n\":2,\"t\":0,\"type\":\"end\"}\n", ""},
        {"{\"n\":1,\"t\":0,\"type\":\"party\"}\n", ""},
        {"{\"n\":1,\"t\":0,\"phone\":\"7811-1\",\"type\":\"boot\"}\n", ""},
        {"nonsense\n", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_error(folder_of(text, rows[i].timeline), "timeline.jsonl", rows[i].part);
}

static void a_scenario_that_is_none(void)
{
    const char *folder = folder_of(text, whole);
    put(folder, "scenario.yaml", "scenario: x\nsteps:\n  - wiat: 5s\n");
    check_error(folder, "scenario.yaml", "wait");
}

static void a_folder_that_cannot_be_written(void)
{
    struct diagnostics diagnostics;
    struct error error = {0};
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse("a.yaml", NULL, (const uint8_t *)text, sizeof text - 1, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    scenario->id = "a";
    CU_ASSERT_EQUAL(run_folder_write("/nowhere", scenario, &facts, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/nowhere/run.json"));
    scenario_free(scenario);
    diagnostics_done(&diagnostics);
}

void tests_harness_replay_run_folder(void);
void tests_harness_replay_run_folder(void)
{
    TEST_SUITE("replay/run_folder", {"written, then judged", written_then_judged},
               {"the scenario is kept byte for byte", the_scenario_is_kept_byte_for_byte},
               {"what the timeline says counts", what_the_timeline_says_counts},
               {"files that are missing", files_that_are_missing},
               {"a run.json that is none", a_run_json_that_is_none},
               {"timelines that are none", timelines_that_are_none},
               {"a scenario that is none", a_scenario_that_is_none},
               {"a folder that cannot be written", a_folder_that_cannot_be_written});
}
