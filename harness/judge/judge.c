/* SPDX-License-Identifier: MIT */
#include "harness/judge/judge.h"
#include "harness/judge/internal.h"
#include "harness/scenario/load.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[VERDICT_COUNT] = {"PASS", "FAIL", "ERROR", "SKIP", "FLAKY"};

/* Attempts that a step of the scenario may have to look back at. */
static void count_kept_attempts(struct judge *judge)
{
    for (size_t i = 0; i < judge->scenario->step_count; i++) {
        const struct pattern *pattern = &judge->scenario->steps[i].pattern;
        if (pattern->kind != PATTERN_RETRIES)
            continue;
        size_t *kept = &judge->kept_max[pattern->server];
        if (*kept < pattern->gap_count + 1)
            *kept = pattern->gap_count + 1;
    }
}

int judge_new(const struct scenario *scenario, struct judge **ret_judge, struct error *error)
{
    struct judge *judge = calloc(1, sizeof *judge);
    if (!judge)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t phones = scenario->phone_count ? scenario->phone_count : 1;
    judge->scenario = scenario;
    judge->patience_us = JUDGE_PATIENCE_US;
    judge->standing_deadline_us = NEVER_US;
    judge->dhcp = &scenario->dhcp;
    judge->views = calloc(phones, sizeof *judge->views);
    judge->standing = calloc(phones, sizeof *judge->standing);
    judge->evidence = calloc(phones, sizeof *judge->evidence);
    judge->walk.now = calloc(phones, sizeof *judge->walk.now);
    judge->walk.ahead = calloc(phones, sizeof *judge->walk.ahead);
    if (!judge->views || !judge->standing || !judge->evidence || !judge->walk.now ||
        !judge->walk.ahead) {
        judge_free(judge);
        return error_set(error, ERROR_MEMORY, "out of memory for %zu phones", phones);
    }
    for (size_t i = 0; i < scenario->waiver_count; i++)
        judge->waived[scenario->waivers[i].rule] = true;
    count_kept_attempts(judge);
    *ret_judge = judge;
    return 0;
}

void judge_free(struct judge *judge)
{
    if (!judge)
        return;
    size_t phones = judge->scenario->phone_count;
    for (size_t i = 0; judge->views && i < phones; i++)
        view_done(&judge->views[i]);
    for (size_t i = 0; judge->standing && i < phones; i++)
        standing_done(&judge->standing[i]);
    standing_done(&judge->literals);
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        free(judge->values[i]);
    free(judge->views);
    free(judge->standing);
    free(judge->evidence);
    free(judge->walk.now);
    free(judge->walk.ahead);
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
        free(judge->values[i]);
        judge->values[i] = copy;
    }
    return 0;
}

void judge_set_real_devices(struct judge *judge)
{
    assert(!judge->started);
    judge->real_devices = true;
    judge->patience_us = JUDGE_PATIENCE_REAL_US;
}

void judgement_set_error(struct judgement *judgement, const char *reason)
{
    judgement->verdict = VERDICT_ERROR;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", reason);
}

bool judge_expand(const struct judge *judge, const char *text, struct buffer *buffer)
{
    const char *values[SUBSTITUTE_COUNT];
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        values[i] = judge->values[i] ? judge->values[i] : "";
        if (judge->values[i])
            continue;
        for (const char *at = strstr(text, "${"); at; at = strstr(at + 2, "${")) {
            size_t length = strlen(substitution_names[i]);
            if (strncmp(at + 2, substitution_names[i], length) == 0 && at[2 + length] == '}')
                return false;
        }
    }
    scenario_substitute(text, values, buffer);
    return !buffer->failed;
}

const char *judge_phone_name(const struct scenario *scenario, int phone)
{
    return phone >= 0 && (size_t)phone < scenario->phone_count ? scenario->phones[phone].name : "?";
}

/* --- results ------------------------------------------------------------------------------------
 */
static void settle(struct judge *judge)
{
    struct judgement *result = &judge->result;
    if (judge->lab_error || judge->wrong)
        result->verdict = VERDICT_ERROR;
    else
        result->verdict = result->failure_count > 0 ? VERDICT_FAIL : VERDICT_PASS;
}

void judge_error(struct judge *judge, const char *format, ...)
{
    if (!judge->lab_error && !judge->wrong) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(judge->result.reason, sizeof judge->result.reason, format, arguments);
        va_end(arguments);
    }
    judge->wrong = true;
    settle(judge);
}

static void copy_text(char text[JUDGE_TEXT_MAX], const struct buffer *buffer)
{
    snprintf(text, JUDGE_TEXT_MAX, "%s", buffer_string(buffer));
}

/* Room for one more, in order of time: a doubt is settled later than it arose. */
static struct judge_failure *insert_failure(struct judgement *result, uint64_t time_us)
{
    size_t at = result->failure_count++;
    for (; at > 0 && result->failures[at - 1].time_us > time_us; at--)
        result->failures[at] = result->failures[at - 1];
    return &result->failures[at];
}

void judge_fail(struct judge *judge, const struct step *step, int phone,
                const struct finding *finding, enum standing_rule rule)
{
    struct judgement *result = &judge->result;
    evidence_of_failure(judge, phone, finding->at.time_us);
    if (result->failure_count == JUDGE_FAILURES_MAX) {
        result->failures_omitted++;
        return;
    }
    struct judge_failure *failure = insert_failure(result, finding->at.time_us);
    memset(failure, 0, sizeof *failure);
    failure->standing = step == NULL;
    failure->standing_rule = rule;
    if (step)
        failure->place = step->place;
    failure->phone = phone;
    failure->time_us = finding->at.time_us;
    failure->event = finding->at.event;
    failure->frame = finding->at.frame;
    failure->rule_count = finding->rule_count;
    memcpy(failure->rules, finding->rules, sizeof failure->rules);
    copy_text(failure->expected, &finding->expected);
    copy_text(failure->seen, &finding->seen);
    if (phone != EVENT_PHONE_NONE)
        standing_page_explained(judge, phone);
    settle(judge);
}

void finding_init(struct finding *finding)
{
    memset(finding, 0, sizeof *finding);
    buffer_init(&finding->expected, JUDGE_TEXT_MAX);
    buffer_init(&finding->seen, JUDGE_TEXT_MAX);
}

void finding_done(struct finding *finding)
{
    buffer_done(&finding->expected);
    buffer_done(&finding->seen);
}

void finding_rule(struct finding *finding, enum rule_id rule)
{
    for (size_t i = 0; i < finding->rule_count; i++)
        if (finding->rules[i] == rule)
            return;
    if (finding->rule_count < sizeof finding->rules / sizeof finding->rules[0])
        finding->rules[finding->rule_count++] = rule;
}

/* --- feeding ------------------------------------------------------------------------------------
 */
static void pass_deadlines(struct judge *judge, uint64_t now_us)
{
    for (;;) {
        uint64_t step_us = judge->walk.over ? NEVER_US : judge->walk.deadline_us;
        uint64_t standing_us = judge->standing_deadline_us;
        if ((step_us < standing_us ? step_us : standing_us) > now_us)
            return;
        /* NEVER_US is no deadline, even when the clock is asked to go that far. */
        if (standing_us != NEVER_US && standing_us <= step_us)
            standing_deadline(judge);
        else if (step_us != NEVER_US)
            walk_deadline(judge);
        else
            return;
    }
}

static void start(struct judge *judge)
{
    if (judge->started)
        return;
    judge->started = true;
    if (!standing_collect_literals(judge))
        judge_error(judge, "the judge ran out of memory");
    walk_start(judge);
}

void judge_time(struct judge *judge, uint64_t now_us)
{
    start(judge);
    if (!judge->ended)
        pass_deadlines(judge, now_us);
}

static void finish(struct judge *judge, const struct event *end)
{
    standing_end(judge, end);
    if (!judge_is_over(judge))
        judge_error(judge, "the run ended before step %zu of %zu was over", judge->walk.current + 1,
                    judge->scenario->step_count);
    judge->ended = true;
}

static void take_lab_error(struct judge *judge, const struct event *event)
{
    if (!judge->lab_error)
        snprintf(judge->result.reason, sizeof judge->result.reason, "%s",
                 event->note.text ? event->note.text : "the lab broke");
    judge->lab_error = true;
    settle(judge);
}

void judge_event(struct judge *judge, const struct event *event)
{
    if (judge->ended)
        return;
    judge_time(judge, event->time_us);
    judge->sequence++;
    judge->result.end_us = event->time_us;
    if (event->type == EVENT_LAB_ERROR)
        take_lab_error(judge, event);
    bool known = event->phone == EVENT_PHONE_NONE ||
                 (event->phone >= 0 && (size_t)event->phone < judge->scenario->phone_count);
    if (known) {
        if (!standing_event(judge, event) || !view_event(judge, event))
            judge_error(judge, "the judge ran out of memory");
        evidence_event(judge, event);
        walk_event(judge, event);
    }
    if (event->type == EVENT_END)
        finish(judge, event);
}

const struct step *judge_current_step(const struct judge *judge)
{
    /* Before anything was fed the first step is the one waited for. */
    if (judge->walk.over || judge->walk.current >= judge->scenario->step_count)
        return NULL;
    return &judge->scenario->steps[judge->walk.current];
}

uint64_t judge_next_deadline_us(const struct judge *judge)
{
    if (judge->ended)
        return NEVER_US;
    uint64_t step_us = judge->walk.over || !judge->started ? NEVER_US : judge->walk.deadline_us;
    return step_us < judge->standing_deadline_us ? step_us : judge->standing_deadline_us;
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
