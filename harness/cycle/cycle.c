/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/cycle/cycle_screen.h"
#include "harness/cycle/evidence.h"
#include "harness/cycle/state_file.h"
#include "harness/cycle/summary.h"
#include "harness/replay/run_folder.h"
#include "harness/run/run.h"
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 100, NOTE_BYTES_MAX = 512, TEXT_BYTES_MAX = 16 << 20 };
#define SUMMARY_EVERY_US UINT64_C(10000000)

struct cycle {
    const struct cycle_config *config;
    struct tally *tally;
    struct rack_course *courses; /* the plan's, what is done left out */
    struct rack_round_course *rounds;
    char (*folders)[FILE_PATH_MAX]; /* one a course */
    struct rack_quarantine *quarantine;
    uint64_t *quarantined_us; /* since when, one a phone; 0 = it is not */
    uint64_t started_us, elapsed_before_us;
    size_t judged; /* in this cycle: runs that say something about a phone */
    unsigned barren;
    struct cycle_screen *screen;
    struct summary_usage usage_begin, usage_warm;
    uint64_t cycles_here, summary_us; /* in this sitting; when the last summary was written */
    int result;                       /* what went wrong while a result was taken */
    struct error error;
};

static bool is_stopped(const struct cycle *cycle)
{
    return cycle->config->stop && *cycle->config->stop != 0;
}

static void look_at_the_clock(struct cycle *cycle)
{
    cycle->tally->elapsed_us = cycle->elapsed_before_us + (monotonic_us() - cycle->started_us);
}

static int save(struct cycle *cycle, struct error *error)
{
    char path[FILE_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", cycle->config->out, STATE_FILE_NAME);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, ERROR_LIMIT, "%.200s: the path is too long", cycle->config->out);
    look_at_the_clock(cycle);
    return state_file_write(path, cycle->tally, cycle->config->identity, error);
}

/* --- the summary ----------------------------------------------------------------------------- */

static struct summary_facts facts_of(const struct cycle *cycle)
{
    struct summary_facts facts = {.lab = cycle->config->lab,
                                  .plan = cycle->config->plan,
                                  .tally = cycle->tally,
                                  .out = cycle->config->out,
                                  .usage_begin = cycle->usage_begin,
                                  .usage_warm = cycle->usage_warm};
    summary_usage_read(&facts.usage_now); /* where there is no /proc it is left out */
    return facts;
}

static int write_summary(struct cycle *cycle, struct error *error)
{
    struct summary_facts facts = facts_of(cycle);
    cycle->summary_us = monotonic_us();
    return summary_write(&facts, error);
}

static void try_to_write_summary(struct cycle *cycle)
{
    struct error error;
    if (write_summary(cycle, &error) < 0)
        cycle_screen_note(cycle->screen, error.text);
}

static void show_summary(struct cycle *cycle)
{
    struct summary_facts facts = facts_of(cycle);
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    if (cycle->config->format == REPORT_JSON) {
        summary_json(&facts, &text);
        buffer_u8(&text, '\n');
    } else {
        summary_text(&facts, &text);
    }
    cycle_screen_text(cycle->screen, buffer_string(&text));
    buffer_done(&text);
}

static void ticked(void *context)
{
    struct cycle *cycle = context;
    if (*cycle->config->summary_wanted) {
        *cycle->config->summary_wanted = 0;
        try_to_write_summary(cycle);
        show_summary(cycle);
    }
    cycle_screen_tick(cycle->screen, monotonic_us());
}

/* --- a run has ended ------------------------------------------------------------------------ */

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
        tally_read_times(&timeline, taker.course->bound.phone_count, take_time, &taker);
    timeline_done(&timeline);
    if (result == 0 && taker.failed)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    return result;
}

static void tell_pruned(const struct cycle *cycle, const struct kept_run *run)
{
    char text[NOTE_BYTES_MAX];
    if (run->verdict == VERDICT_PASS)
        return;
    snprintf(text, sizeof text,
             "runs that did not pass use more than half of --disk: the oldest is removed, cycle "
             "%" PRIu64 ", %s of %s",
             run->cycle, verdict_names[run->verdict], cycle->config->lab->phones[run->phone].name);
    cycle_screen_note(cycle->screen, text);
}

static void prune(struct cycle *cycle)
{
    struct tally *tally = cycle->tally;
    int index;
    while ((index = kept_choose(&tally->kept, cycle->config->limits.disk_bytes)) != KEPT_NONE) {
        struct kept_run run = tally->kept.runs[index];
        char path[FILE_PATH_MAX];
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
    kept_add(&tally->kept, &kept); /* there is a place: prune saw to it */
    cycle_screen_result(cycle->screen, tally->cycle, number, &result);
    prune(cycle);
    /* Evidence of a failure must not be taken for a leftover, even if this program is killed. */
    return judgement->verdict == VERDICT_PASS ? 0 : save(cycle, error);
}

static bool take_result(struct cycle *cycle, size_t number, const struct judgement *judgement,
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

/* --- a cycle -------------------------------------------------------------------------------- */

struct pool_context {
    struct cycle *cycle;
    const size_t *numbers; /* of the jobs in the plan */
};

static bool is_quarantined(const struct cycle *cycle, size_t course)
{
    const struct rack_course *planned = &cycle->config->plan->courses[course];
    for (size_t i = 0; i < planned->bound.phone_count; i++) {
        if (cycle->quarantine[planned->phones[i]].in)
            return true;
    }
    return false;
}

static bool takes_part(const struct cycle *cycle, size_t course)
{
    return !cycle->config->plan->courses[course].skipped && !cycle->tally->done[course] &&
           !is_quarantined(cycle, course);
}

/* Folders, seeds, and what is left out of the plan this time. */
static int prepare(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    uint64_t seed = config->seed + cycle->tally->cycle - 1;
    int result = 0;
    for (size_t i = 0; result == 0 && i < config->plan->count; i++) {
        const struct rack_course *course = &config->plan->courses[i];
        cycle->courses[i] = *course;
        if (cycle->tally->done[i])
            cycle->courses[i].skipped = "it came in before the program ended";
        cycle->rounds[i] =
            (struct rack_round_course){.course = course,
                                       .folder = cycle->folders[i],
                                       .seed = run_scenario_seed(seed, course->bound.id)};
        if (!takes_part(cycle, i))
            continue;
        result = evidence_path(config->out, cycle->tally->cycle, course->bound.id,
                               cycle->folders[i], error);
        if (result == 0)
            result = folder_make_empty(cycle->folders[i], error);
    }
    return result;
}

/* --- on a wire ------------------------------------------------------------------------------ */

static void rack_started(void *context, size_t course)
{
    const struct cycle *cycle = context;
    cycle_screen_started(cycle->screen, course);
}

static bool rack_finished(void *context, size_t course, const struct judgement *judgement,
                          uint64_t wall_us)
{
    return take_result(context, course, judgement, wall_us);
}

static void rack_told(void *context, const struct rack_news *news)
{
    const struct cycle *cycle = context;
    cycle_screen_news(cycle->screen, news);
}

static int run_on_the_wire(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    char folder[FILE_PATH_MAX];
    struct rack_plan plan = *config->plan;
    plan.courses = cycle->courses;
    snprintf(folder, sizeof folder, "%s/lab", config->out);
    struct rack_config rack = {.lab = config->lab,
                               .certificates = config->certificates,
                               .plan = &plan,
                               .courses = cycle->rounds,
                               .folder = folder,
                               .seed = config->seed + cycle->tally->cycle - 1,
                               .no_prompt = config->no_prompt,
                               .quarantine = cycle->quarantine,
                               .stop = config->stop,
                               .started = rack_started,
                               .finished = rack_finished,
                               .news = rack_told,
                               .tick = ticked,
                               .context = cycle};
    int result = folder_make(folder, error);
    return result < 0 ? result : rack_run(&rack, error);
}

/* --- emulated ------------------------------------------------------------------------------- */

static void pool_started(void *context, size_t job)
{
    const struct pool_context *pool = context;
    rack_started(pool->cycle, pool->numbers[job]);
}

/* A lab that broke will break again: its phone is left alone, as on a wire. */
static bool pool_finished(void *context, size_t job, const struct judgement *judgement,
                          uint64_t wall_us)
{
    const struct pool_context *pool = context;
    struct cycle *cycle = pool->cycle;
    size_t number = pool->numbers[job];
    const struct rack_course *course = &cycle->config->plan->courses[number];
    for (size_t i = 0; judgement->verdict == VERDICT_ERROR && i < course->bound.phone_count; i++) {
        struct rack_quarantine *quarantine = &cycle->quarantine[course->phones[i]];
        quarantine->in = true;
        snprintf(quarantine->reason, sizeof quarantine->reason, "%s", judgement->reason);
    }
    return take_result(cycle, number, judgement, wall_us);
}

static void pool_ticked(void *context)
{
    const struct pool_context *pool = context;
    ticked(pool->cycle);
}

static int run_emulated(struct cycle *cycle, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    size_t count = 0, most = config->plan->count + 1;
    struct phone_variation variation;
    struct pool_job *jobs = calloc(most, sizeof *jobs);
    size_t *numbers = calloc(most, sizeof *numbers);
    struct pool_context context = {.cycle = cycle, .numbers = numbers};
    if (config->has_variation)
        phone_variation_draw(config->variation_seed + cycle->tally->cycle - 1, &variation);
    for (size_t i = 0; jobs && numbers && i < config->plan->count; i++) {
        if (!takes_part(cycle, i))
            continue;
        numbers[count] = i;
        jobs[count++] =
            (struct pool_job){.scenario = &config->plan->courses[i].bound,
                              .options = {.folder = cycle->folders[i],
                                          .seed = cycle->rounds[i].seed,
                                          .clock = LOOP_CLOCK_WARP,
                                          .quirk = config->quirk,
                                          .variation = config->has_variation ? &variation : NULL,
                                          .certificates = config->certificates}};
    }
    struct pool_config pool = {.each_decides = true, /* failures, room on the disk, time */
                               .jobs = jobs,
                               .job_count = count,
                               .parallel =
                                   count < config->parallel ? (unsigned)count : config->parallel,
                               .stop = config->stop,
                               .started = pool_started,
                               .finished = pool_finished,
                               .tick = pool_ticked,
                               .context = &context};
    int result = jobs && numbers ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0 && count > 0)
        result = pool_run(&pool, error);
    free(jobs);
    free(numbers);
    return result;
}

static int run_once(struct cycle *cycle, struct error *error)
{
    cycle->judged = 0;
    int result = prepare(cycle, error);
    if (result == 0)
        result =
            cycle->config->emulated ? run_emulated(cycle, error) : run_on_the_wire(cycle, error);
    if (result == 0 && cycle->result < 0) {
        if (error)
            *error = cycle->error;
        result = cycle->result;
    }
    return result;
}

/* --- where the program before this one ended ------------------------------------------------ */

static bool is_kept(void *context, uint64_t number, const char *id)
{
    const struct cycle *cycle = context;
    const struct kept *kept = &cycle->tally->kept;
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        if (run->cycle == number &&
            strcmp(cycle->config->plan->courses[run->course].bound.id, id) == 0)
            return true;
    }
    return false;
}

static int reconcile(struct cycle *cycle, struct error *error)
{
    struct kept *kept = &cycle->tally->kept;
    char path[FILE_PATH_MAX];
    for (size_t i = kept->count; i-- > 0;) {
        const struct kept_run *run = &kept->runs[i];
        const char *id = cycle->config->plan->courses[run->course].bound.id;
        int result = evidence_path(cycle->config->out, run->cycle, id, path, error);
        if (result < 0)
            return result;
        if (!evidence_is_there(path)) /* removed, and the program ended before it was noted */
            kept_remove(kept, i);
    }
    return evidence_reconcile(cycle->config->out, is_kept, cycle, error);
}

/* --- quarantine ----------------------------------------------------------------------------- */

/* Notes who came in, and lets out who has been there long enough. The next one comes out at
 * *ret_next_us. */
static void look_at_quarantine(struct cycle *cycle, uint64_t *ret_next_us)
{
    uint64_t now_us = monotonic_us(), retry_us = cycle->config->limits.retry_quarantined_us;
    *ret_next_us = UINT64_MAX;
    for (size_t i = 0; i < cycle->config->lab->phone_count; i++) {
        if (!cycle->quarantine[i].in)
            continue;
        if (cycle->quarantined_us[i] == 0)
            cycle->quarantined_us[i] = now_us;
        if (retry_us == 0)
            continue;
        uint64_t due_us = cycle->quarantined_us[i] + retry_us;
        if (due_us <= now_us) {
            cycle->quarantine[i].in = false;
            cycle->quarantined_us[i] = 0;
        } else if (due_us < *ret_next_us) {
            *ret_next_us = due_us;
        }
    }
}

static bool anybody_left(const struct cycle *cycle)
{
    for (size_t i = 0; i < cycle->config->plan->count; i++) {
        if (takes_part(cycle, i))
            return true;
    }
    return false;
}

/* False: nobody ever will be. */
static bool wait_for_somebody(struct cycle *cycle)
{
    uint64_t next_us;
    look_at_quarantine(cycle, &next_us);
    while (!anybody_left(cycle) && next_us != UINT64_MAX && !is_stopped(cycle)) {
        poll(NULL, 0, TICK_MS);
        ticked(cycle);
        look_at_quarantine(cycle, &next_us);
    }
    return anybody_left(cycle);
}

/* --- cycle after cycle ---------------------------------------------------------------------- */

/* Is it enough? A cycle that was begun is carried on before anybody looks at the clock. */
static bool is_over(struct cycle *cycle, enum cycle_end *ret_end)
{
    const struct cycle_limits *limits = &cycle->config->limits;
    const struct tally *tally = cycle->tally;
    bool begun = false;
    for (size_t i = 0; i < tally->course_count; i++)
        begun = begun || tally->done[i];
    look_at_the_clock(cycle);
    if (limits->failures > 0 && tally->by_verdict[VERDICT_FAIL] >= limits->failures)
        *ret_end = CYCLE_END_FAILURES;
    else if ((limits->cycles > 0 && tally->cycle > limits->cycles) ||
             (limits->duration_us > 0 && tally->elapsed_us >= limits->duration_us && !begun))
        *ret_end = CYCLE_END_DONE;
    else if (is_stopped(cycle))
        *ret_end = CYCLE_END_INTERRUPTED;
    else if (cycle->barren >= CYCLE_BARREN_MAX)
        *ret_end = CYCLE_END_LAB;
    else if (!wait_for_somebody(cycle))
        *ret_end = is_stopped(cycle) ? CYCLE_END_INTERRUPTED : CYCLE_END_QUARANTINED;
    else
        return false;
    return true;
}

/* That of this cycle, which nobody has looked at yet. */
static bool came_into_quarantine(const struct cycle *cycle)
{
    for (size_t i = 0; i < cycle->config->lab->phone_count; i++) {
        if (cycle->quarantine[i].in && cycle->quarantined_us[i] == 0)
            return true;
    }
    return false;
}

/* What an interruption or too many failures have cut short is carried on later. */
static void close_cycle(struct cycle *cycle)
{
    const struct cycle_limits *limits = &cycle->config->limits;
    struct tally *tally = cycle->tally;
    bool enough = limits->failures > 0 && tally->by_verdict[VERDICT_FAIL] >= limits->failures;
    if (anybody_left(cycle) && (enough || is_stopped(cycle)))
        return;
    uint64_t number = tally->cycle;
    bool barren = cycle->judged == 0 && !came_into_quarantine(cycle);
    cycle->barren = barren ? cycle->barren + 1 : 0;
    tally_next_cycle(tally);
    cycle_screen_cycle_over(cycle->screen, number);
    if (++cycle->cycles_here == SUMMARY_WARM_CYCLES)
        summary_usage_read(&cycle->usage_warm);
    if (monotonic_us() - cycle->summary_us >= SUMMARY_EVERY_US)
        try_to_write_summary(cycle);
}

static int go_round(struct cycle *cycle, enum cycle_end *ret_end, struct error *error)
{
    int result = reconcile(cycle, error);
    prune(cycle); /* the limit may be another one than last time */
    if (result == 0)
        result = save(cycle, error);
    while (result == 0 && !is_over(cycle, ret_end)) {
        result = run_once(cycle, error);
        if (result == 0)
            close_cycle(cycle);
        if (result == 0)
            result = save(cycle, error);
    }
    if (result == 0 && *ret_end == CYCLE_END_DONE) {
        cycle->tally->finished = true;
        result = save(cycle, error);
    }
    return result;
}

/* With the screen around it, and the summary at its end. */
static int run_and_tell(struct cycle *cycle, enum cycle_end *ret_end, struct error *error)
{
    const struct cycle_config *config = cycle->config;
    struct cycle_screen_config screen = {.format = config->format,
                                         .lab = config->lab,
                                         .plan = config->plan,
                                         .tally = cycle->tally,
                                         .cycles_max = config->limits.cycles,
                                         .duration_max_us = config->limits.duration_us};
    int result = cycle_screen_new(&screen, &cycle->screen, error);
    if (result < 0)
        return result;
    summary_usage_read(&cycle->usage_begin);
    cycle->summary_us = monotonic_us();
    cycle_screen_tick(cycle->screen, cycle->summary_us);
    result = go_round(cycle, ret_end, error);
    cycle_screen_hide(cycle->screen);
    if (result == 0)
        result = write_summary(cycle, error);
    if (result == 0)
        show_summary(cycle);
    cycle_screen_hide(cycle->screen);
    return result;
}

int cycle_run(const struct cycle_config *config, struct tally *tally, enum cycle_end *ret_end,
              struct error *error)
{
    size_t courses = config->plan->count + 1, phones = config->lab->phone_count + 1;
    struct cycle cycle = {.config = config,
                          .tally = tally,
                          .started_us = monotonic_us(),
                          .elapsed_before_us = tally->elapsed_us};
    tally->finished = false;
    cycle.courses = calloc(courses, sizeof *cycle.courses);
    cycle.rounds = calloc(courses, sizeof *cycle.rounds);
    cycle.folders = calloc(courses, sizeof *cycle.folders);
    cycle.quarantine = calloc(phones, sizeof *cycle.quarantine);
    cycle.quarantined_us = calloc(phones, sizeof *cycle.quarantined_us);
    int result;
    if (!cycle.courses || !cycle.rounds || !cycle.folders || !cycle.quarantine ||
        !cycle.quarantined_us)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    else
        result = run_and_tell(&cycle, ret_end, error);
    cycle_screen_free(cycle.screen);
    free(cycle.courses);
    free(cycle.rounds);
    free(cycle.folders);
    free(cycle.quarantine);
    free(cycle.quarantined_us);
    return result;
}
