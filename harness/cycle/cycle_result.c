/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle_internal.h"
#include "harness/cycle/evidence.h"
#include "harness/cycle/state_times.h"
#include "harness/replay/run_folder.h"
#include <inttypes.h>
#include <stdio.h>

enum { NOTE_BYTES_MAX = 512 };

struct time_taker {
    struct cycle *cycle;
    const struct rack_course *course;
    bool failed;
};

static void take_time(void *context, size_t phone, enum customization_state state, uint64_t us)
{
    struct time_taker *taker = context;
    struct tally_phone *tally = &taker->cycle->tally->phones[taker->course->phones[phone]];
    if (!histogram_add(&tally->times[state], us))
        taker->failed = true;
}

/* A lab that broke may have left half a timeline. */
static int take_times(struct cycle *cycle, size_t number, const struct judgement *judgement,
                      struct error *error)
{
    struct time_taker taker = {.cycle = cycle, .course = &cycle->config->plan->courses[number]};
    struct timeline timeline;
    if (judgement->verdict == VERDICT_ERROR)
        return 0;
    timeline_init(&timeline);
    int result =
        run_folder_timeline(cycle->folders[number], &taker.course->bound, &timeline, error);
    if (result == 0)
        state_times_read(&timeline, taker.course->bound.phone_count, take_time, &taker);
    timeline_done(&timeline);
    if (result == 0 && taker.failed)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    return result;
}

static void tell_pruned(const struct cycle *cycle, const struct kept_run *run)
{
    const struct cycle_config *config = cycle->config;
    char text[NOTE_BYTES_MAX];
    if (run->verdict == VERDICT_PASS || !config->note)
        return;
    snprintf(text, sizeof text,
             "runs that did not pass use more than half of --disk: the oldest is removed, cycle "
             "%" PRIu64 ", %s of %s",
             run->cycle, verdict_names[run->verdict], config->lab->phones[run->phone].name);
    config->note(config->context, text);
}

void cycle_prune(struct cycle *cycle)
{
    struct tally *tally = cycle->tally;
    int index;
    while ((index = kept_choose(&tally->kept, cycle->config->limits.disk_bytes)) != KEPT_NONE) {
        struct kept_run run = tally->kept.runs[index];
        char path[FOLDER_PATH_MAX];
        if (evidence_path(cycle->config->out, run.cycle,
                          cycle->config->plan->courses[run.course].bound.id, path, NULL) == 0)
            evidence_remove(path);
        kept_remove(&tally->kept, (size_t)index);
        *(run.verdict == VERDICT_PASS ? &tally->pruned_passes : &tally->pruned_failures) += 1;
        tell_pruned(cycle, &run);
    }
}

static int take(struct cycle *cycle, size_t number, const struct judgement *judgement,
                uint64_t wall_us, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    const struct rack_course *course = &config->plan->courses[number];
    struct tally *tally = cycle->tally;
    struct report_result result = {.scenario = &course->bound,
                                   .judgement = judgement,
                                   .seed = cycle->rounds[number].seed,
                                   .wall_us = wall_us,
                                   .folder = cycle->folders[number]};
    struct kept_run kept = {.cycle = tally->cycle,
                            .course = (uint32_t)number,
                            .phone = (uint32_t)course->phones[0],
                            .verdict = judgement->verdict};
    int code = take_times(cycle, number, judgement, error);
    if (code == 0)
        code = report_verdict_write(&result, error);
    if (code < 0)
        return code;
    tally->done[number] = true;
    kept.first_of_kind = tally_take(tally, course, judgement);
    kept.bytes = evidence_bytes(result.folder);
    kept_add(&tally->kept, &kept); /* there is a place: cycle_prune saw to it */
    if (config->result)
        config->result(config->context, tally->cycle, number, &result);
    cycle_prune(cycle);
    /* Evidence of a failure must not be taken for a leftover, even if this program is killed. */
    return judgement->verdict == VERDICT_PASS ? 0 : cycle_save(cycle, error);
}

bool cycle_take_result(struct cycle *cycle, size_t number, const struct judgement *judgement,
                       uint64_t wall_us)
{
    const struct cycle_limits *limits = &cycle->config->limits;
    if (judgement->verdict == VERDICT_SKIP || cycle->result < 0)
        return cycle->result == 0;
    if (judgement->verdict != VERDICT_ERROR)
        cycle->judged++;
    cycle->result = take(cycle, number, judgement, wall_us, &cycle->error);
    if (limits->failures > 0 && cycle->tally->by_verdict[VERDICT_FAIL] >= limits->failures)
        return false;
    return cycle->result == 0;
}
