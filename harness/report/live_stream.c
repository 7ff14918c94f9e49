/* SPDX-License-Identifier: MIT */
/* The formats for programs: TAP 14 and JSON lines. */
#include "harness/report/file.h"
#include "harness/report/live.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <string.h>

/* One safe line, a backslash before each of these characters. */
static void escaped(struct buffer *buffer, const char *text, const char *special)
{
    struct buffer line;
    buffer_init(&line, LIVE_TEXT_BYTES_MAX);
    report_text_line(&line, text);
    for (const char *c = buffer_string(&line); *c; c++) {
        if (strchr(special, *c))
            buffer_u8(buffer, '\\');
        buffer_u8(buffer, (uint8_t)*c);
    }
    buffer_done(&line);
}

/* '#' would begin a directive, '\' an escape. */
static void tap_description(struct buffer *buffer, const char *text)
{
    escaped(buffer, text, "#\\");
}

/* A double-quoted YAML scalar; of report_text_line only these two need an escape. */
static void yaml(struct buffer *buffer, const char *key, const char *text)
{
    buffer_format(buffer, "%s: \"", key);
    escaped(buffer, text, "\"\\");
    buffer_text(buffer, "\"\n");
}

static void tap_failure(struct buffer *out, const struct report_result *result,
                        const struct judge_failure *failure)
{
    struct place place = report_failure_place(failure);
    const char *phone = report_failure_phone(failure, result->scenario);
    yaml(out, "    - expected", failure->expected);
    yaml(out, "      seen", failure->seen);
    yaml(out, "      file", result->scenario->path);
    buffer_format(out, "      line: %u\n      column: %u\n      rules: [", place.line,
                  place.column);
    for (size_t i = 0; i < failure->rule_count; i++)
        buffer_format(out, "%s%s", i ? ", " : "",
                      vendor_rule(vendor_default(), failure->rules[i])->id);
    buffer_text(out, "]\n");
    if (failure->standing)
        yaml(out, "      standing_rule", standing_rule_names[failure->standing_rule]);
    if (phone)
        yaml(out, "      phone", phone);
    buffer_format(out, "      time_us: %" PRIu64 "\n", failure->time_us);
    if (failure->event > 0)
        buffer_format(out, "      event: %" PRIu64 "\n", failure->event);
    if (failure->frame > 0)
        buffer_format(out, "      frame: %" PRIu64 "\n", failure->frame);
}

static void tap_diagnostics(struct buffer *out, const struct report_result *result)
{
    const struct judgement *judgement = result->judgement;
    buffer_format(out, "  ---\n  verdict: %s\n", verdict_names[judgement->verdict]);
    if (judgement->reason[0])
        yaml(out, "  reason", judgement->reason);
    buffer_format(out, "  seed: %" PRIu64 "\n", result->seed);
    if (result->folder)
        yaml(out, "  folder", result->folder);
    if (judgement->failure_count > 0)
        buffer_text(out, "  failures:\n");
    for (size_t i = 0; i < judgement->failure_count; i++)
        tap_failure(out, result, &judgement->failures[i]);
    buffer_text(out, "  ...\n");
}

static void tap_begin(struct report_live *live)
{
    if (!live->begun)
        buffer_text(&live->out, "TAP version 14\n");
    live->begun = true;
}

static void tap_result(struct report_live *live, const struct report_result *result)
{
    enum verdict verdict = result->judgement->verdict;
    bool ok = verdict == VERDICT_PASS || verdict == VERDICT_SKIP;
    tap_begin(live);
    buffer_format(&live->out, "%s %zu - ", ok ? "ok" : "not ok", live->done);
    struct buffer name;
    buffer_init(&name, LIVE_TEXT_BYTES_MAX);
    report_result_name(&name, result);
    buffer_text(&name, ": ");
    report_text_line(&name, result->scenario->title);
    tap_description(&live->out, buffer_string(&name));
    buffer_done(&name);
    if (verdict == VERDICT_SKIP) {
        buffer_text(&live->out, " # SKIP ");
        tap_description(&live->out, result->judgement->reason);
    }
    buffer_u8(&live->out, '\n');
    if (!ok)
        tap_diagnostics(&live->out, result);
}

/* The plan comes last, so that a run that was cut short has none and is not taken for whole: it
 * bails out. */
static void tap_end(struct report_live *live, const struct report_totals *totals,
                    const char *out_directory)
{
    (void)totals;
    (void)out_directory;
    tap_begin(live);
    if (live_missing(live) > 0)
        buffer_format(&live->out, "Bail out! %zu of %zu have no result\n", live_missing(live),
                      live->scenario_count);
    else if (live->done == 0)
        buffer_text(&live->out, "1..0 # SKIP no scenario was run\n");
    else
        buffer_format(&live->out, "1..%zu\n", live->done);
}

static void json_result(struct report_live *live, const struct report_result *result)
{
    report_json_result(result, &live->out);
    buffer_u8(&live->out, '\n');
}

static void json_end(struct report_live *live, const struct report_totals *totals,
                     const char *out_directory)
{
    (void)out_directory;
    report_json_totals(totals, &live->out);
    buffer_u8(&live->out, '\n');
}

static void tap_note(struct report_live *live, const char *text)
{
    tap_begin(live);
    buffer_text(&live->out, "# ");
    report_text_line(&live->out, text);
    buffer_u8(&live->out, '\n');
}

/* Results have a "verdict"; who reads them passes over a line without one. */
static void json_note(struct report_live *live, const char *text)
{
    json_t *note = json_pack("{s:s}", "note", text);
    if (!note) /* it is no text */
        return;
    report_json_dump(note, JSON_COMPACT, &live->out);
    buffer_u8(&live->out, '\n');
}

const struct live_format live_tap = {NULL, tap_note, tap_result, tap_end};
const struct live_format live_json = {NULL, json_note, json_result, json_end};
