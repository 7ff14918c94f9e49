/* SPDX-License-Identifier: MIT */
#include "harness/run/run.h"
#include "harness/base/background.h"
#include "harness/base/random.h"
#include "harness/replay/run_folder.h"
#include "harness/run/course.h"
#include "harness/run/site.h"
#include "harness/run/tls_keys.h"
#include <string.h>

uint64_t run_scenario_seed(uint64_t seed, const char *scenario_id)
{
    struct random_source random;
    random_seed_named(&random, seed, scenario_id);
    return random_u64(&random);
}

static bool quiet(void *context)
{
    struct course *course = context;
    bool started = course_quiet(course);
    if (course_is_over(course))
        loop_stop(course->site->loop);
    return started || course_is_over(course);
}

static void carry_out(struct course *course)
{
    struct error error = {0};
    uint64_t stall_us = course->options->stall_real_us;
    int result = loop_run(course->site->loop, quiet, course,
                          stall_us ? stall_us : RUN_STALL_REAL_US, &error);
    course_finish(course, result, &error);
}

static int begin(struct site *site, const struct scenario *scenario,
                 const struct run_options *options, struct course **ret_course, struct error *error)
{
    size_t indices[SCENARIO_PHONES_MAX];
    for (size_t i = 0; i < scenario->phone_count; i++)
        indices[i] = i;
    struct course_config config = {
        .site = site, .scenario = scenario, .options = options, .site_indices = indices};
    int result = course_new(&config, ret_course, error);
    return result < 0
               ? result
               : site_serve(site, &scenario->dns, &scenario->edos, &scenario->provision, error);
}

int run_describe(const struct scenario *scenario, const struct run_options *options,
                 const struct site_plan *plan, struct error *error)
{
    char substitutions[SUBSTITUTE_COUNT][SITE_SUBSTITUTION_MAX];
    struct run_facts facts = {.seed = options->seed,
                              .clock = options->clock == LOOP_CLOCK_WARP ? "warp" : "real",
                              .quirk = options->quirk ? options->quirk->name : "",
                              .real_devices = options->real_devices};
    site_plan_substitutions(plan, substitutions);
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        facts.substitutions[i] = substitutions[i];
    return run_folder_write(options->folder, scenario, &facts, error);
}

void run_scenario(const struct scenario *scenario, const struct run_options *options,
                  struct judgement *ret_judgement)
{
    struct site_plan plan = site_plan_emulated(scenario->phone_count);
    struct site *site = NULL;
    struct course *course = NULL;
    struct error error = {0};
    plan.certificates = options->certificates;
    plan.clock = options->clock;
    plan.seed = options->seed;
    plan.folder = options->folder;
    memset(ret_judgement, 0, sizeof *ret_judgement);
    tls_keys_record(options->folder);
    int result = run_describe(scenario, options, &plan, &error);
    if (result == 0)
        result = site_new(&plan, &site, &error);
    if (result == 0)
        result = begin(site, scenario, options, &course, &error);
    if (result == 0) {
        carry_out(course);
        course_judgement(course, ret_judgement);
        result = tls_keys_embed(options->folder, options->folder, RECORDER_CAPTURE_NAME, &error);
        tls_keys_remove(options->folder);
    }
    if (result < 0)
        judgement_set_error(ret_judgement, error.text);
    course_free(course);
    site_free(site);
    background_wait();
}
