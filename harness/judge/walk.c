/* SPDX-License-Identifier: MIT */
#include "harness/judge/walk.h"
#include "harness/scenario/setting.h"
#include "harness/scenario/words.h"
#include <stdlib.h>
#include <string.h>

void walk_done(struct walk *walk)
{
    free(walk->now);
    free(walk->ahead);
}

const struct step *walk_step(const struct walk *walk)
{
    /* Before anything was fed the first step is the one waited for. */
    if (walk->over || walk->current >= walk->scenario->step_count)
        return NULL;
    return &walk->scenario->steps[walk->current];
}

static const struct step *current(const struct walk *walk)
{
    return &walk->scenario->steps[walk->current];
}

static struct step_case case_of(const struct walk *walk, size_t phone)
{
    return (struct step_case){.scenario = walk->scenario,
                              .substitutions = walk->substitutions,
                              .patience_us = walk->patience_us,
                              .step = current(walk),
                              .begin_us = walk->begin_us,
                              .view = &walk->views[phone],
                              .progress = &walk->now[phone]};
}

/* "Not before" is about what is still to come. */
static bool looks_back(const struct step *step)
{
    return step->kind == STEP_EXPECT && pattern_is_of_events(step->pattern.kind) &&
           step->after_us == 0;
}

static bool lets_boot(enum event_action action)
{
    return action != ACTION_POWER_OFF && action != ACTION_CONFIGURE;
}

static bool step_lets_boot(const struct step *step)
{
    enum event_action action;
    return event_action_of_step(step->kind, &action) && lets_boot(action);
}

static bool is_expectation(enum step_kind kind)
{
    return kind == STEP_EXPECT || kind == STEP_NEVER || kind == STEP_STAYS;
}

/* The finding is used up. */
static void take_outcome(struct walk *walk, size_t phone, enum outcome outcome,
                         struct finding *finding)
{
    if (outcome == OUTCOME_BROKEN) {
        findings_add(walk->findings, current(walk), STANDING_COUNT, (int)phone, finding);
        walk->over = true;
    } else if (outcome == OUTCOME_MET) {
        walk->now[phone].met = true;
        walk->remaining--;
    }
    finding_done(finding);
}

static void lower_deadline(struct walk *walk, size_t phone)
{
    struct step_case look = case_of(walk, phone);
    uint64_t deadline_us = expectation_deadline_us(&look);
    if (deadline_us < walk->deadline_us)
        walk->deadline_us = deadline_us;
}

static void begin_expectation(struct walk *walk, const struct step *step)
{
    for (size_t i = 0; i < walk->scenario->phone_count; i++) {
        if (!step_concerns(step, (int)i))
            continue;
        struct step_case look = case_of(walk, i);
        struct finding finding = finding_at((struct sighting){.time_us = walk->begin_us});
        take_outcome(walk, i, expectation_begin(&look, &finding), &finding);
        if (!walk->now[i].met && step->kind == STEP_EXPECT)
            lower_deadline(walk, i);
    }
}

static void begin_step(struct walk *walk, uint64_t time_us)
{
    const struct step *step = current(walk);
    struct progress *looked_ahead = walk->ahead;
    enum setting_kind setting;
    walk->ahead = walk->now;
    walk->now = looked_ahead;
    memset(walk->ahead, 0, walk->scenario->phone_count * sizeof *walk->ahead);
    walk->begin_us = time_us;
    walk->deadline_us = NEVER_US;
    walk->remaining = 0;
    for (size_t i = 0; i < walk->scenario->phone_count; i++)
        walk->remaining += step_concerns(step, (int)i);
    if (setting_of_step(step->kind, &setting) || step->kind == STEP_WAIT)
        walk->remaining = 1;
    if (step->kind != STEP_EXPECT && (is_expectation(step->kind) || step->kind == STEP_WAIT))
        walk->deadline_us = time_us + step->duration_us;
    if (is_expectation(step->kind))
        begin_expectation(walk, step);
}

static void begin_steps(struct walk *walk, uint64_t time_us)
{
    while (walk->current < walk->scenario->step_count) {
        begin_step(walk, time_us);
        if (walk->over || walk->remaining > 0)
            return;
        walk->current++;
    }
    walk->over = true;
}

static void next_step(struct walk *walk, uint64_t time_us)
{
    walk->current++;
    begin_steps(walk, time_us);
}

void walk_start(struct walk *walk)
{
    begin_steps(walk, 0);
}

static void feed_ahead(struct walk *walk, const struct event *event)
{
    if (walk->current + 1 >= walk->scenario->step_count)
        return;
    const struct step *step = current(walk), *next = step + 1;
    if (!looks_back(next) || !step_concerns(next, event->phone))
        return;
    /* A real device has a life before it is told to boot. */
    if (walk->real_devices && step_lets_boot(step) && walk->now[event->phone].count == 0)
        return;
    if (match_event(walk->substitutions, &next->pattern, event))
        walk->ahead[event->phone].count++;
}

static void feed_action(struct walk *walk, const struct step *step, const struct event *event)
{
    enum event_action action;
    enum setting_kind setting;
    if (event->type == EVENT_SETTING && setting_of_step(step->kind, &setting) &&
        event->setting.what == setting)
        walk->remaining = 0;
    if (!event_action_of_step(step->kind, &action) || !step_concerns(step, event->phone))
        return;
    struct progress *progress = &walk->now[event->phone];
    bool acted = event->type == EVENT_ACTION && event->action.what == action;
    bool booted = event->type == EVENT_BOOT && event->boot.action_known &&
                  event->boot.action == action && progress->count > 0;
    if (acted && !progress->met)
        progress->count = 1;
    if (!progress->met && (walk->real_devices && lets_boot(action) ? booted : acted)) {
        progress->met = true;
        walk->remaining--;
    }
}

static void feed_expectation(struct walk *walk, const struct step *step, const struct event *event)
{
    if (!step_concerns(step, event->phone) || walk->now[event->phone].met)
        return;
    size_t phone = (size_t)event->phone;
    struct step_case look = case_of(walk, phone);
    struct finding finding = finding_at(sighting_of(event));
    take_outcome(walk, phone, expectation_event(&look, event, &finding), &finding);
    if (step->kind == STEP_EXPECT && !walk->now[phone].met)
        lower_deadline(walk, phone);
}

void walk_event(struct walk *walk, const struct event *event)
{
    if (walk->over)
        return;
    const struct step *step = current(walk);
    feed_ahead(walk, event);
    if (is_expectation(step->kind))
        feed_expectation(walk, step, event);
    else
        feed_action(walk, step, event);
    if (!walk->over && walk->remaining == 0)
        next_step(walk, event->time_us);
}

/* Every phone whose own deadline has come lacks something. */
static void fail_overdue(struct walk *walk, const struct step *step)
{
    uint64_t now_us = walk->deadline_us, next_us = NEVER_US;
    for (size_t i = 0; i < walk->scenario->phone_count; i++) {
        if (!step_concerns(step, (int)i) || walk->now[i].met)
            continue;
        struct step_case look = case_of(walk, i);
        uint64_t deadline_us = expectation_deadline_us(&look);
        if (deadline_us > now_us) {
            next_us = deadline_us < next_us ? deadline_us : next_us;
            continue;
        }
        /* Deadlines lie one microsecond behind the last moment that would have done. */
        uint64_t missed_us = deadline_us - 1 < walk->begin_us ? walk->begin_us : deadline_us - 1;
        struct finding finding = finding_at((struct sighting){.time_us = missed_us});
        expectation_missing(&look, &finding);
        take_outcome(walk, i, OUTCOME_BROKEN, &finding);
    }
    walk->deadline_us = next_us;
}

void walk_deadline(struct walk *walk)
{
    const struct step *step = current(walk);
    if (step->kind == STEP_EXPECT)
        fail_overdue(walk, step);
    else
        next_step(walk, walk->deadline_us);
}
