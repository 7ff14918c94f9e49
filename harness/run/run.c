/* SPDX-License-Identifier: MIT */
#include "harness/run/run.h"
#include "harness/base/background.h"
#include "harness/base/random.h"
#include "harness/run/driver.h"
#include "harness/run/page_reader.h"
#include "harness/run/run_folder.h"
#include "harness/run/tls_keys.h"
#include "harness/run/world.h"
#include <stdio.h>
#include <string.h>

struct course { /* one run in progress */
    struct world *world;
    struct page_reader reader;
    struct driver driver;
    struct loop_timer deadline;
};

uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id)
{
    struct random_source random;
    random_seed_named(&random, seed, scenario_id);
    return random_u64(&random);
}

static void deadline_passed(void *context)
{
    (void)context; /* the quiet turn that follows asks the judge */
}

/* All is quiet at this instant: read pages first, then let the judge's clock and steps go on. */
static bool quiet(void *context)
{
    struct course *course = context;
    struct world *world = course->world;
    recorder_drain(world->recorder);
    if (loop_clock(world->loop) == LOOP_CLOCK_REAL)
        recorder_flush(world->recorder);
    if (page_reader_turn(&course->reader))
        return true;
    judge_time(world->judge, loop_now_us(world->loop));
    if (judge_is_over(world->judge)) {
        loop_stop(world->loop);
        return true;
    }
    if (driver_turn(&course->driver, judge_current_step(world->judge)))
        return true;
    uint64_t deadline_us = judge_next_deadline_us(world->judge);
    if (deadline_us != LOOP_NEVER)
        loop_timer_set(world->loop, &course->deadline, deadline_us, deadline_passed, course);
    else
        loop_timer_cancel(&course->deadline);
    return false;
}

static void record_lab_error(struct world *world, const char *text)
{
    struct event event = {.type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .text = text};
    recorder_event(world->recorder, &event);
}

static void record_end(struct world *world, int result, struct error *error)
{
    uint64_t dropped = 0;
    if (result == 0)
        result = recorder_dropped(world->recorder, &dropped, error);
    if (result == 0 && dropped > 0)
        result = error_set(error, ERROR_LIMIT, "%llu frames were dropped before they could be read",
                           (unsigned long long)dropped);
    if (result < 0)
        record_lab_error(world, error->text);
    struct event event = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    recorder_event(world->recorder, &event);
}

static int carry_out(struct world *world, struct error *error)
{
    struct course course = {.world = world, .reader = {.world = world}, .driver = {.world = world}};
    struct error run_error = {0};
    uint64_t stall_us = world->options->stall_real_us;
    int result =
        loop_run(world->loop, quiet, &course, stall_us ? stall_us : RUN_STALL_REAL_US, &run_error);
    page_reader_done(&course.reader);
    driver_done(&course.driver);
    loop_timer_cancel(&course.deadline);
    record_end(world, result, &run_error);
    result = recorder_finish(world->recorder, error);
    return result < 0 ? result
                      : tls_keys_embed(world->options->folder, RECORDER_CAPTURE_NAME, error);
}

static void set_lab_error(struct judgement *judgement, const struct error *error)
{
    judgement->verdict = VERDICT_ERROR;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", error->text);
}

void run_scenario(const struct scenario *scenario, const struct run_options *options,
                  struct judgement *ret_judgement)
{
    struct world *world = NULL;
    struct error error = {0};
    memset(ret_judgement, 0, sizeof *ret_judgement);
    tls_keys_record(options->folder);
    int result = run_folder_write(scenario, options, &error);
    if (result == 0)
        result = world_new(scenario, options, &world, &error);
    if (result == 0)
        result = carry_out(world, &error);
    if (world)
        *ret_judgement = *judge_result(world->judge);
    if (result < 0)
        set_lab_error(ret_judgement, &error);
    world_free(world);
    background_wait();
}
