/* SPDX-License-Identifier: MIT */
#include "harness/cycle/summary.h"
#include "harness/report/text.h"
#include <inttypes.h>

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
                times_row(buffer, facts->lab->phones[i].name, customization_state_names[state],
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
    const struct usage *all[] = {&facts->usage_begin, &facts->usage_warm, &facts->usage_now};
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
