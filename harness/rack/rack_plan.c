/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_plan.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/judge/judge.h"
#include "harness/rack/rack_needs.h"
#include "harness/scenario/estimate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_BYTES_MAX = 512 };

struct planner {
    struct rack_plan *plan;
    const struct lab_file *lab;
    const bool *chosen; /* NULL = all */
    const struct rack_options *options;
    size_t capacity;
    struct error *error;
};

static bool is_chosen(const struct planner *planner, size_t phone)
{
    return !planner->chosen || planner->chosen[phone];
}

static bool takes_too_long(const struct planner *planner, uint64_t estimate_us,
                           struct buffer *reason)
{
    char needs[DURATION_TEXT_MAX], most[DURATION_TEXT_MAX];
    uint64_t most_us = planner->options->duration_max_us;
    if (most_us == 0 || estimate_us <= most_us)
        return false;
    buffer_format(reason, "it takes about %s, longer than --max-duration=%s",
                  duration_format(estimate_us / DURATION_S * DURATION_S, needs),
                  duration_format(most_us, most));
    return true;
}

/* --- courses -------------------------------------------------------------------------------- */

static uint64_t estimate(const struct planner *planner, const struct scenario *scenario)
{
    struct estimate_costs costs = {.boot_us = RACK_BOOT_COST_US,
                                   .expect_us = RACK_EXPECT_COST_US,
                                   .silence_us = RACK_SILENCE_COST_US,
                                   .patience_us = JUDGE_PATIENCE_REAL_US};
    return (uint64_t)((double)scenario_estimate_us(scenario, &costs) / planner->lab->time_scale);
}

static struct rack_course *add(struct planner *planner)
{
    struct rack_plan *plan = planner->plan;
    if (plan->count == RACK_COURSES_MAX) {
        error_set(planner->error, ERROR_LIMIT, "more than %d scenarios and devices",
                  RACK_COURSES_MAX);
        return NULL;
    }
    if (plan->count == planner->capacity) {
        size_t capacity = planner->capacity ? 2 * planner->capacity : 64;
        struct rack_course *grown = realloc(plan->courses, capacity * sizeof *grown);
        if (!grown) {
            error_set(planner->error, ERROR_MEMORY, "out of memory");
            return NULL;
        }
        plan->courses = grown;
        planner->capacity = capacity;
    }
    struct rack_course *course = &plan->courses[plan->count++];
    memset(course, 0, sizeof *course);
    return course;
}

/* The scenario as these devices carry it out. */
static bool bind(struct planner *planner, struct rack_course *course,
                 const struct scenario *scenario, const size_t *phones, size_t count)
{
    struct arena *arena = &planner->plan->arena;
    struct scenario_phone *names = arena_array(arena, count ? count : 1, sizeof *names);
    course->scenario = scenario;
    course->bound = *scenario;
    course->bound.arena = (struct arena){0}; /* the original's */
    course->phones = arena_copy(arena, phones, count * sizeof *phones);
    course->estimate_us = estimate(planner, scenario);
    if (!names || (count > 0 && !course->phones))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct lab_phone *phone = &planner->lab->phones[phones[i]];
        names[i] = (struct scenario_phone){.name = phone->name, .model = phone->model};
    }
    if (count == 0)
        return true;
    course->bound.phones = names;
    course->bound.phone_count = count;
    course->bound.readings = planner->lab->phones[phones[0]].readings;
    if (planner->lab->has_tolerance && !scenario->tolerance_stated)
        course->bound.tolerance = planner->lab->tolerance;
    return true;
}

static bool rename_for(struct planner *planner, struct rack_course *course, const char *phone)
{
    char id[4096];
    snprintf(id, sizeof id, "%s.%s", course->scenario->id, phone);
    course->bound.id = arena_string(&planner->plan->arena, id);
    return course->bound.id != NULL;
}

static bool skip(struct planner *planner, struct rack_course *course, const struct buffer *reason)
{
    course->skipped =
        arena_string_n(&planner->plan->arena, (const char *)reason->data, reason->length);
    return course->skipped != NULL;
}

static void run_in(struct planner *planner, struct rack_course *course, size_t round)
{
    course->round = round;
    planner->plan->run_count++;
    if (round >= planner->plan->round_count)
        planner->plan->round_count = round + 1;
}

/* A scenario of one phone, on one device. */
static bool plan_on(struct planner *planner, const struct scenario *scenario, size_t phone,
                    size_t *round)
{
    const struct lab_phone *device = &planner->lab->phones[phone];
    struct rack_course *course = add(planner);
    struct buffer reason;
    if (!course || !bind(planner, course, scenario, &phone, 1) ||
        !rename_for(planner, course, device->name))
        return false;
    buffer_init(&reason, REASON_BYTES_MAX);
    bool done = true;
    if (rack_needs_more_of_phone(scenario, device, planner->options->no_prompt, &reason)) {
        done = skip(planner, course, &reason);
    } else {
        run_in(planner, course, *round);
        if (rack_needs_wire_alone(scenario))
            ++*round;
    }
    buffer_done(&reason);
    return done;
}

static bool fits(const struct scenario *scenario, size_t wanted, const struct lab_phone *phone)
{
    return !scenario->phones_stated || strcmp(scenario->phones[wanted].model, phone->model) == 0;
}

static bool plan_single(struct planner *planner, const struct scenario *scenario)
{
    size_t round = planner->plan->round_count, found = 0;
    for (size_t i = 0; i < planner->lab->phone_count; i++) {
        if (!is_chosen(planner, i) || !fits(scenario, 0, &planner->lab->phones[i]))
            continue;
        found++;
        if (!plan_on(planner, scenario, i, &round))
            return false;
    }
    if (found > 0)
        return true;
    struct rack_course *course = add(planner);
    struct buffer reason;
    if (!course || !bind(planner, course, scenario, NULL, 0))
        return false;
    buffer_init(&reason, REASON_BYTES_MAX);
    buffer_format(&reason, "it is for a %s, and none of the lab's phones that take part is one",
                  scenario->phones[0].model);
    bool done = skip(planner, course, &reason);
    buffer_done(&reason);
    return done;
}

/* Several phones: the first of the lab that fit and can do what is asked. */
static size_t choose(const struct planner *planner, const struct scenario *scenario,
                     size_t phones[LAB_FILE_PHONES_MAX], struct buffer *reason)
{
    bool taken[LAB_FILE_PHONES_MAX] = {false};
    size_t count = 0;
    for (size_t wanted = 0; wanted < scenario->phone_count && count == wanted; wanted++) {
        for (size_t i = 0; i < planner->lab->phone_count; i++) {
            const struct lab_phone *phone = &planner->lab->phones[i];
            if (taken[i] || !is_chosen(planner, i) || !fits(scenario, wanted, phone) ||
                count == LAB_FILE_PHONES_MAX)
                continue;
            buffer_clear(reason);
            if (rack_needs_more_of_phone(scenario, phone, planner->options->no_prompt, reason))
                continue;
            taken[i] = true;
            phones[count++] = i;
            break;
        }
    }
    return count;
}

static bool plan_several(struct planner *planner, const struct scenario *scenario)
{
    size_t phones[LAB_FILE_PHONES_MAX];
    struct buffer reason;
    buffer_init(&reason, REASON_BYTES_MAX);
    size_t count = choose(planner, scenario, phones, &reason);
    struct rack_course *course = add(planner);
    bool enough = count == scenario->phone_count;
    bool done = course && bind(planner, course, scenario, phones, enough ? count : 0);
    if (done && !enough) {
        struct buffer detail = reason;
        buffer_init(&reason, REASON_BYTES_MAX);
        buffer_format(&reason, "it needs %zu phones, and only %zu of the lab's fit",
                      scenario->phone_count, count);
        if (detail.length > 0)
            buffer_format(&reason, " (%s)", buffer_string(&detail));
        buffer_done(&detail);
        done = skip(planner, course, &reason);
    } else if (done) {
        run_in(planner, course, planner->plan->round_count);
    }
    buffer_done(&reason);
    return done;
}

static bool plan_scenario(struct planner *planner, const struct scenario *scenario)
{
    struct buffer reason;
    buffer_init(&reason, REASON_BYTES_MAX);
    bool done;
    if (rack_needs_more_of_lab(scenario, planner->lab, &reason) ||
        takes_too_long(planner, estimate(planner, scenario), &reason)) {
        struct rack_course *course = add(planner);
        done = course && bind(planner, course, scenario, NULL, 0) && skip(planner, course, &reason);
    } else if (scenario->phone_count == 1) {
        done = plan_single(planner, scenario);
    } else {
        done = plan_several(planner, scenario);
    }
    buffer_done(&reason);
    return done;
}

int rack_plan_make(const struct suite *suite, const struct lab_file *lab, const bool *chosen,
                   const struct rack_options *options, struct rack_plan *ret_plan,
                   struct error *error)
{
    struct rack_plan plan = {0};
    struct error planned = {0};
    struct planner planner = {
        .plan = &plan, .lab = lab, .chosen = chosen, .options = options, .error = &planned};
    arena_init(&plan.arena, RACK_PLAN_BYTES_MAX);
    for (size_t i = 0; i < suite->count; i++) {
        if (plan_scenario(&planner, suite->scenarios[i]))
            continue;
        rack_plan_done(&plan);
        if (!planned.text[0])
            return error_set(error, ERROR_MEMORY, "out of memory");
        if (error)
            *error = planned;
        return ERROR_LIMIT;
    }
    *ret_plan = plan;
    return 0;
}

void rack_plan_done(struct rack_plan *plan)
{
    free(plan->courses);
    arena_done(&plan->arena);
    *plan = (struct rack_plan){0};
}

uint64_t rack_plan_estimate_us(const struct rack_plan *plan)
{
    uint64_t total_us = 0;
    for (size_t round = 0; round < plan->round_count; round++) {
        uint64_t longest_us = 0;
        for (size_t i = 0; i < plan->count; i++) {
            const struct rack_course *course = &plan->courses[i];
            if (!course->skipped && course->round == round && course->estimate_us > longest_us)
                longest_us = course->estimate_us;
        }
        total_us += longest_us;
    }
    return total_us;
}
