/* SPDX-License-Identifier: MIT */
/* JUnit XML in the form that Jenkins and GitLab read: one <testsuite>, a <testcase> per result. */
#include "harness/report/json.h"
#include "harness/report/text.h"
#include <inttypes.h>

/* XML 1.0, production Char: what may not even stand there as a reference is left out. */
static bool is_xml_character(uint32_t character)
{
    return character == '\t' || character == '\n' || character == '\r' ||
           (character >= 0x20 && character != 0xfffe && character != 0xffff);
}

static void xml(struct buffer *buffer, const char *text)
{
    uint32_t character;
    while (*text) {
        text += report_utf8_next(text, &character);
        if (character == '&')
            buffer_text(buffer, "&amp;");
        else if (character == '<')
            buffer_text(buffer, "&lt;");
        else if (character == '>')
            buffer_text(buffer, "&gt;");
        else if (character == '"')
            buffer_text(buffer, "&quot;");
        else if (is_xml_character(character))
            report_utf8_put(buffer, character);
    }
}

static void attribute(struct buffer *buffer, const char *name, const char *value)
{
    buffer_format(buffer, " %s=\"", name);
    xml(buffer, value);
    buffer_u8(buffer, '"');
}

static void seconds(struct buffer *buffer, uint64_t us)
{
    buffer_format(buffer, " time=\"%" PRIu64 ".%06" PRIu64 "\"", us / 1000000, us % 1000000);
}

/* <failure>, <error>, <skipped> with the evidence; nothing for a PASS. */
static void outcome(struct buffer *buffer, const struct report_result *result)
{
    static const char *const elements[VERDICT_COUNT] = {[VERDICT_FAIL] = "failure",
                                                        [VERDICT_ERROR] = "error",
                                                        [VERDICT_SKIP] = "skipped",
                                                        [VERDICT_FLAKY] = "failure"};
    const struct judgement *judgement = result->judgement;
    const char *element = elements[judgement->verdict];
    if (!element)
        return;
    struct buffer text;
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    if (judgement->failure_count > 0)
        report_failure_sentence(&text, &judgement->failures[0]);
    else
        report_text_line(&text, judgement->reason);
    buffer_format(buffer, "      <%s", element);
    attribute(buffer, "message", buffer_string(&text));
    if (judgement->verdict != VERDICT_SKIP)
        attribute(buffer, "type", verdict_names[judgement->verdict]);
    buffer_clear(&text);
    report_evidence(&text, result, 0);
    buffer_u8(buffer, '>');
    xml(buffer, buffer_string(&text));
    buffer_format(buffer, "</%s>\n", element);
    buffer_done(&text);
}

/* The folder; of what did not pass also the capture, in the form that GitLab and the attachments of
 * Jenkins make a link of. */
static void where_to_look(struct buffer *buffer, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    buffer_text(buffer, "      <system-out>");
    xml(buffer, result->folder);
    buffer_u8(buffer, '/');
    if (verdict != VERDICT_PASS && verdict != VERDICT_SKIP) {
        buffer_text(buffer, "\n[[ATTACHMENT|");
        xml(buffer, result->folder);
        buffer_format(buffer, "/%s]]\n", REPORT_CAPTURE_NAME);
    }
    buffer_text(buffer, "</system-out>\n");
}

static void test_case(struct buffer *buffer, const struct report_result *result)
{
    struct buffer text;
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    report_scenario_folder(&text, result->scenario);
    buffer_text(buffer, "    <testcase");
    attribute(buffer, "classname", buffer_string(&text));
    buffer_clear(&text);
    report_text_line(&text, result->scenario->title);
    if (result->repeat > 0)
        buffer_format(&text, " (run %u)", result->repeat);
    attribute(buffer, "name", buffer_string(&text));
    attribute(buffer, "file", result->scenario->path);
    seconds(buffer, result->wall_us);
    buffer_text(buffer, ">\n");
    outcome(buffer, result);
    if (result->folder)
        where_to_look(buffer, result);
    buffer_text(buffer, "    </testcase>\n");
    buffer_done(&text);
}

static void counts(struct buffer *buffer, const struct report_totals *totals)
{
    const size_t *by = totals->by_verdict;
    buffer_format(buffer,
                  " name=\"rclab\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
                  totals->scenarios, by[VERDICT_FAIL] + by[VERDICT_FLAKY], by[VERDICT_ERROR],
                  by[VERDICT_SKIP]);
    seconds(buffer, totals->wall_us);
    buffer_text(buffer, ">\n");
}

int report_junit_write(const char *path, const struct report_result *results, size_t count,
                       const struct report_totals *totals, struct error *error)
{
    struct buffer buffer;
    buffer_init(&buffer, REPORT_FILE_BYTES_MAX);
    buffer_text(&buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    counts(&buffer, totals);
    buffer_text(&buffer, "  <testsuite");
    counts(&buffer, totals);
    for (size_t i = 0; i < count; i++)
        test_case(&buffer, &results[i]);
    buffer_text(&buffer, "  </testsuite>\n</testsuites>\n");
    int code = report_file_write(path, &buffer, error);
    buffer_done(&buffer);
    return code;
}
