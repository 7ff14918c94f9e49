/* SPDX-License-Identifier: MIT */
#include "harness/cycle/summary.h"
#include "harness/report/json.h"
#include "harness/report/text.h"
#include "harness/vendor/vendor.h"
#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void summary_usage_read(struct summary_usage *ret_usage)
{
    uint64_t total, resident, descriptors = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    DIR *folder = opendir("/proc/self/fd");
    bool known = file && folder && fscanf(file, "%" SCNu64 " %" SCNu64, &total, &resident) == 2;
    struct dirent *entry;
    while (known && (entry = readdir(folder)))
        descriptors += entry->d_name[0] != '.';
    if (known)
        *ret_usage =
            (struct summary_usage){.known = true,
                                   .resident_bytes = resident * (uint64_t)sysconf(_SC_PAGESIZE),
                                   /* but for the two that were opened to find it out */
                                   .descriptors = descriptors - 2};
    if (file)
        fclose(file);
    if (folder)
        closedir(folder);
}

/* --- for people ----------------------------------------------------------------------------- */

enum { SHOWN_FAILURES_MAX = 20, MEDIAN = 500, HIGH = 950 /* thousandths */ };

static const enum verdict shown[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_ERROR};
enum { SHOWN_VERDICTS = sizeof shown / sizeof shown[0] };

static void verdicts(struct buffer *buffer, const uint64_t by_verdict[VERDICT_COUNT])
{
    for (size_t i = 0; i < SHOWN_VERDICTS; i++)
        buffer_format(buffer, "%s%" PRIu64 " %s", i ? ", " : "", by_verdict[shown[i]],
                      verdict_names[shown[i]]);
}

static void times_row(struct buffer *buffer, const char *phone, const char *state,
                      const struct histogram *times)
{
    char least[REPORT_TIME_TEXT_MAX], median[REPORT_TIME_TEXT_MAX], high[REPORT_TIME_TEXT_MAX],
        greatest[REPORT_TIME_TEXT_MAX];
    buffer_format(buffer, "  %-16s %-15s %7" PRIu64 " %9s %9s %9s %9s\n", phone, state,
                  times->count, report_wall_time(times->least, least),
                  report_wall_time(histogram_quantile(times, MEDIAN), median),
                  report_wall_time(histogram_quantile(times, HIGH), high),
                  report_wall_time(times->greatest, greatest));
}

static void all_times(struct buffer *buffer, const struct summary_facts *facts)
{
    buffer_format(buffer, "\nFrom the boot to each state (median and p95 within %.1f %%):\n",
                  100 * HISTOGRAM_PRECISION);
    buffer_format(buffer, "  %-16s %-15s %7s %9s %9s %9s %9s\n", "phone", "state", "times", "min",
                  "median", "p95", "max");
    for (size_t i = 0; i < facts->tally->phone_count; i++) {
        for (size_t state = 0; state < STATE_COUNT; state++) {
            if (facts->tally->phones[i].times[state].count > 0)
                times_row(buffer, facts->lab->phones[i].name,
                          vendor_state_name(vendor_default(), (enum customization_state)state),
                          &facts->tally->phones[i].times[state]);
        }
    }
}

static void all_kinds(struct buffer *buffer, const struct summary_facts *facts)
{
    const struct tally *tally = facts->tally;
    if (tally->by_verdict[VERDICT_FAIL] + tally->by_verdict[VERDICT_ERROR] == 0)
        return;
    buffer_text(buffer, "\nWhat did not pass:\n");
    for (size_t i = 0; i < tally->phone_count; i++) {
        for (size_t kind = 0; kind < TALLY_KINDS; kind++) {
            const struct tally_kind *counted = &tally->phones[i].kinds[kind];
            if (counted->count > 0)
                buffer_format(buffer, "  %-16s %-24s %7" PRIu64 " %s, first in cycle %" PRIu64 "\n",
                              facts->lab->phones[i].name, tally_kind_name(kind), counted->count,
                              counted->count == 1 ? "run" : "runs", counted->first_cycle);
        }
    }
}

static void all_failures(struct buffer *buffer, const struct summary_facts *facts)
{
    const struct kept *kept = &facts->tally->kept;
    size_t count = 0;
    for (size_t i = 0; i < kept->count; i++)
        count += kept->runs[i].verdict != VERDICT_PASS;
    if (count == 0)
        return;
    buffer_format(buffer, "\nTheir evidence%s:\n",
                  count > SHOWN_FAILURES_MAX ? ", of the newest" : "");
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        if (run->verdict == VERDICT_PASS || count-- > SHOWN_FAILURES_MAX)
            continue;
        buffer_format(buffer, "  %-5s %s/runs/%" PRIu64 "/%s/\n", verdict_names[run->verdict],
                      facts->out, run->cycle, facts->plan->courses[run->course].bound.id);
    }
}

static void usage_line(struct buffer *buffer, const struct summary_facts *facts)
{
    const struct summary_usage *all[] = {&facts->usage_begin, &facts->usage_warm,
                                         &facts->usage_now};
    static const char *const names[] = {"at the begin", "after 100 cycles", "now"};
    bool first = true;
    for (size_t i = 0; i < 3; i++) {
        if (!all[i]->known)
            continue;
        buffer_format(buffer, "%s%" PRIu64 " KiB and %" PRIu64 " files %s",
                      first ? "\nMemory and open files of this program: " : ", ",
                      all[i]->resident_bytes / 1024, all[i]->descriptors, names[i]);
        first = false;
    }
    if (!first)
        buffer_text(buffer, ".\n");
}

void summary_text(const struct summary_facts *facts, struct buffer *buffer)
{
    const struct tally *tally = facts->tally;
    char time[REPORT_TIME_TEXT_MAX];
    uint64_t cycles = tally->cycle - 1;
    buffer_format(buffer, "%s: %" PRIu64 " cycle%s in %s; runs: ", facts->lab->name, cycles,
                  cycles == 1 ? "" : "s", report_phone_time(tally->elapsed_us, time));
    verdicts(buffer, tally->by_verdict);
    buffer_text(buffer, ".\n");
    for (size_t i = 0; i < tally->phone_count; i++) {
        buffer_format(buffer, "  %-16s ", facts->lab->phones[i].name);
        verdicts(buffer, tally->phones[i].by_verdict);
        buffer_u8(buffer, '\n');
    }
    all_times(buffer, facts);
    all_kinds(buffer, facts);
    all_failures(buffer, facts);
    buffer_format(buffer,
                  "\nKept: %zu runs, %" PRIu64 " KiB; removed for want of room: %" PRIu64
                  " that passed, %" PRIu64 " that did not.\n",
                  tally->kept.count, tally->kept.bytes / 1024, tally->pruned_passes,
                  tally->pruned_failures);
    usage_line(buffer, facts);
}

/* --- for programs --------------------------------------------------------------------------- */

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
            json_object_set_new(times,
                                vendor_state_name(vendor_default(), (enum customization_state)i),
                                times_json(&phone->times[i]));
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

static json_t *usage_json(const struct summary_usage *usage)
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
