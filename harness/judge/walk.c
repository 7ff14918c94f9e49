/* SPDX-License-Identifier: MIT */
/* From step to step. The patterns that look back to where the step before them began are fed
 * while that step still runs (`ahead`), so that no event has to be kept. */
#include "harness/judge/internal.h"
#include <string.h>

static const struct step *current(const struct judge *judge)
{
    return &judge->scenario->steps[judge->walk.current];
}

bool step_concerns(const struct step *step, int phone)
{
    return phone != EVENT_PHONE_NONE && (step->phone == STEP_ALL_PHONES || step->phone == phone);
}

bool pattern_is_of_events(enum pattern_kind kind)
{
    return kind == PATTERN_REQUEST || kind == PATTERN_DHCP || kind == PATTERN_DNS ||
           kind == PATTERN_TFTP;
}

/* "Not before" is about what is still to come. */
static bool looks_back(const struct step *step)
{
    return step->kind == STEP_EXPECT && pattern_is_of_events(step->pattern.kind) &&
           step->after_us == 0;
}

static bool is_action(enum step_kind kind, enum event_action *ret_action)
{
    static const struct {
        enum step_kind kind;
        enum event_action action;
    } actions[] = {
        {STEP_FACTORY_RESET, ACTION_FACTORY_RESET}, {STEP_REBOOT, ACTION_REBOOT},
        {STEP_POWER_OFF, ACTION_POWER_OFF},         {STEP_POWER_ON, ACTION_POWER_ON},
        {STEP_CONFIGURE, ACTION_CONFIGURE},
    };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (actions[i].kind == kind) {
            *ret_action = actions[i].action;
            return true;
        }
    }
    return false;
}

static bool lets_boot(enum event_action action)
{
    return action != ACTION_POWER_OFF && action != ACTION_CONFIGURE;
}

static bool step_lets_boot(const struct step *step)
{
    enum event_action action;
    return is_action(step->kind, &action) && lets_boot(action);
}

static bool is_expectation(enum step_kind kind)
{
    return kind == STEP_EXPECT || kind == STEP_NEVER || kind == STEP_STAYS;
}

static void fail(struct judge *judge, size_t phone, const struct finding *finding)
{
    judge_fail(judge, current(judge), (int)phone, finding, STANDING_COUNT);
    judge->walk.over = true;
}

static void take_outcome(struct judge *judge, size_t phone, enum outcome outcome,
                         const struct finding *finding)
{
    struct walk *walk = &judge->walk;
    if (outcome == OUTCOME_BROKEN) {
        fail(judge, phone, finding);
    } else if (outcome == OUTCOME_MET) {
        walk->now[phone].met = true;
        walk->remaining--;
    }
}

static void lower_deadline(struct judge *judge, size_t phone)
{
    uint64_t deadline_us = expectation_deadline_us(judge, phone);
    if (deadline_us < judge->walk.deadline_us)
        judge->walk.deadline_us = deadline_us;
}

static void begin_expectation(struct judge *judge, const struct step *step)
{
    for (size_t i = 0; i < judge->scenario->phone_count; i++) {
        if (!step_concerns(step, (int)i))
            continue;
        struct finding finding;
        finding_init(&finding);
        take_outcome(judge, i, expectation_begin(judge, i, &finding), &finding);
        finding_done(&finding);
        if (!judge->walk.now[i].met && step->kind == STEP_EXPECT)
            lower_deadline(judge, i);
    }
}

static void begin_step(struct judge *judge, uint64_t time_us)
{
    struct walk *walk = &judge->walk;
    const struct step *step = current(judge);
    struct progress *looked_ahead = walk->ahead;
    walk->ahead = walk->now;
    walk->now = looked_ahead;
    memset(walk->ahead, 0, judge->scenario->phone_count * sizeof *walk->ahead);
    walk->begin_us = time_us;
    walk->deadline_us = NEVER_US;
    walk->remaining = 0;
    for (size_t i = 0; i < judge->scenario->phone_count; i++)
        walk->remaining += step_concerns(step, (int)i);
    enum setting_kind setting;
    if (setting_of_step(step->kind, &setting))
        walk->remaining = 1;
    if (step->kind == STEP_WAIT)
        walk->remaining = 1;
    if (step->kind != STEP_EXPECT && (is_expectation(step->kind) || step->kind == STEP_WAIT))
        walk->deadline_us = time_us + step->duration_us;
    if (is_expectation(step->kind))
        begin_expectation(judge, step);
}

static void begin_steps(struct judge *judge, uint64_t time_us)
{
    struct walk *walk = &judge->walk;
    while (walk->current < judge->scenario->step_count) {
        begin_step(judge, time_us);
        if (walk->over || walk->remaining > 0)
            return;
        walk->current++;
        judge->result.steps_done++;
    }
    walk->over = true;
}

static void next_step(struct judge *judge, uint64_t time_us)
{
    judge->walk.current++;
    judge->result.steps_done++;
    begin_steps(judge, time_us);
}

void walk_start(struct judge *judge)
{
    begin_steps(judge, 0);
}

static void feed_ahead(struct judge *judge, const struct event *event)
{
    if (judge->walk.current + 1 >= judge->scenario->step_count)
        return;
    const struct step *step = current(judge), *next = step + 1;
    if (!looks_back(next) || !step_concerns(next, event->phone))
        return;
    /* A real device has a life before it is told to boot. */
    if (judge->real_devices && step_lets_boot(step) && judge->walk.now[event->phone].count == 0)
        return;
    if (match_event(judge, &next->pattern, event))
        judge->walk.ahead[event->phone].count++;
}

static void feed_action(struct judge *judge, const struct step *step, const struct event *event)
{
    enum event_action action;
    enum setting_kind setting;
    if (event->type == EVENT_SETTING && setting_of_step(step->kind, &setting) &&
        event->setting.what == setting) {
        judge->walk.remaining = 0;
        return;
    }
    if (!is_action(step->kind, &action) || !step_concerns(step, event->phone) ||
        judge->walk.now[event->phone].met)
        return;
    struct progress *progress = &judge->walk.now[event->phone];
    bool acted = event->type == EVENT_ACTION && event->action.what == action;
    bool booted = event->type == EVENT_BOOT && event->boot.action_known &&
                  event->boot.action == action && progress->count > 0;
    bool boots = judge->real_devices && lets_boot(action);
    if (acted)
        progress->count = 1;
    if (boots ? booted : acted) {
        progress->met = true;
        judge->walk.remaining--;
    }
}

static void feed_expectation(struct judge *judge, const struct step *step,
                             const struct event *event)
{
    if (!step_concerns(step, event->phone) || judge->walk.now[event->phone].met)
        return;
    size_t phone = (size_t)event->phone;
    struct finding finding;
    finding_init(&finding);
    take_outcome(judge, phone, expectation_event(judge, phone, event, &finding), &finding);
    finding_done(&finding);
    if (step->kind == STEP_EXPECT && !judge->walk.now[phone].met)
        lower_deadline(judge, phone);
}

void walk_event(struct judge *judge, const struct event *event)
{
    if (judge->walk.over)
        return;
    const struct step *step = current(judge);
    feed_ahead(judge, event);
    if (is_expectation(step->kind))
        feed_expectation(judge, step, event);
    else
        feed_action(judge, step, event);
    if (!judge->walk.over && judge->walk.remaining == 0)
        next_step(judge, event->time_us);
}

/* Every phone whose own deadline has come lacks something. */
static void fail_overdue(struct judge *judge, const struct step *step)
{
    uint64_t now_us = judge->walk.deadline_us, next_us = NEVER_US;
    for (size_t i = 0; i < judge->scenario->phone_count; i++) {
        if (!step_concerns(step, (int)i) || judge->walk.now[i].met)
            continue;
        uint64_t deadline_us = expectation_deadline_us(judge, i);
        if (deadline_us > now_us) {
            next_us = deadline_us < next_us ? deadline_us : next_us;
            continue;
        }
        struct finding finding;
        finding_init(&finding);
        /* Deadlines lie one microsecond behind the last moment that would have done. */
        finding.at.time_us = deadline_us - 1;
        if (finding.at.time_us < judge->walk.begin_us)
            finding.at.time_us = judge->walk.begin_us;
        expectation_missing(judge, i, &finding);
        fail(judge, i, &finding);
        finding_done(&finding);
    }
    judge->walk.deadline_us = next_us;
}

void walk_deadline(struct judge *judge)
{
    const struct step *step = current(judge);
    if (step->kind == STEP_EXPECT)
        fail_overdue(judge, step);
    else
        next_step(judge, judge->walk.deadline_us);
}
