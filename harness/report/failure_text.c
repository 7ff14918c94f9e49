/* SPDX-License-Identifier: MIT */
/* What went wrong, told so that a person knows what to look at next. */
#include "harness/base/duration.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <string.h>

struct place report_failure_place(const struct judge_failure *failure)
{
    struct place place = failure->place;
    place.line = place.line ? place.line : 1;
    place.column = place.column ? place.column : 1;
    return place;
}

const char *report_failure_phone(const struct judge_failure *failure,
                                 const struct scenario *scenario)
{
    if (failure->phone < 0 || (size_t)failure->phone >= scenario->phone_count)
        return NULL;
    return scenario->phones[failure->phone].name;
}

void report_failure_sentence(struct buffer *buffer, const struct judge_failure *failure)
{
    buffer_text(buffer, "expected ");
    report_text_line(buffer, failure->expected);
    buffer_text(buffer, "; seen ");
    report_text_line(buffer, failure->seen[0] ? failure->seen : "nothing");
}

static void field(struct buffer *buffer, size_t indent, const char *name)
{
    report_text_spaces(buffer, indent);
    buffer_format(buffer, "%-10s", name);
}

/* Every line of a text that may have several. */
static void paragraph(struct buffer *buffer, size_t indent, const char *name, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char line[ERROR_TEXT_MAX];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        field(buffer, indent, name);
        report_text_line(buffer, line);
        buffer_u8(buffer, '\n');
        text += length + (text[length] == '\n');
        name = "";
    }
}

static void when(struct buffer *buffer, const struct judge_failure *failure, size_t indent)
{
    char text[DURATION_TEXT_MAX];
    field(buffer, indent, "when");
    buffer_format(buffer, "%s after the start", duration_format(failure->time_us, text));
    if (failure->event > 0)
        buffer_format(buffer, ", event %" PRIu64, failure->event);
    if (failure->frame > 0)
        buffer_format(buffer, ", frame %" PRIu64, failure->frame);
    buffer_u8(buffer, '\n');
}

static void rule_lines(struct buffer *buffer, const struct judge_failure *failure, size_t indent)
{
    for (size_t i = 0; i < failure->rule_count; i++) {
        const struct vendor_rule *rule = vendor_rule(vendor_default(), failure->rules[i]);
        field(buffer, indent, i == 0 ? "rule" : "");
        buffer_format(buffer, "%s: %s\n", rule->id, rule->summary);
    }
}

static void one_failure(struct buffer *buffer, const struct report_result *result,
                        const struct judge_failure *failure, size_t indent)
{
    struct place place = report_failure_place(failure);
    const char *phone = report_failure_phone(failure, result->scenario);
    report_text_spaces(buffer, indent);
    report_text_line(buffer, result->scenario->path);
    buffer_format(buffer, ":%u:%u:", place.line, place.column);
    if (failure->standing)
        buffer_format(buffer, " standing rule %s", standing_rule_names[failure->standing_rule]);
    buffer_u8(buffer, '\n');
    indent += 2;
    paragraph(buffer, indent, "expected", failure->expected);
    paragraph(buffer, indent, "seen", failure->seen[0] ? failure->seen : "nothing");
    when(buffer, failure, indent);
    if (phone && result->scenario->phone_count > 1) {
        field(buffer, indent, "phone");
        report_text_line(buffer, phone);
        buffer_u8(buffer, '\n');
    }
    rule_lines(buffer, failure, indent);
}

void report_evidence(struct buffer *buffer, const struct report_result *result, size_t indent)
{
    const struct judgement *judgement = result->judgement;
    if (judgement->verdict == VERDICT_PASS)
        return;
    for (size_t i = 0; i < judgement->failure_count; i++)
        one_failure(buffer, result, &judgement->failures[i], indent);
    if (judgement->failures_omitted > 0) {
        report_text_spaces(buffer, indent);
        buffer_format(buffer, "and %zu more\n", judgement->failures_omitted);
    }
    paragraph(buffer, indent, "because", judgement->reason);
    if (result->folder && judgement->verdict != VERDICT_SKIP) {
        field(buffer, indent, "look in");
        report_text_line(buffer, result->folder);
        buffer_text(buffer, "/\n");
    }
}
