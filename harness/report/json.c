/* SPDX-License-Identifier: MIT */
/* Results as JSON. Times are whole microseconds; the seed is text, because it has 64 bits and many
 * readers keep only 53 of a number. */
#include "harness/report/json.h"
#include "harness/base/file.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES_MAX = 1 << 20 };

int report_file_write(const char *path, const struct buffer *buffer, struct error *error)
{
    if (buffer->failed)
        return error_set(error, ERROR_LIMIT, "%s: the report is too large", path);
    return file_write(path, buffer_string(buffer), buffer->length, error);
}

json_t *report_json_text(const char *text)
{
    if (!text)
        return json_null();
    struct buffer clean;
    buffer_init(&clean, TEXT_BYTES_MAX);
    report_text_valid(&clean, text);
    json_t *json = clean.failed ? NULL : json_string(buffer_string(&clean));
    buffer_done(&clean);
    return json;
}

void report_json_dump(json_t *value, size_t flags, struct buffer *buffer)
{
    char *bytes = value ? json_dumps(value, flags) : NULL;
    if (bytes)
        buffer_text(buffer, bytes);
    else
        buffer->failed = true;
    free(bytes);
    json_decref(value);
}

/* --- parts: NULL = out of memory -------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static json_t *number_or_null(uint64_t value)
{
    return value ? number(value) : json_null();
}

static json_t *rule_ids(const enum rule_id *rules, size_t count)
{
    json_t *ids = json_array();
    int bad = 0;
    for (size_t i = 0; i < count; i++)
        bad |= json_array_append_new(ids,
                                     report_json_text(vendor_rule(vendor_default(), rules[i])->id));
    return bad ? NULL : ids;
}

static json_t *failure_json(const struct judge_failure *failure, const struct scenario *scenario)
{
    struct place place = report_failure_place(failure);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o, s:o, s:o, s:o}", "expected",
        report_json_text(failure->expected), "seen", report_json_text(failure->seen), "file",
        report_json_text(scenario->path), "line", number(place.line), "column",
        number(place.column), "rules", rule_ids(failure->rules, failure->rule_count),
        "standing_rule",
        failure->standing ? report_json_text(standing_rule_names[failure->standing_rule]) : NULL,
        "phone", report_json_text(report_failure_phone(failure, scenario)), "time_us",
        number(failure->time_us), "event", number_or_null(failure->event), "frame",
        number_or_null(failure->frame));
}

/* By name; NULL where there is but one phone, of which the verdict itself tells, or none that
 * failed. */
static json_t *phones_failed(const struct judgement *judgement, const struct scenario *scenario)
{
    if (scenario->phone_count < 2 || judgement_blamed(judgement) == 0)
        return NULL;
    json_t *names = json_array();
    int bad = 0;
    for (size_t i = 0; i < scenario->phone_count; i++)
        if (judgement_blames(judgement, (int)i))
            bad |= json_array_append_new(names, report_json_text(scenario->phones[i].name));
    return bad ? NULL : names;
}

static json_t *result_json(const struct report_result *result)
{
    const struct scenario *scenario = result->scenario;
    const struct judgement *judgement = result->judgement;
    json_t *tags = json_array(), *failures = json_array();
    char seed[24];
    int bad = 0;
    snprintf(seed, sizeof seed, "%" PRIu64, result->seed);
    for (size_t i = 0; i < scenario->tag_count; i++)
        bad |= json_array_append_new(tags, report_json_text(scenario->tags[i]));
    for (size_t i = 0; i < judgement->failure_count; i++)
        bad |= json_array_append_new(failures, failure_json(&judgement->failures[i], scenario));
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o, s:o*, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
        "id", report_json_text(scenario->id), "title", report_json_text(scenario->title), "file",
        report_json_text(scenario->path), "covers",
        rule_ids(scenario->covers, scenario->cover_count), "tags", tags, "verdict",
        report_json_text(verdict_names[judgement->verdict]), "reason",
        judgement->reason[0] ? report_json_text(judgement->reason) : NULL, "seed",
        report_json_text(seed), "repeat", result->repeat > 0 ? number(result->repeat) : NULL,
        "steps", number(scenario->step_count), "steps_done", number(judgement->steps_done),
        "phone_time_us", number(judgement->end_us), "wall_time_us", number(result->wall_us),
        "folder", report_json_text(result->folder), "failures", failures, "failures_omitted",
        number(judgement->failures_omitted), "phones_failed", phones_failed(judgement, scenario));
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *totals_json(const struct report_totals *totals)
{
    json_t *by_verdict = json_object();
    int bad = 0;
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        bad |= json_object_set_new(by_verdict, verdict_names[i], number(totals->by_verdict[i]));
    return json_pack("{s:o, s:o, s:o, s:o}", "scenarios", number(totals->scenarios), "by_verdict",
                     bad ? NULL : by_verdict, "phone_time_us", number(totals->phone_us),
                     "wall_time_us", number(totals->wall_us));
}

/* --- whole ------------------------------------------------------------------------------------ */

void report_json_result(const struct report_result *result, struct buffer *buffer)
{
    report_json_dump(result_json(result), JSON_COMPACT, buffer);
}

void report_json_totals(const struct report_totals *totals, struct buffer *buffer)
{
    report_json_dump(json_pack("{s:o}", "totals", totals_json(totals)), JSON_COMPACT, buffer);
}

static int write_json(const char *path, json_t *value, size_t flags, struct error *error)
{
    struct buffer text;
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    report_json_dump(value, flags, &text);
    buffer_u8(&text, '\n');
    int code = report_file_write(path, &text, error);
    buffer_done(&text);
    return code;
}

int report_verdict_write(const struct report_result *result, struct error *error)
{
    char path[FILE_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", result->folder, REPORT_VERDICT_NAME);
    return write_json(path, result_json(result), JSON_COMPACT, error);
}

int report_json_write(const char *path, const struct report_result *results, size_t count,
                      const struct report_totals *totals, struct error *error)
{
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < count; i++)
        bad |= json_array_append_new(list, result_json(&results[i]));
    json_t *object = json_pack("{s:s, s:s, s:o, s:o}", "program", "rclab", "version", RCLAB_VERSION,
                               "totals", totals_json(totals), "results", bad ? NULL : list);
    return write_json(path, object, JSON_INDENT(1), error);
}
