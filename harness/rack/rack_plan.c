/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_plan.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/device/device.h"
#include "harness/judge/judge.h"
#include "harness/rack/estimate.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_BYTES_MAX = 512, NAME_BYTES_MAX = 4096, LAB_BYTES_MAX = 1 << 20 };

/* --- what a scenario needs of a lab and of a device ----------------------------------------- */

typedef bool behaviour_test(const struct behaviour *behaviour);

static bool any(const struct behaviour_list *behaviours, behaviour_test *is_such)
{
    for (size_t i = 0; i < behaviours->count; i++) {
        if (is_such(&behaviours->items[i]))
            return true;
    }
    return false;
}

/* At any time of the scenario, at this server. */
static bool behaves(const struct scenario *scenario, enum step_kind server, behaviour_test *is_such)
{
    if (any(server == STEP_EDOS ? &scenario->edos : &scenario->provision, is_such))
        return true;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct step *step = &scenario->steps[i];
        if (step->kind == server && any(&step->behaviours, is_such))
            return true;
    }
    return false;
}

static bool is_refusal(const struct behaviour *behaviour)
{
    return behaviour->kind == BEHAVIOUR_REFUSE;
}

/* A closed port is closed to everybody: such a scenario has the wire to itself. */
static bool needs_wire_alone(const struct scenario *scenario)
{
    return behaves(scenario, STEP_EDOS, is_refusal) ||
           behaves(scenario, STEP_PROVISION, is_refusal);
}

/* A phone that refuses it must do so for what is wrong with it, and not for its authority. */
static bool shows_flawed_certificate(const struct behaviour *behaviour)
{
    return behaviour->tls == BEHAVIOUR_TLS_EXPIRED || behaviour->tls == BEHAVIOUR_TLS_WRONG_HOST;
}

static bool cannot_flaw_certificate(const struct lab_file *lab, const struct scenario *scenario,
                                    struct buffer *reason)
{
    bool edos = lab->edos.certificate_pem && behaves(scenario, STEP_EDOS, shows_flawed_certificate);
    bool provision = lab->provision.certificate_pem &&
                     behaves(scenario, STEP_PROVISION, shows_flawed_certificate);
    if (!edos && !provision)
        return false;
    buffer_format(
        reason,
        "it shows a certificate that is expired or another host's, which the authority of "
        "the certificate in the lab file (`%s`) would have to issue",
        edos ? "edos" : "provision");
    return true;
}

static bool pulls_cable(const struct scenario *scenario)
{
    bool pulls = scenario->network.outage == NETWORK_DOWN;
    for (size_t i = 0; i < scenario->step_count; i++)
        pulls = pulls || (scenario->steps[i].kind == STEP_NETWORK &&
                          scenario->steps[i].network->outage == NETWORK_DOWN);
    return pulls;
}

static const char *key_of(enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return "reset";
    case DEVICE_REBOOT:
        return "reboot";
    case DEVICE_CONFIGURE:
    case DEVICE_RESYNC:
        return "web";
    default:
        return "power";
    }
}

static bool lacks_way(const struct scenario *scenario, const struct lab_phone *phone,
                      bool no_prompt, struct buffer *reason)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        enum device_action action;
        if (!device_action_of(&scenario->steps[i], &action))
            continue;
        enum lab_driver way = device_way(phone, action);
        if (way == LAB_DRIVER_NONE) {
            buffer_format(reason, "%s cannot be told to %s: give it `%s` in the lab file",
                          phone->name, device_action_names[action], key_of(action));
            return true;
        }
        if (way == LAB_DRIVER_MANUAL && no_prompt) {
            buffer_format(
                reason,
                "somebody has to %s %s by hand: leave --no-prompt out, or give it another "
                "`%s` in the lab file",
                device_action_names[action], phone->name, key_of(action));
            return true;
        }
    }
    return false;
}

static bool reads_otherwise(const struct scenario *scenario, const struct lab_phone *phone,
                            struct buffer *reason)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        int wanted = readings_get(&scenario->readings, i), has = readings_get(&phone->readings, i);
        if (!scenario->readings_stated[i] || wanted == has)
            continue;
        buffer_format(
            reason, "it is for phones whose %s is %s; that of %s is %s (lab file, readings)",
            vendor_default()->readings[i].name, vendor_default()->readings[i].values[wanted],
            phone->name, vendor_default()->readings[i].values[has]);
        return true;
    }
    return false;
}

/* True: it cannot be run there; `reason` gets why, and what would change that. */
static bool needs_more_of_phone(const struct scenario *scenario, const struct lab_phone *phone,
                                bool no_prompt, struct buffer *reason)
{
    return lacks_way(scenario, phone, no_prompt, reason) ||
           reads_otherwise(scenario, phone, reason);
}

static bool needs_more_of_lab(const struct scenario *scenario, const struct lab_file *lab,
                              struct buffer *reason)
{
    if (!scenario->runs_real)
        buffer_text(reason, "it is for emulated phones only (runs-on)");
    else if (scenario->phone_parameter_count > 0)
        buffer_text(reason, "its phones have parameters from the factory (given.phone), which no "
                            "real device can be given");
    else if (pulls_cable(scenario))
        buffer_text(reason,
                    "it pulls a phone's cable (network: down), which this lab has no way to do; "
                    "`cut` keeps frames from passing instead");
    else if (lab->phone_count == 0)
        buffer_text(reason, "the lab file names no phone");
    else
        cannot_flaw_certificate(lab, scenario, reason);
    return reason->length > 0;
}

/* --- courses -------------------------------------------------------------------------------- */

struct planner {
    struct rack_plan *plan;
    const struct lab_file *lab;
    const bool *chosen;                 /* NULL = all */
    const struct rack_options *options; /* NULL: its phones are emulated */
    size_t capacity;
    bool full;            /* there are RACK_COURSES_MAX */
    struct buffer reason; /* why what is being looked at cannot be run; else empty */
};

static bool is_chosen(const struct planner *planner, size_t phone)
{
    return !planner->chosen || planner->chosen[phone];
}

static bool takes_too_long(struct planner *planner, uint64_t estimate_us)
{
    char needs[DURATION_TEXT_MAX], most[DURATION_TEXT_MAX];
    uint64_t most_us = planner->options->duration_max_us;
    if (most_us == 0 || estimate_us <= most_us)
        return false;
    buffer_format(&planner->reason, "it takes about %s, longer than --max-duration=%s",
                  duration_format(estimate_us / DURATION_S * DURATION_S, needs),
                  duration_format(most_us, most));
    return true;
}

static uint64_t estimate(const struct planner *planner, const struct scenario *scenario)
{
    struct estimate_costs costs = {.boot_us = RACK_BOOT_COST_US,
                                   .expect_us = RACK_EXPECT_COST_US,
                                   .silence_us = RACK_SILENCE_COST_US,
                                   .patience_us = JUDGE_PATIENCE_REAL_US};
    return (uint64_t)((double)estimate_scenario_us(scenario, &costs) / planner->lab->time_scale);
}

static struct rack_course *make_room(struct planner *planner)
{
    struct rack_plan *plan = planner->plan;
    planner->full = plan->count == RACK_COURSES_MAX;
    if (planner->full)
        return NULL;
    if (plan->count == planner->capacity) {
        size_t capacity = planner->capacity ? 2 * planner->capacity : 64;
        struct rack_course *grown = realloc(plan->courses, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        plan->courses = grown;
        planner->capacity = capacity;
    }
    struct rack_course *course = &plan->courses[plan->count++];
    memset(course, 0, sizeof *course);
    return course;
}

/* The scenario as these devices carry it out; NULL: there is no room. Emulated ones are of any
 * model that it states, and read the rules as it says. */
static struct rack_course *add(struct planner *planner, const struct scenario *scenario,
                               const size_t *phones, size_t count)
{
    struct arena *arena = &planner->plan->arena;
    struct rack_course *course = make_room(planner);
    struct scenario_phone *names = arena_array(arena, count + 1, sizeof *names);
    const size_t *numbers = count ? arena_copy(arena, phones, count * sizeof *phones) : NULL;
    if (!course || !names || (count > 0 && !numbers))
        return NULL;
    *course = (struct rack_course){.scenario = scenario, .bound = *scenario, .phones = numbers};
    course->bound.arena = (struct arena){0}; /* the original's */
    if (planner->options)
        course->estimate_us = estimate(planner, scenario);
    if (count == 0)
        return course;
    for (size_t i = 0; i < count; i++) {
        const struct lab_phone *phone = &planner->lab->phones[phones[i]];
        bool stated = !planner->options && scenario->phones_stated;
        names[i] = (struct scenario_phone){
            .name = phone->name, .model = stated ? scenario->phones[i].model : phone->model};
    }
    course->bound.phones = names;
    course->bound.phone_count = count;
    if (planner->options)
        course->bound.readings = planner->lab->phones[phones[0]].readings;
    if (planner->lab->has_tolerance && !scenario->tolerance_stated)
        course->bound.tolerance = planner->lab->tolerance;
    if (count == 1) {
        char id[NAME_BYTES_MAX];
        snprintf(id, sizeof id, "%s.%s", scenario->id, names[0].name);
        course->bound.id = arena_string(arena, id);
    }
    return course->bound.id ? course : NULL;
}

/* For the reason that was found. */
static bool skip(struct planner *planner, struct rack_course *course)
{
    const struct buffer *reason = &planner->reason;
    course->skipped =
        arena_string_n(&planner->plan->arena, (const char *)reason->data, reason->length);
    return course->skipped != NULL;
}

static bool skip_scenario(struct planner *planner, const struct scenario *scenario)
{
    struct rack_course *course = add(planner, scenario, NULL, 0);
    return course && skip(planner, course);
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
    struct rack_course *course = add(planner, scenario, &phone, 1);
    if (!course)
        return false;
    buffer_clear(&planner->reason);
    if (needs_more_of_phone(scenario, &planner->lab->phones[phone], planner->options->no_prompt,
                            &planner->reason))
        return skip(planner, course);
    run_in(planner, course, *round);
    if (needs_wire_alone(scenario))
        ++*round;
    return true;
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
    buffer_format(&planner->reason,
                  "it is for a %s, and none of the lab's phones that take part is one",
                  scenario->phones[0].model);
    return skip_scenario(planner, scenario);
}

/* Several phones: the first of the lab that fit and can do what is asked. */
static size_t choose(struct planner *planner, const struct scenario *scenario,
                     size_t phones[LAB_FILE_PHONES_MAX])
{
    bool taken[LAB_FILE_PHONES_MAX] = {false};
    size_t count = 0;
    for (size_t wanted = 0; wanted < scenario->phone_count && count == wanted; wanted++) {
        for (size_t i = 0; i < planner->lab->phone_count; i++) {
            const struct lab_phone *phone = &planner->lab->phones[i];
            if (taken[i] || !is_chosen(planner, i) || !fits(scenario, wanted, phone) ||
                count == LAB_FILE_PHONES_MAX)
                continue;
            buffer_clear(&planner->reason);
            if (needs_more_of_phone(scenario, phone, planner->options->no_prompt, &planner->reason))
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
    size_t phones[LAB_FILE_PHONES_MAX], count = choose(planner, scenario, phones);
    if (count == scenario->phone_count) {
        struct rack_course *course = add(planner, scenario, phones, count);
        if (course)
            run_in(planner, course, planner->plan->round_count);
        return course != NULL;
    }
    char detail[REASON_BYTES_MAX];
    snprintf(detail, sizeof detail, "%s", buffer_string(&planner->reason));
    buffer_clear(&planner->reason);
    buffer_format(&planner->reason, "it needs %zu phones, and only %zu of the lab's fit",
                  scenario->phone_count, count);
    if (detail[0])
        buffer_format(&planner->reason, " (%s)", detail);
    return skip_scenario(planner, scenario);
}

static bool plan_scenario(struct planner *planner, const struct scenario *scenario)
{
    if (needs_more_of_lab(scenario, planner->lab, &planner->reason) ||
        takes_too_long(planner, estimate(planner, scenario)))
        return skip_scenario(planner, scenario);
    return scenario->phone_count == 1 ? plan_single(planner, scenario)
                                      : plan_several(planner, scenario);
}

static int make_plan(struct planner *planner, const struct suite *suite,
                     bool (*plan)(struct planner *, const struct scenario *),
                     struct rack_plan *ret_plan, struct error *error)
{
    struct rack_plan made = {0};
    bool good = true;
    planner->plan = &made;
    arena_init(&made.arena, RACK_PLAN_BYTES_MAX);
    buffer_init(&planner->reason, REASON_BYTES_MAX);
    for (size_t i = 0; good && i < suite->count; i++) {
        buffer_clear(&planner->reason);
        good = plan(planner, suite->scenarios[i]);
    }
    buffer_done(&planner->reason);
    if (good) {
        *ret_plan = made;
        return 0;
    }
    rack_plan_done(&made);
    if (!planner->full)
        return error_set(error, ERROR_MEMORY, "out of memory");
    return error_set(error, ERROR_LIMIT, "more than %d scenarios and %s", RACK_COURSES_MAX,
                     planner->options ? "devices" : "phones");
}

int rack_plan_make(const struct suite *suite, const struct lab_file *lab, const bool *chosen,
                   const struct rack_options *options, struct rack_plan *ret_plan,
                   struct error *error)
{
    struct planner planner = {.lab = lab, .chosen = chosen, .options = options};
    return make_plan(&planner, suite, plan_scenario, ret_plan, error);
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

/* --- emulated phones ------------------------------------------------------------------------ */

int rack_emulated_lab_make(size_t phone_count, struct lab_file **ret_lab, struct error *error)
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
        phones[i] = (struct lab_phone){.name = arena_string(&lab->arena, name),
                                       .model = vendor_default()->usual_model};
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

static bool skip_emulated(struct planner *planner, const struct scenario *scenario,
                          const char *text)
{
    buffer_text(&planner->reason, text);
    return skip_scenario(planner, scenario);
}

static bool run_emulated(struct planner *planner, const struct scenario *scenario,
                         const size_t *phones, size_t count)
{
    struct rack_course *course = add(planner, scenario, phones, count);
    if (course)
        run_in(planner, course, 0);
    return course != NULL;
}

static bool plan_emulated(struct planner *planner, const struct scenario *scenario)
{
    size_t phones[LAB_FILE_PHONES_MAX], count = 0;
    for (size_t i = 0; i < planner->lab->phone_count; i++) {
        if (is_chosen(planner, i))
            phones[count++] = i;
    }
    if (!scenario->runs_emulated)
        return skip_emulated(planner, scenario, "it is for real devices only (runs-on)");
    if (scenario->phone_count > count)
        return skip_emulated(planner, scenario, "it needs more phones than take part");
    if (scenario->phone_count != 1)
        return run_emulated(planner, scenario, phones, scenario->phone_count);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = run_emulated(planner, scenario, &phones[i], 1);
    return good;
}

int rack_plan_make_emulated(const struct suite *suite, const struct lab_file *lab,
                            const bool *chosen, struct rack_plan *ret_plan, struct error *error)
{
    struct planner planner = {.lab = lab, .chosen = chosen};
    return make_plan(&planner, suite, plan_emulated, ret_plan, error);
}
