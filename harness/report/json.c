/* SPDX-License-Identifier: MIT */
/* Results as JSON. Times are whole microseconds; the seed is text, because it has 64 bits and many
 * readers keep only 53 of a number. */
#include "harness/report/file.h"
#include "harness/report/live.h"
#include "harness/report/text.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>

static json_t *number(uint64_t value)
{
    return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static int put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

static json_t *failure_json(const struct judge_failure *failure, const struct scenario *scenario)
{
    struct place place = report_failure_place(failure);
    json_t *object = json_object(), *ids = json_array();
    int bad = 0;
    for (size_t i = 0; i < failure->rule_count; i++)
        bad |= json_array_append_new(
            ids, report_json_text(vendor_rule(vendor_default(), failure->rules[i])->id));
    bad |= put(object, "expected", report_json_text(failure->expected));
    bad |= put(object, "seen", report_json_text(failure->seen));
    bad |= put(object, "file", report_json_text(scenario->path));
    bad |= put(object, "line", number(place.line));
    bad |= put(object, "column", number(place.column));
    bad |= put(object, "rules", ids);
    if (failure->standing)
        bad |= put(object, "standing_rule",
                   report_json_text(standing_rule_names[failure->standing_rule]));
    bad |= put(object, "phone", report_json_text(report_failure_phone(failure, scenario)));
    bad |= put(object, "time_us", number(failure->time_us));
    bad |= put(object, "event", failure->event ? number(failure->event) : json_null());
    bad |= put(object, "frame", failure->frame ? number(failure->frame) : json_null());
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

static int put_scenario(json_t *object, const struct scenario *scenario)
{
    json_t *covers = json_array(), *tags = json_array();
    int bad = 0;
    for (size_t i = 0; i < scenario->cover_count; i++)
        bad |= json_array_append_new(
            covers, report_json_text(vendor_rule(vendor_default(), scenario->covers[i])->id));
    for (size_t i = 0; i < scenario->tag_count; i++)
        bad |= json_array_append_new(tags, report_json_text(scenario->tags[i]));
    bad |= put(object, "id", report_json_text(scenario->id));
    bad |= put(object, "title", report_json_text(scenario->title));
    bad |= put(object, "file", report_json_text(scenario->path));
    bad |= put(object, "covers", covers);
    bad |= put(object, "tags", tags);
    return bad;
}

static json_t *result_json(const struct report_result *result)
{
    const struct judgement *judgement = result->judgement;
    json_t *object = json_object(), *failures = json_array();
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, result->seed);
    int bad = put_scenario(object, result->scenario);
    for (size_t i = 0; i < judgement->failure_count; i++)
        bad |= json_array_append_new(failures,
                                     failure_json(&judgement->failures[i], result->scenario));
    bad |= put(object, "verdict", report_json_text(verdict_names[judgement->verdict]));
    if (judgement->reason[0])
        bad |= put(object, "reason", report_json_text(judgement->reason));
    bad |= put(object, "seed", report_json_text(seed));
    if (result->repeat > 0)
        bad |= put(object, "repeat", number(result->repeat));
    bad |= put(object, "steps", number(result->scenario->step_count));
    bad |= put(object, "steps_done", number(judgement->steps_done));
    bad |= put(object, "phone_time_us", number(judgement->end_us));
    bad |= put(object, "wall_time_us", number(result->wall_us));
    bad |= put(object, "folder", report_json_text(result->folder));
    bad |= put(object, "failures", failures);
    bad |= put(object, "failures_omitted", number(judgement->failures_omitted));
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *totals_json(const struct report_totals *totals)
{
    json_t *object = json_object(), *by_verdict = json_object();
    int bad = 0;
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        bad |= put(by_verdict, verdict_names[i], number(totals->by_verdict[i]));
    bad |= put(object, "scenarios", number(totals->scenarios));
    bad |= put(object, "by_verdict", by_verdict);
    bad |= put(object, "phone_time_us", number(totals->phone_us));
    bad |= put(object, "wall_time_us", number(totals->wall_us));
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

void report_json_result(const struct report_result *result, struct buffer *buffer)
{
    report_json_dump(result_json(result), JSON_COMPACT, buffer);
}

int report_verdict_write(const struct report_result *result, struct error *error)
{
    char path[PATH_MAX];
    struct buffer text;
    snprintf(path, sizeof path, "%s/%s", result->folder, REPORT_VERDICT_NAME);
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    report_json_result(result, &text);
    buffer_u8(&text, '\n');
    int code = report_file_write(path, &text, error);
    buffer_done(&text);
    return code;
}

void report_json_totals(const struct report_totals *totals, struct buffer *buffer)
{
    json_t *object = json_object();
    bool bad = put(object, "totals", totals_json(totals)) != 0;
    report_json_dump(bad ? NULL : object, JSON_COMPACT, buffer);
    if (bad)
        json_decref(object);
}

int report_json_write(const char *path, const struct report_result *results, size_t count,
                      const struct report_totals *totals, struct error *error)
{
    struct buffer buffer;
    buffer_init(&buffer, REPORT_FILE_BYTES_MAX);
    json_t *object = json_object(), *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < count; i++)
        bad |= json_array_append_new(list, result_json(&results[i]));
    bad |= put(object, "program", report_json_text("rclab"));
    bad |= put(object, "version", report_json_text(RCLAB_VERSION));
    bad |= put(object, "totals", totals_json(totals));
    bad |= put(object, "results", list);
    int code = ERROR_MEMORY;
    if (bad) {
        json_decref(object);
        error_set(error, code, "%s: out of memory", path);
    } else {
        report_json_dump(object, JSON_INDENT(1), &buffer);
        buffer_u8(&buffer, '\n');
        code = report_file_write(path, &buffer, error);
    }
    buffer_done(&buffer);
    return code;
}
