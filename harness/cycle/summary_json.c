/* SPDX-License-Identifier: MIT */
#include "harness/cycle/summary.h"
#include "harness/report/file.h"
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEDIAN = 500, HIGH = 950 /* thousandths */ };

static json_t *number(uint64_t value)
{
    return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static json_t *verdicts_json(const uint64_t by_verdict[VERDICT_COUNT])
{
    json_t *object = json_object();
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (i != VERDICT_SKIP && i != VERDICT_FLAKY) /* never counted */
            json_object_set_new(object, verdict_names[i], number(by_verdict[i]));
    }
    return object;
}

static json_t *times_json(const struct histogram *times)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "count", number(times->count), "min_us",
                     number(times->least), "median_us", number(histogram_quantile(times, MEDIAN)),
                     "p95_us", number(histogram_quantile(times, HIGH)), "max_us",
                     number(times->greatest));
}

static json_t *phone_json(const char *name, const struct tally_phone *phone)
{
    json_t *kinds = json_object(), *times = json_object();
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        if (phone->kinds[i].count > 0)
            json_object_set_new(kinds, tally_kind_name(i),
                                json_pack("{s:o,s:o}", "count", number(phone->kinds[i].count),
                                          "first_cycle", number(phone->kinds[i].first_cycle)));
    }
    for (size_t i = 0; i < STATE_COUNT; i++) {
        if (phone->times[i].count > 0)
            json_object_set_new(times, customization_state_names[i], times_json(&phone->times[i]));
    }
    return json_pack("{s:s,s:o,s:o,s:o}", "name", name, "verdicts",
                     verdicts_json(phone->by_verdict), "times", times, "failed_by", kinds);
}

static json_t *failures_json(const struct summary_facts *facts)
{
    const struct kept *kept = &facts->tally->kept;
    json_t *list = json_array();
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        char folder[PATH_MAX];
        const char *id = facts->plan->courses[run->course].bound.id;
        if (run->verdict == VERDICT_PASS)
            continue;
        snprintf(folder, sizeof folder, "%s/runs/%" PRIu64 "/%s", facts->out, run->cycle, id);
        json_array_append_new(list,
                              json_pack("{s:o,s:s,s:s,s:s,s:s}", "cycle", number(run->cycle), "id",
                                        id, "phone", facts->lab->phones[run->phone].name, "verdict",
                                        verdict_names[run->verdict], "folder", folder));
    }
    return list;
}

static json_t *usage_json(const struct usage *usage)
{
    if (!usage->known)
        return json_null();
    return json_pack("{s:o,s:o}", "resident_bytes", number(usage->resident_bytes), "descriptors",
                     number(usage->descriptors));
}

void summary_json(const struct summary_facts *facts, struct buffer *buffer)
{
    const struct tally *tally = facts->tally;
    json_t *phones = json_array();
    for (size_t i = 0; i < tally->phone_count; i++)
        json_array_append_new(phones, phone_json(facts->lab->phones[i].name, &tally->phones[i]));
    json_t *json = json_pack(
        "{s:s,s:s,s:s,s:o,s:b,s:o,s:o,s:o,s:o,s:{s:o,s:o,s:o,s:o},s:{s:o,s:o,s:o}}", "program",
        "rclab", "version", RCLAB_VERSION, "lab", facts->lab->name, "cycles",
        number(tally->cycle - 1), "finished", tally->finished, "elapsed_us",
        number(tally->elapsed_us), "verdicts", verdicts_json(tally->by_verdict), "phones", phones,
        "failures", failures_json(facts), "kept", "runs", number(tally->kept.count), "bytes",
        number(tally->kept.bytes), "pruned_passes", number(tally->pruned_passes), "pruned_failures",
        number(tally->pruned_failures), "usage", "begin", usage_json(&facts->usage_begin),
        "after_100_cycles", usage_json(&facts->usage_warm), "now", usage_json(&facts->usage_now));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (text)
        buffer_text(buffer, text);
    else
        buffer->failed = true;
    free(text);
    json_decref(json);
}

static int write_one(const struct summary_facts *facts, const char *name,
                     void (*make)(const struct summary_facts *, struct buffer *), const char *end,
                     struct error *error)
{
    char path[PATH_MAX];
    struct buffer buffer;
    snprintf(path, sizeof path, "%s/%s", facts->out, name);
    buffer_init(&buffer, REPORT_FILE_BYTES_MAX);
    make(facts, &buffer);
    buffer_text(&buffer, end);
    int result = report_file_write(path, &buffer, error);
    buffer_done(&buffer);
    return result;
}

int summary_write(const struct summary_facts *facts, struct error *error)
{
    int result = write_one(facts, SUMMARY_TEXT_NAME, summary_text, "", error);
    if (result < 0)
        return result;
    return write_one(facts, SUMMARY_JSON_NAME, summary_json, "\n", error);
}
