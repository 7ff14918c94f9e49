/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle_internal.h"
#include "harness/cycle/state_file.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t cycle_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

bool cycle_stopped(const struct cycle *cycle)
{
    return cycle->config->stop && *cycle->config->stop != 0;
}

static void look_at_the_clock(struct cycle *cycle)
{
    cycle->tally->elapsed_us = cycle->elapsed_before_us + (cycle_now_us() - cycle->started_us);
}

int cycle_save(struct cycle *cycle, struct error *error)
{
    char path[FOLDER_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", cycle->config->out, STATE_FILE_NAME);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, ERROR_LIMIT, "%.200s: the path is too long", cycle->config->out);
    look_at_the_clock(cycle);
    return state_file_write(path, cycle->tally, cycle->config->identity, error);
}

/* --- quarantine ----------------------------------------------------------------------------- */

/* Notes who came in, and lets out who has been there long enough. The next one comes out at
 * *ret_next_us. */
static void look_at_quarantine(struct cycle *cycle, uint64_t *ret_next_us)
{
    uint64_t now_us = cycle_now_us(), retry_us = cycle->config->limits.retry_quarantined_us;
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
        if (cycle_takes_part(cycle, i))
            return true;
    }
    return false;
}

/* False: nobody ever will be. */
static bool wait_for_somebody(struct cycle *cycle)
{
    uint64_t next_us;
    look_at_quarantine(cycle, &next_us);
    while (!anybody_left(cycle) && next_us != UINT64_MAX && !cycle_stopped(cycle)) {
        poll(NULL, 0, CYCLE_TICK_MS);
        if (cycle->config->tick)
            cycle->config->tick(cycle->config->context);
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
    else if (cycle_stopped(cycle))
        *ret_end = CYCLE_END_INTERRUPTED;
    else if (cycle->barren >= CYCLE_BARREN_MAX)
        *ret_end = CYCLE_END_LAB;
    else if (!wait_for_somebody(cycle))
        *ret_end = cycle_stopped(cycle) ? CYCLE_END_INTERRUPTED : CYCLE_END_QUARANTINED;
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
    if (anybody_left(cycle) && (enough || cycle_stopped(cycle)))
        return;
    uint64_t number = tally->cycle;
    bool barren = cycle->judged == 0 && !came_into_quarantine(cycle);
    cycle->barren = barren ? cycle->barren + 1 : 0;
    tally_next_cycle(tally);
    if (cycle->config->cycle_over)
        cycle->config->cycle_over(cycle->config->context, number);
}

static int go_round(struct cycle *cycle, enum cycle_end *ret_end, struct error *error)
{
    int result = cycle_reconcile(cycle, error);
    cycle_prune(cycle); /* the limit may be another one than last time */
    if (result == 0)
        result = cycle_save(cycle, error);
    while (result == 0 && !is_over(cycle, ret_end)) {
        result = cycle_once(cycle, error);
        if (result == 0)
            close_cycle(cycle);
        if (result == 0)
            result = cycle_save(cycle, error);
    }
    if (result == 0 && *ret_end == CYCLE_END_DONE) {
        cycle->tally->finished = true;
        result = cycle_save(cycle, error);
    }
    return result;
}

int cycle_run(const struct cycle_config *config, struct tally *tally, enum cycle_end *ret_end,
              struct error *error)
{
    size_t courses = config->plan->count + 1, phones = config->lab->phone_count + 1;
    struct cycle cycle = {.config = config,
                          .tally = tally,
                          .started_us = cycle_now_us(),
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
        result = go_round(&cycle, ret_end, error);
    free(cycle.courses);
    free(cycle.rounds);
    free(cycle.folders);
    free(cycle.quarantine);
    free(cycle.quarantined_us);
    return result;
}
