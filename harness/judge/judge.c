/* SPDX-License-Identifier: MIT */
/* An event goes through the layers: the standing rules look at it beside what was known before,
 * then the views of the phones and of the lab take it in, then the steps look at it. What each
 * finds goes into the verdict behind it, and there a look at the lab comes first. */
#include "harness/judge/judge.h"
#include "harness/judge/standing.h"
#include "harness/judge/walk.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct judge {
    const struct scenario *scenario;
    struct judgement result;
    struct substitutions substitutions;
    struct phone_view *views; /* owned, one a phone */
    struct lab_fault lab;
    struct standing standing;
    struct walk walk;
    struct findings findings; /* of the layer that is at work */
    bool started, ended;
    bool lab_error; /* the timeline says that the lab broke: its reason beats the others */
    bool wrong;     /* the judge found that the lab, or itself, did not do its part */
};

int judge_new(const struct scenario *scenario, struct judge **ret_judge, struct error *error)
{
    struct judge *judge = calloc(1, sizeof *judge);
    if (!judge)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t phones = scenario->phone_count ? scenario->phone_count : 1;
    judge->scenario = scenario;
    judge->views = phone_views_new(scenario);
    judge->standing = (struct standing){.scenario = scenario,
                                        .substitutions = &judge->substitutions,
                                        .views = judge->views,
                                        .lab = &judge->lab,
                                        .findings = &judge->findings};
    judge->walk = (struct walk){.scenario = scenario,
                                .substitutions = &judge->substitutions,
                                .views = judge->views,
                                .findings = &judge->findings,
                                .patience_us = JUDGE_PATIENCE_US,
                                .now = calloc(phones, sizeof *judge->walk.now),
                                .ahead = calloc(phones, sizeof *judge->walk.ahead)};
    bool fits = lab_fault_init(&judge->lab, scenario, &judge->substitutions);
    fits = standing_init(&judge->standing) && fits;
    judge->findings.capacity = phones + STANDING_COUNT;
    judge->findings.items = calloc(judge->findings.capacity, sizeof *judge->findings.items);
    if (!fits || !judge->findings.items || !judge->views || !judge->walk.now ||
        !judge->walk.ahead) {
        judge_free(judge);
        return error_set(error, ERROR_MEMORY, "out of memory for %zu phones", phones);
    }
    *ret_judge = judge;
    return 0;
}

void judge_free(struct judge *judge)
{
    if (!judge)
        return;
    phone_views_free(judge->views, judge->scenario->phone_count);
    lab_fault_done(&judge->lab);
    standing_done(&judge->standing);
    walk_done(&judge->walk);
    free(judge->findings.items);
    substitutions_done(&judge->substitutions);
    free(judge);
}

int judge_set_substitutions(struct judge *judge, const char *const values[SUBSTITUTE_COUNT],
                            struct error *error)
{
    assert(!judge->started);
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        char *copy = values[i] ? strdup(values[i]) : NULL;
        if (values[i] && !copy)
            return error_set(error, ERROR_MEMORY, "out of memory");
        free(judge->substitutions.values[i]);
        judge->substitutions.values[i] = copy;
    }
    return 0;
}

void judge_set_outside_network(struct judge *judge)
{
    assert(!judge->started);
    judge->lab.outside_network = true;
    judge->walk.patience_us = JUDGE_PATIENCE_REAL_US;
}

void judge_set_real_devices(struct judge *judge)
{
    assert(!judge->started);
    judge->walk.real_devices = true;
    judge->walk.patience_us = JUDGE_PATIENCE_REAL_US;
}

/* --- the verdict ------------------------------------------------------------------------------ */

static void settle(struct judge *judge)
{
    struct judgement *result = &judge->result;
    result->steps_done = judge->walk.current;
    if (judge->lab_error || judge->wrong)
        result->verdict = VERDICT_ERROR;
    else
        result->verdict = result->failure_count > 0 ? VERDICT_FAIL : VERDICT_PASS;
}

/* No phone is blamed. The first reason is kept. */
static void give_up(struct judge *judge, const char *reason)
{
    if (!judge->lab_error && !judge->wrong)
        snprintf(judge->result.reason, sizeof judge->result.reason, "%s", reason);
    judge->wrong = true;
}

static bool is_of_page(const struct scenario *scenario, const struct judge_failure *failure)
{
    if (failure->standing)
        return failure->standing_rule == STANDING_PAGE_SHOWS_STATE;
    for (size_t i = 0; i < scenario->step_count; i++)
        if (scenario->steps[i].place.line == failure->place.line &&
            scenario->steps[i].place.column == failure->place.column)
            return scenario->steps[i].pattern.kind == PATTERN_PAGE;
    return false;
}

static void put_first(struct judge_failure *failure, enum rule_id rule)
{
    size_t at = 0;
    while (at < failure->rule_count && failure->rules[at] != rule)
        at++;
    if (at == failure->rule_count && at < JUDGE_RULES_MAX)
        failure->rule_count++;
    else if (at == JUDGE_RULES_MAX)
        at--;
    memmove(failure->rules + 1, failure->rules, at * sizeof failure->rules[0]);
    failure->rules[0] = rule;
}

/* A page that went on saying so, and a phone that then did not do what it should: the page told the
 * truth of a wrong state. The rule by which that shows is the one that was broken. */
static void explain_page(struct judge *judge, int phone)
{
    struct judgement *result = &judge->result;
    const struct phone_view *view = &judge->views[phone];
    const struct judge_failure *deed = NULL;
    if (!view->page_known || view->page_state != standing_page_said(&judge->standing, phone) ||
        view->page_state == view->state)
        return;
    for (size_t i = result->failure_count; i-- > 0;) {
        struct judge_failure *failure = &result->failures[i];
        if (failure->phone != phone || failure->rule_count == 0)
            continue;
        if (!is_of_page(judge->scenario, failure))
            deed = failure; /* the first of them counts */
        else if (deed && failure->standing)
            put_first(failure, deed->rules[0]);
    }
}

/* In order of time: a doubt is settled later than it arose. */
static void insert_failure(struct judgement *result, const struct judge_failure *failure)
{
    size_t at = result->failure_count++;
    for (; at > 0 && result->failures[at - 1].time_us > failure->time_us; at--)
        result->failures[at] = result->failures[at - 1];
    result->failures[at] = *failure;
}

/* What a layer found becomes part of the verdict. */
static void take_findings(struct judge *judge)
{
    struct findings *findings = &judge->findings;
    struct judgement *result = &judge->result;
    for (size_t i = 0; i < findings->count; i++) {
        const struct judge_failure *failure = &findings->items[i];
        lab_fault_of_failure(&judge->lab, failure->phone, failure->time_us);
        judgement_blame(result, failure->phone);
        if (result->failure_count == JUDGE_FAILURES_MAX) {
            result->failures_omitted++;
            continue;
        }
        insert_failure(result, failure);
        if (failure->phone != EVENT_PHONE_NONE)
            explain_page(judge, failure->phone);
    }
    result->failures_omitted += findings->omitted;
    findings->count = findings->omitted = 0;
    if (judge->lab.reason[0])
        give_up(judge, judge->lab.reason);
    settle(judge);
}

/* --- feeding ---------------------------------------------------------------------------------- */

static void pass_deadlines(struct judge *judge, uint64_t now_us)
{
    for (;;) {
        uint64_t step_us = judge->walk.over ? NEVER_US : judge->walk.deadline_us;
        uint64_t standing_us = judge->standing.deadline_us;
        if ((step_us < standing_us ? step_us : standing_us) > now_us)
            return;
        /* NEVER_US is no deadline, even when the clock is asked to go that far. */
        if (standing_us != NEVER_US && standing_us <= step_us)
            standing_deadline(&judge->standing);
        else if (step_us != NEVER_US)
            walk_deadline(&judge->walk);
        else
            return;
        take_findings(judge);
    }
}

static void start(struct judge *judge)
{
    if (judge->started)
        return;
    judge->started = true;
    standing_begin(&judge->standing);
    walk_start(&judge->walk);
    take_findings(judge);
}

void judge_time(struct judge *judge, uint64_t now_us)
{
    start(judge);
    if (!judge->ended)
        pass_deadlines(judge, now_us);
}

static void take_lab_error(struct judge *judge, const struct event *event)
{
    if (!judge->lab_error)
        snprintf(judge->result.reason, sizeof judge->result.reason, "%s",
                 event->note.text ? event->note.text : "the lab broke");
    judge->lab_error = true;
    settle(judge);
}

static void take_event(struct judge *judge, const struct event *event)
{
    const struct step *step = walk_step(&judge->walk);
    standing_event(&judge->standing, event, step);
    take_findings(judge);
    if (event->phone != EVENT_PHONE_NONE)
        phone_view_event(&judge->views[event->phone], event);
    lab_fault_event(&judge->lab, event, step);
    walk_event(&judge->walk, event);
    take_findings(judge);
}

static void finish(struct judge *judge, const struct event *end)
{
    char reason[ERROR_TEXT_MAX];
    standing_end(&judge->standing, end);
    take_findings(judge);
    if (!judge_is_over(judge)) {
        snprintf(reason, sizeof reason, "the run ended before step %zu of %zu was over",
                 judge->walk.current + 1, judge->scenario->step_count);
        give_up(judge, reason);
        settle(judge);
    }
    judge->ended = true;
}

void judge_event(struct judge *judge, const struct event *event)
{
    if (judge->ended)
        return;
    judge_time(judge, event->time_us);
    judge->result.end_us = event->time_us;
    if (event->type == EVENT_LAB_ERROR)
        take_lab_error(judge, event);
    if (event->phone == EVENT_PHONE_NONE ||
        (event->phone >= 0 && (size_t)event->phone < judge->scenario->phone_count))
        take_event(judge, event);
    if (event->type == EVENT_END)
        finish(judge, event);
}

const struct step *judge_current_step(const struct judge *judge)
{
    return walk_step(&judge->walk);
}

void judge_describe_current(const struct judge *judge, struct buffer *buffer)
{
    const struct step *step = walk_step(&judge->walk);
    if (step)
        expectation_describe(step, judge->walk.patience_us, buffer);
}

uint64_t judge_next_deadline_us(const struct judge *judge)
{
    if (judge->ended)
        return NEVER_US;
    uint64_t step_us = judge->walk.over || !judge->started ? NEVER_US : judge->walk.deadline_us;
    return step_us < judge->standing.deadline_us ? step_us : judge->standing.deadline_us;
}

bool judge_is_over(const struct judge *judge)
{
    return judge->walk.over || judge->walk.current >= judge->scenario->step_count ||
           judge->result.failures_omitted >= JUDGE_FAILURES_OMITTED_MAX;
}

const struct judgement *judge_result(const struct judge *judge)
{
    return &judge->result;
}
