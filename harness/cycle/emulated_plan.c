/* SPDX-License-Identifier: MIT */
#include "harness/cycle/emulated_plan.h"
#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES_MAX = 4096, LAB_BYTES_MAX = 1 << 20 };

int emulated_lab_make(size_t phone_count, struct lab_file **ret_lab, struct error *error)
{
    struct lab_file *lab = calloc(1, sizeof *lab);
    if (!lab)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *lab = (struct lab_file){
        .path = "--emulated", .directory = ".", .name = "emulated", .time_scale = 1};
    arena_init(&lab->arena, LAB_BYTES_MAX);
    struct lab_phone *phones = arena_array(&lab->arena, phone_count + 1, sizeof *phones);
    bool good = phones != NULL;
    for (size_t i = 0; good && i < phone_count; i++) {
        char name[NAME_BYTES_MAX];
        snprintf(name, sizeof name, "phone-%zu", i + 1);
        phones[i] = (struct lab_phone){.name = arena_string(&lab->arena, name), .model = "8841"};
        good = phones[i].name != NULL;
    }
    lab->phones = phones;
    lab->phone_count = phone_count;
    if (!good) {
        lab_file_free(lab);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    *ret_lab = lab;
    return 0;
}

/* The scenario with these phones' names; their models only where it does not say any. */
static bool add(struct rack_plan *plan, const struct lab_file *lab, const struct scenario *scenario,
                const size_t *phones, size_t count)
{
    struct rack_course *course = &plan->courses[plan->count++];
    struct scenario_phone *names = arena_array(&plan->arena, count + 1, sizeof *names);
    *course = (struct rack_course){
        .bound = *scenario,
        .scenario = scenario,
        .phones = arena_copy(&plan->arena, phones, count * sizeof *phones),
    };
    course->bound.arena = (struct arena){0}; /* the original's */
    if (!names || !course->phones)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct lab_phone *phone = &lab->phones[phones[i]];
        names[i] = (struct scenario_phone){
            .name = phone->name,
            .model = scenario->phones_stated ? scenario->phones[i].model : phone->model};
    }
    course->bound.phones = names;
    course->bound.phone_count = count;
    if (lab->has_tolerance && !scenario->tolerance_stated)
        course->bound.tolerance = lab->tolerance;
    char id[NAME_BYTES_MAX];
    if (count == 1) {
        snprintf(id, sizeof id, "%s.%s", scenario->id, names[0].name);
        course->bound.id = arena_string(&plan->arena, id);
    }
    plan->run_count++;
    plan->round_count = 1;
    return course->bound.id != NULL;
}

static bool skip(struct rack_plan *plan, const struct scenario *scenario, const char *reason)
{
    struct rack_course *course = &plan->courses[plan->count++];
    *course = (struct rack_course){.bound = *scenario, .scenario = scenario, .skipped = reason};
    course->bound.arena = (struct arena){0};
    return true;
}

static bool plan_scenario(struct rack_plan *plan, const struct lab_file *lab,
                          const struct scenario *scenario, const size_t *phones, size_t count)
{
    if (!scenario->runs_emulated)
        return skip(plan, scenario, "it is for real devices only (runs-on)");
    if (scenario->phone_count > count)
        return skip(plan, scenario, "it needs more phones than take part");
    if (scenario->phone_count != 1)
        return add(plan, lab, scenario, phones, scenario->phone_count);
    for (size_t i = 0; i < count; i++) {
        if (!add(plan, lab, scenario, &phones[i], 1))
            return false;
    }
    return true;
}

int emulated_plan_make(const struct suite *suite, const struct lab_file *lab, const bool *chosen,
                       struct rack_plan *ret_plan, struct error *error)
{
    struct rack_plan plan = {0};
    size_t *phones = calloc(lab->phone_count + 1, sizeof *phones), count = 0;
    for (size_t i = 0; phones && i < lab->phone_count; i++) {
        if (!chosen || chosen[i])
            phones[count++] = i;
    }
    size_t most = suite->count * (count + 1);
    if (most > RACK_COURSES_MAX) {
        free(phones);
        return error_set(error, ERROR_LIMIT, "more than %d scenarios and phones", RACK_COURSES_MAX);
    }
    arena_init(&plan.arena, RACK_PLAN_BYTES_MAX);
    plan.courses = calloc(most + 1, sizeof *plan.courses);
    bool good = phones && plan.courses;
    for (size_t i = 0; good && i < suite->count; i++)
        good = plan_scenario(&plan, lab, suite->scenarios[i], phones, count);
    free(phones);
    if (!good) {
        rack_plan_done(&plan);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    *ret_plan = plan;
    return 0;
}
