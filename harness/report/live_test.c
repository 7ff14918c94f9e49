/* SPDX-License-Identifier: MIT */
/* Each live format, byte for byte. */
#include "harness/base/testing.h"
#include "harness/report/report_testing.h"
#include <stdlib.h>

static struct example example;

static struct live_output {
    char *bytes;
    size_t length;
    FILE *stream;
    struct report_live *live;
} output;

static void begin(enum report_format format, bool terminal, unsigned columns, size_t count)
{
    struct error error;
    example_fill(&example);
    unsetenv("NO_COLOR");
    output.stream = open_memstream(&output.bytes, &output.length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(output.stream);
    CU_ASSERT_EQUAL_FATAL(
        report_live_new(format, output.stream, terminal, columns, count, &output.live, &error), 0);
}

static void ends_as(const char *expected)
{
    report_live_free(output.live);
    fclose(output.stream);
    if (strcmp(output.bytes, expected) != 0)
        fprintf(stderr, "--- expected\n%s--- got\n%s---\n", expected, output.bytes);
    CU_ASSERT_STRING_EQUAL(output.bytes, expected);
    free(output.bytes);
}

static void result(size_t i)
{
    report_live_result(output.live, &example.results[i]);
}

static void feed_all(void)
{
    report_live_tick(output.live, 5000000);
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        report_live_started(output.live, &example.scenarios[i]);
        result(i);
    }
    report_live_end(output.live, &example.totals, "out");
}

#define FAIL_EVIDENCE                                                                       \
    "       scenarios/custom-pending/backoff.yaml:14:5:\n"                                  \
    "         expected  the 3rd retry 4m ±10 % after the 2nd\n"                             \
    "         seen      it came after 2m0s\n"                                               \
    "         when      3m5.500s after the start, event 17, frame 214\n"                    \
    "         phone     7841-2\n"                                                           \
    "         rule      RC-PEND-3: Pending, and anything else goes wrong: the phone stays " \
    "Pending and retries after 1, 2, 4 … minutes, each delay twice the last.\n"             \
    "       scenarios/custom-pending/backoff.yaml:1:1: standing rule page-shows-state\n"    \
    "         expected  the page to show \"Pending\" & nothing <else>\n"                    \
    "         seen      nothing\n"                                                          \
    "         when      3m20s after the start\n"                                            \
    "       and 3 more\n"                                                                   \
    "       look in   out/runs/custom-pending-backoff/\n"

static void plain(void)
{
    begin(REPORT_PRETTY, false, 40, EXAMPLE_COUNT); /* no terminal: columns don't matter */
    report_live_command(output.live, "build/rclab run --seed 9");
    feed_all();
    ends_as("PASS   open-simple  A phone finds its way  59s in 0.3s\n"
            "FAIL   custom-pending-backoff  Retries after 1, 2, 4 … minutes <at most 24h> #1  "
            "1h3m in 0.4s\n" FAIL_EVIDENCE "ERROR  single  Alone  2h5m in 0.5s\n"
            "       because   dnsmasq ended\n"
            "                 exit code 2: ?[31mbad\n"
            "       look in   out/runs/single/\n"
            "SKIP   view-page  The page  3h7m in 0.6s\n"
            "       because   needs a real phone\n"
            "FLAKY  a-b-c#3  Now and then  4h9m in 0.7s\n"
            "       because   2 of 3 repeats passed\n"
            "       look in   out/runs/a-b-c/\n"
            "\n"
            "5 scenarios: 1 passed, 1 failed, 1 lab error, 1 skipped, 1 flaky. "
            "10h25m of phone time in 1m05s.\n"
            "A lab error says nothing about a phone: the lab itself broke.\n"
            "Flaky: the repeats of one scenario came to different verdicts.\n"
            "To run one of them alone:\n"
            "  FAIL   build/rclab run --seed 9 scenarios/custom-pending/backoff.yaml\n"
            "  ERROR  build/rclab run --seed 9 /tmp/x/single.yaml\n"
            "  FLAKY  build/rclab run --seed 9 a/b/c.yaml\n"
            "Reports: out/junit.xml, out/results.json; each scenario's evidence: out/runs/ID/\n");
}

static void all_passed(void)
{
    struct report_totals totals = {.scenarios = 2, .phone_us = 61000000, .wall_us = 500000};
    totals.by_verdict[VERDICT_PASS] = 2;
    begin(REPORT_PRETTY, false, 0, 0);
    report_live_end(output.live, &totals, NULL);
    ends_as("\nAll 2 scenarios passed. 1m1s of phone time in 0.5s.\n");
    totals.scenarios = totals.by_verdict[VERDICT_PASS] = 1;
    begin(REPORT_QUIET, false, 0, 0);
    report_live_end(output.live, &totals, "out");
    ends_as("The scenario passed. 1m1s of phone time in 0.5s; reports in out/.\n");
}

#define HIDE "\r\033[K"

static void terminal(void)
{
    begin(REPORT_PRETTY, true, 60, 4);
    report_live_tick(output.live, 1000000);
    report_live_started(output.live, &example.scenarios[EXAMPLE_PASS]);
    report_live_started(output.live, &example.scenarios[EXAMPLE_FLAKY]);
    report_live_tick(output.live, 1099999); /* too soon to show */
    report_live_tick(output.live, 3500000);
    result(EXAMPLE_PASS);
    result(EXAMPLE_FLAKY);
    ends_as("[....................] 0/4  0.0s" HIDE
            "[....................] 0/4  0.0s  open-simple" HIDE
            "[....................] 0/4  0.0s  open-simple, a-b-c" HIDE
            "[....................] 0/4  2.5s  open-simple, a-b-c" HIDE
            "\033[32mPASS \033[0m  open-simple  A phone finds its way        "
            "\033[2m59s in 0.3s\033[0m\n"
            "[#####...............] 1/4  2.5s  a-b-c" HIDE
            "\033[1;33mFLAKY\033[0m  a-b-c#3  Now and then                    "
            "\033[2m4h9m in 0.7s\033[0m\n"
            "       because   2 of 3 repeats passed\n"
            "       look in   out/runs/a-b-c/\n"
            "[##########..........] 2/4  2.5s  1 not passed");
}

static void narrow(void)
{
    begin(REPORT_PRETTY, true, 24, 2);
    setenv("NO_COLOR", "1", 1);
    report_live_free(output.live);
    struct error error;
    CU_ASSERT_EQUAL_FATAL(
        report_live_new(REPORT_PRETTY, output.stream, true, 24, 2, &output.live, &error), 0);
    report_live_started(output.live, &example.scenarios[EXAMPLE_FAIL]);
    result(EXAMPLE_PASS); /* not among the running ones; its title has no room */
    report_live_end(output.live, &(struct report_totals){.scenarios = 0}, "out");
    unsetenv("NO_COLOR");
    ends_as("0/2  0.0s  custom-pend…" HIDE "PASS   open-simple  59s in 0.3s\n"
            "1/2  0.0s  custom-pend…" HIDE "\nNo scenario was run.\n"
            "The run was cut short: 1 of 2 have no result.\n");
}

static void many_running(void)
{
    begin(REPORT_PRETTY, true, 30, 1000);
    for (size_t i = 0; i < 600; i++)
        report_live_started(output.live, &example.scenarios[EXAMPLE_PASS]);
    fflush(output.stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(output.bytes, HIDE "0/1000  0.0s  open-simple, o…" HIDE));
    report_live_free(output.live);
    fclose(output.stream);
    free(output.bytes);
}

/* Lines below the progress: as many as the terminal has room for, and all taken away again. */
static void status_and_notes(void)
{
    static const char *const lines[] = {"desk-1  Pending", "desk-2  Open", "desk-3  Acquired"};
    begin(REPORT_PRETTY, true, 20, 2);
    report_live_status(output.live, lines, 3);
    report_live_tick(output.live, 5000000);
    report_live_rows(output.live, 4);
    report_live_note(output.live, "somebody is there");
    report_live_status(output.live, NULL, 0);
    report_live_tick(output.live, 6000000);
    ends_as("0/2  0.0s\r\ndesk-1  Pending\r\ndesk-2  Open\r\ndesk-3  Acquired"
            "\r\033[K\033[A\r\033[K\033[A\r\033[K\033[A\r\033[K"
            "NOTE   somebody is\n"
            "       there\n"
            "0/2  0.0s\r\ndesk-1  Pending\r\n… and 2 more"
            "\r\033[K\033[A\r\033[K\033[A\r\033[K"
            "0/2  1.0s");
}

static void notes_for_programs(void)
{
    begin(REPORT_TAP, false, 0, 1);
    report_live_note(output.live, "somebody is there");
    report_live_note(output.live, "and\nstays");
    ends_as("TAP version 14\n# somebody is there\n# and stays\n");
    begin(REPORT_JSON, false, 0, 1);
    report_live_note(output.live, "\"there\"");
    ends_as("{\"note\":\"\\\"there\\\"\"}\n");
}

static void quiet(void)
{
    begin(REPORT_QUIET, true, 0, EXAMPLE_COUNT);
    setenv("NO_COLOR", "", 1); /* empty counts as unset */
    result(EXAMPLE_PASS);
    result(EXAMPLE_SKIP);
    result(EXAMPLE_FLAKY);
    report_live_end(output.live, &example.totals, "out");
    unsetenv("NO_COLOR");
    ends_as("\033[1;33mFLAKY\033[0m  a-b-c#3  Now and then                                        "
            "\033[2m4h9m in 0.7s\033[0m\n"
            "       because   2 of 3 repeats passed\n"
            "       look in   out/runs/a-b-c/\n"
            "5 scenarios: 1 passed, 1 failed, 1 lab error, 1 skipped, 1 flaky. "
            "10h25m of phone time in 1m05s; reports in out/.\n"
            "The run was cut short: 2 of 5 have no result.\n");
}

static void interrupted(void)
{
    struct report_totals totals = {.scenarios = 1, .phone_us = 59000000, .wall_us = 300000};
    totals.by_verdict[VERDICT_PASS] = 1;
    begin(REPORT_PRETTY, true, 90, 3);
    result(EXAMPLE_PASS);
    report_live_end(output.live, &totals, NULL);
    fflush(output.stream);
    CU_ASSERT_PTR_NOT_NULL(strstr(output.bytes, "1 scenario: 1 passed."));
    CU_ASSERT_PTR_NULL(strstr(output.bytes, "The scenario passed."));
    CU_ASSERT_PTR_NULL(strstr(output.bytes, "1;32m1 scenario")); /* no green */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(output.bytes, "\nThe run was cut short: 2 of 3 have no result.\n"));
    report_live_free(output.live);
    fclose(output.stream);
    free(output.bytes);
    begin(REPORT_TAP, false, 0, 2);
    result(EXAMPLE_PASS);
    report_live_end(output.live, &totals, NULL);
    ends_as("TAP version 14\nok 1 - open-simple: A phone finds its way\n"
            "Bail out! 1 of 2 have no result\n");
    begin(REPORT_QUIET, false, 0, 2);
    report_live_end(output.live, &(struct report_totals){.scenarios = 0}, NULL);
    ends_as("No scenario was run.\nThe run was cut short: 2 of 2 have no result.\n");
}

static void tap(void)
{
    begin(REPORT_TAP, true, 80, EXAMPLE_COUNT);
    feed_all();
    ends_as("TAP version 14\n"
            "ok 1 - open-simple: A phone finds its way\n"
            "not ok 2 - custom-pending-backoff: Retries after 1, 2, 4 … minutes "
            "<at most 24h> \\#1\n"
            "  ---\n"
            "  verdict: FAIL\n"
            "  seed: 7\n"
            "  folder: \"out/runs/custom-pending-backoff\"\n"
            "  failures:\n"
            "    - expected: \"the 3rd retry 4m ±10 % after the 2nd\"\n"
            "      seen: \"it came after 2m0s\"\n"
            "      file: \"scenarios/custom-pending/backoff.yaml\"\n"
            "      line: 14\n"
            "      column: 5\n"
            "      rules: [RC-PEND-3]\n"
            "      phone: \"7841-2\"\n"
            "      time_us: 185500000\n"
            "      event: 17\n"
            "      frame: 214\n"
            "    - expected: \"the page to show \\\"Pending\\\" & nothing <else>\"\n"
            "      seen: \"\"\n"
            "      file: \"scenarios/custom-pending/backoff.yaml\"\n"
            "      line: 1\n"
            "      column: 1\n"
            "      rules: []\n"
            "      standing_rule: \"page-shows-state\"\n"
            "      time_us: 200000000\n"
            "  ...\n"
            "not ok 3 - single: Alone\n"
            "  ---\n"
            "  verdict: ERROR\n"
            "  reason: \"dnsmasq ended exit code 2: ?[31mbad\"\n"
            "  seed: 18446744073709551615\n"
            "  folder: \"out/runs/single\"\n"
            "  ...\n"
            "ok 4 - view-page: The page # SKIP needs a real phone\n"
            "not ok 5 - a-b-c\\#3: Now and then\n"
            "  ---\n"
            "  verdict: FLAKY\n"
            "  reason: \"2 of 3 repeats passed\"\n"
            "  seed: 7\n"
            "  folder: \"out/runs/a-b-c\"\n"
            "  ...\n"
            "1..5\n");
}

static void nothing_was_run(void)
{
    const struct report_totals none = {.scenarios = 0};
    begin(REPORT_TAP, false, 0, 0);
    report_live_end(output.live, &none, "out");
    ends_as("TAP version 14\n1..0 # SKIP no scenario was run\n");
    begin(REPORT_QUIET, false, 0, 0);
    report_live_end(output.live, &none, "out");
    ends_as("No scenario was run.\n");
    begin(REPORT_PRETTY, true, 70, 0);
    report_live_tick(output.live, 0);
    report_live_end(output.live, &none, "out");
    ends_as("[....................] 0/0  0.0s" HIDE "\n\033[1;31mNo scenario was run.\033[0m\n");
    begin(REPORT_JSON, false, 0, 0);
    report_live_end(output.live, &none, "out");
    ends_as("{\"totals\":{\"scenarios\":0,\"by_verdict\":{\"PASS\":0,\"FAIL\":0,\"ERROR\":0,"
            "\"SKIP\":0,\"FLAKY\":0},\"phone_time_us\":0,\"wall_time_us\":0}}\n");
    report_live_free(NULL);
}

static void json_lines(void)
{
    begin(REPORT_JSON, true, 80, EXAMPLE_COUNT);
    report_live_started(output.live, &example.scenarios[EXAMPLE_SKIP]);
    report_live_tick(output.live, 1);
    result(EXAMPLE_SKIP);
    ends_as("{\"id\":\"view-page\",\"title\":\"The page\",\"file\":\"scenarios/view/page.yml\","
            "\"covers\":[\"RC-PEND-3\",\"RC-PEND-4\"],\"tags\":[\"backoff\",\"long\"],"
            "\"verdict\":\"SKIP\",\"reason\":\"needs a real phone\",\"seed\":\"7\",\"steps\":5,"
            "\"steps_done\":4,\"phone_time_us\":11228000000,\"wall_time_us\":550000,"
            "\"folder\":null,\"failures\":[],\"failures_omitted\":0}\n");
}

void tests_harness_report_live(void);
void tests_harness_report_live(void)
{
    TEST_SUITE("report/live", {"pretty without a terminal: plain lines", plain},
               {"everything passed", all_passed},
               {"pretty on a terminal: progress, colours, columns", terminal},
               {"a narrow terminal, NO_COLOR", narrow}, {"more running than fit", many_running},
               {"lines below the progress", status_and_notes},
               {"notes for programs", notes_for_programs}, {"quiet", quiet},
               {"cut short", interrupted}, {"TAP 14", tap}, {"zero scenarios", nothing_was_run},
               {"JSON lines", json_lines});
}
