/* SPDX-License-Identifier: MIT */
/* The report files, byte for byte where they are small, and as other programs read them. */
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include "harness/report/json.h"
#include "harness/report/report_testing.h"
#include <expat.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static struct example example;
static char path[4096];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", testing_folder(), name);
    return path;
}

struct xml_seen {
    unsigned tests, failures, errors, skipped;
    char name[256], message[256];
};

static void on_start(void *context, const XML_Char *element, const XML_Char **attributes)
{
    struct xml_seen *seen = context;
    seen->tests += strcmp(element, "testcase") == 0;
    seen->failures += strcmp(element, "failure") == 0;
    seen->errors += strcmp(element, "error") == 0;
    seen->skipped += strcmp(element, "skipped") == 0;
    for (; *attributes; attributes += 2) {
        if (strcmp(element, "testcase") == 0 && strcmp(attributes[0], "name") == 0)
            snprintf(seen->name, sizeof seen->name, "%s", attributes[1]);
        if (strcmp(element, "error") == 0 && strcmp(attributes[0], "message") == 0)
            snprintf(seen->message, sizeof seen->message, "%s", attributes[1]);
    }
}

static bool is_well_formed(const char *bytes, size_t length, struct xml_seen *seen)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetUserData(parser, seen);
    XML_SetStartElementHandler(parser, on_start);
    bool good = XML_Parse(parser, bytes, (int)length, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return good;
}

static void junit_of_one(void)
{
    struct error error;
    size_t length;
    example_fill(&example);
    struct report_totals totals = {.scenarios = 1, .wall_us = 1500000};
    totals.by_verdict[VERDICT_FAIL] = 1;
    CU_ASSERT_EQUAL_FATAL(report_junit_write(in_folder("junit.xml"), &example.results[EXAMPLE_FAIL],
                                             1, &totals, &error),
                          0);
    char *bytes = (char *)testing_read_file(path, &length);
    CU_ASSERT_STRING_EQUAL(
        bytes,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"rclab\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"1.500000\">\n"
        "  <testsuite name=\"rclab\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"1.500000\">\n"
        "    <testcase classname=\"custom-pending\" name=\"Retries after 1, 2, 4 … minutes &lt;at "
        "most 24h&gt; #1\" file=\"scenarios/custom-pending/backoff.yaml\" time=\"0.350000\">\n"
        "      <failure message=\"expected the 3rd retry 4m ±10 % after the 2nd; seen it came "
        "after 2m0s\" type=\"FAIL\">scenarios/custom-pending/backoff.yaml:14:5:\n"
        "  expected  the 3rd retry 4m ±10 % after the 2nd\n"
        "  seen      it came after 2m0s\n"
        "  when      3m5.500s after the start, event 17, frame 214\n"
        "  phone     7841-2\n"
        "  rule      RC-PEND-3: Pending, and anything else goes wrong: the phone stays Pending and "
        "retries after 1, 2, 4 … minutes, each delay twice the last.\n"
        "scenarios/custom-pending/backoff.yaml:1:1: standing rule page-shows-state\n"
        "  expected  the page to show &quot;Pending&quot; &amp; nothing &lt;else&gt;\n"
        "  seen      nothing\n"
        "  when      3m20s after the start\n"
        "and 3 more\n"
        "look in   out/runs/custom-pending-backoff/\n"
        "</failure>\n"
        "      <system-out>out/runs/custom-pending-backoff/\n"
        "[[ATTACHMENT|out/runs/custom-pending-backoff/capture.pcapng]]\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    free(bytes);
}

static void junit_is_well_formed(void)
{
    struct error error;
    struct xml_seen seen = {.tests = 0};
    size_t length;
    example_fill(&example);
    /* What must not break it: markup, control characters, no UTF-8, what XML forbids altogether. */
    example.scenarios[EXAMPLE_ERROR].title = "a<b>&\"'\x01\x1b]]>\xff\xef\xbf\xbf é";
    snprintf(example.judgements[EXAMPLE_ERROR].reason,
             sizeof example.judgements[EXAMPLE_ERROR].reason, "%s", "<![CDATA[ \x02 ]]> & \xc3");
    CU_ASSERT_EQUAL_FATAL(report_junit_write(in_folder("all.xml"), example.results, EXAMPLE_COUNT,
                                             &example.totals, &error),
                          0);
    char *bytes = (char *)testing_read_file(path, &length);
    CU_ASSERT(is_well_formed(bytes, length, &seen));
    CU_ASSERT_EQUAL(seen.tests, EXAMPLE_COUNT);
    CU_ASSERT_EQUAL(seen.failures, 2); /* FAIL and FLAKY */
    CU_ASSERT_EQUAL(seen.errors, 1);
    CU_ASSERT_EQUAL(seen.skipped, 1);
    CU_ASSERT_STRING_EQUAL(seen.name, "Now and then (run 3)");
    CU_ASSERT_STRING_EQUAL(seen.message, "<![CDATA[ ? ]]> & \xef\xbf\xbd");
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "name=\"a&lt;b&gt;&amp;&quot;'??]]&gt;\xef\xbf\xbd é\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "<skipped message=\"needs a real phone\">"));
    free(bytes);
}

static void junit_of_none(void)
{
    struct error error;
    struct xml_seen seen = {.tests = 0};
    size_t length;
    const struct report_totals none = {.scenarios = 0};
    CU_ASSERT_EQUAL_FATAL(report_junit_write(in_folder("none.xml"), NULL, 0, &none, &error), 0);
    char *bytes = (char *)testing_read_file(path, &length);
    CU_ASSERT(is_well_formed(bytes, length, &seen));
    CU_ASSERT_EQUAL(seen.tests, 0);
    CU_ASSERT_FALSE(is_well_formed("<a>\x01</a>", 8, &seen)); /* the checker itself */
    free(bytes);
}

static void json_file(void)
{
    struct error error;
    json_error_t json_error;
    example_fill(&example);
    example.scenarios[EXAMPLE_SKIP].title = "\xff\x01\"\\";
    CU_ASSERT_EQUAL_FATAL(report_json_write(in_folder("results.json"), example.results,
                                            EXAMPLE_COUNT, &example.totals, &error),
                          0);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    const char *version, *verdict, *seed, *title, *expected, *rule, *phone;
    json_int_t fails, line, frame, standing_line;
    json_t *results, *missing;
    CU_ASSERT_EQUAL(json_unpack_ex(root, &json_error, 0, "{s:s, s:{s:{s:I}}, s:o}", "version",
                                   &version, "totals", "by_verdict", "FAIL", &fails, "results",
                                   &results),
                    0);
    CU_ASSERT_STRING_EQUAL(version, RCLAB_VERSION);
    CU_ASSERT_EQUAL(fails, 1);
    CU_ASSERT_EQUAL(json_array_size(results), EXAMPLE_COUNT);
    CU_ASSERT_EQUAL(json_unpack_ex(json_array_get(results, EXAMPLE_FAIL), &json_error, 0,
                                   "{s:s, s:[{s:s, s:I, s:[s], s:s, s:I}, {s:I, s:o}]}", "verdict",
                                   &verdict, "failures", "expected", &expected, "line", &line,
                                   "rules", &rule, "phone", &phone, "frame", &frame, "line",
                                   &standing_line, "frame", &missing),
                    0);
    CU_ASSERT_STRING_EQUAL(verdict, "FAIL");
    CU_ASSERT_STRING_EQUAL(expected, "the 3rd retry 4m ±10 % after the 2nd");
    CU_ASSERT_STRING_EQUAL(rule, "RC-PEND-3");
    CU_ASSERT_STRING_EQUAL(phone, "7841-2");
    CU_ASSERT(line == 14 && frame == 214 && standing_line == 1 && json_is_null(missing));
    json_unpack(json_array_get(results, EXAMPLE_ERROR), "{s:s}", "seed", &seed);
    CU_ASSERT_STRING_EQUAL(seed, "18446744073709551615");
    json_unpack(json_array_get(results, EXAMPLE_SKIP), "{s:s}", "title", &title);
    CU_ASSERT_STRING_EQUAL(title, "\xef\xbf\xbd\x01\"\\");
    json_decref(root);
}

static void json_one_result(void)
{
    struct buffer buffer;
    example_fill(&example);
    buffer_init(&buffer, 1 << 20);
    report_json_result(&example.results[EXAMPLE_FLAKY], &buffer);
    CU_ASSERT_STRING_EQUAL(
        buffer_string(&buffer),
        "{\"id\":\"a-b-c\",\"title\":\"Now and then\",\"file\":\"a/b/c.yaml\","
        "\"covers\":[\"RC-PEND-3\",\"RC-PEND-4\"],\"tags\":[\"backoff\",\"long\"],"
        "\"verdict\":\"FLAKY\",\"reason\":\"2 of 3 repeats passed\",\"seed\":\"7\",\"repeat\":3,"
        "\"steps\":5,\"steps_done\":4,\"phone_time_us\":14951000000,\"wall_time_us\":650000,"
        "\"folder\":\"out/runs/a-b-c\",\"failures\":[],\"failures_omitted\":0}");
    buffer_done(&buffer);
}

static void files_that_cannot_be_written(void)
{
    struct error error;
    struct buffer buffer;
    const struct report_totals none = {.scenarios = 0};
    CU_ASSERT_EQUAL(report_junit_write("/nowhere/at/all.xml", NULL, 0, &none, &error),
                    ERROR_SYSTEM);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "cannot write /nowhere/at/all.xml.new: No such file or directory");
    CU_ASSERT_EQUAL(report_json_write("/nowhere/at/all.json", NULL, 0, &none, NULL), ERROR_SYSTEM);
    /* A full disk leaves neither a report nor its half. */
    buffer_init(&buffer, 64);
    buffer_text(&buffer, "half");
    char target[sizeof path + 8];
    snprintf(target, sizeof target, "%s.new", in_folder("full"));
    CU_ASSERT_EQUAL_FATAL(symlink("/dev/full", target), 0);
    CU_ASSERT_EQUAL(report_file_write(path, &buffer, &error), ERROR_SYSTEM);
    CU_ASSERT_EQUAL(access(path, F_OK), -1);
    CU_ASSERT_EQUAL(access(target, F_OK), -1);
    /* A report that outgrew its bound is not written as if it were whole. */
    buffer.failed = true;
    CU_ASSERT_EQUAL(report_file_write(in_folder("long"), &buffer, &error), ERROR_LIMIT);
    CU_ASSERT_EQUAL(access(path, F_OK), -1);
    buffer_done(&buffer);
}

void tests_harness_report_files(void);
void tests_harness_report_files(void)
{
    TEST_SUITE("report/files", {"JUnit of one failure, byte for byte", junit_of_one},
               {"JUnit is well-formed whatever is in it", junit_is_well_formed},
               {"JUnit of no scenario", junit_of_none}, {"results.json", json_file},
               {"one result as JSON", json_one_result},
               {"what cannot be written", files_that_cannot_be_written});
}
