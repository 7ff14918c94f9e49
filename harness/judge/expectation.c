/* SPDX-License-Identifier: MIT */
/* One expect, never or stays on one phone: what its begin, an event or its deadline mean. */
#include "harness/judge/internal.h"
#include <string.h>

static const struct step *step_of(const struct judge *judge)
{
    return &judge->scenario->steps[judge->walk.current];
}

struct tolerance step_tolerance(const struct judge *judge, const struct step *step)
{
    return step->has_tolerance ? step->tolerance : judge->scenario->tolerance;
}

uint64_t tolerance_us(const struct tolerance *tolerance, uint64_t of_us)
{
    uint64_t part_us = (uint64_t)((double)of_us * tolerance->percent / 100.0);
    return part_us > tolerance->at_least_us ? part_us : tolerance->at_least_us;
}

static enum outcome path_look(const struct pattern *pattern, const struct phone_view *view)
{
    if (view->path_count > pattern->path_count || view->path_cut)
        return OUTCOME_BROKEN;
    for (size_t i = 0; i < view->path_count; i++)
        if (view->path[i] != pattern->path[i])
            return OUTCOME_BROKEN;
    return view->path_count == pattern->path_count ? OUTCOME_MET : OUTCOME_WAITING;
}

/* Patterns that look at what is known of the phone, not at a single event. */
static enum outcome look(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct pattern *pattern = &step_of(judge)->pattern;
    const struct phone_view *view = &judge->views[phone];
    switch (pattern->kind) {
    case PATTERN_STATE:
        return view->state == pattern->state ? OUTCOME_MET : OUTCOME_WAITING;
    case PATTERN_PATH:
        return path_look(pattern, view);
    case PATTERN_PAGE:
        return view->page_known && match_page(pattern, view->page_state) ? OUTCOME_MET
                                                                         : OUTCOME_WAITING;
    case PATTERN_RETRIES:
        return retries_look(judge, phone, finding);
    default:
        return OUTCOME_WAITING;
    }
}

/* Fills what the pattern itself did not say. */
static void explain(const struct judge *judge, size_t phone, struct finding *finding)
{
    if (finding->expected.length == 0)
        describe_step(judge, &finding->expected);
    if (finding->seen.length == 0)
        describe_seen(judge, phone, &finding->seen);
    if (finding->rule_count == 0)
        rules_of_step(judge, phone, finding);
}

static enum outcome too_early(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct step *step = step_of(judge);
    char after[DURATION_TEXT_MAX], came[DURATION_TEXT_MAX];
    describe_step(judge, &finding->expected);
    buffer_format(&finding->expected, ", not before %s", duration_format(step->after_us, after));
    buffer_format(&finding->seen, "it too early, after %s",
                  duration_format(finding->at.time_us - judge->walk.begin_us, came));
    explain(judge, phone, finding);
    return OUTCOME_BROKEN;
}

/* What the pattern found, in the sense of the step: an expect may come too early, a never must not
 * be met. */
static enum outcome judge_outcome(const struct judge *judge, size_t phone, enum outcome outcome,
                                  struct finding *finding)
{
    const struct step *step = step_of(judge);
    if (step->kind == STEP_NEVER) {
        if (outcome != OUTCOME_MET)
            return OUTCOME_WAITING;
        char came[DURATION_TEXT_MAX];
        buffer_format(&finding->seen, "it after %s",
                      duration_format(finding->at.time_us - judge->walk.begin_us, came));
        explain(judge, phone, finding);
        return OUTCOME_BROKEN;
    }
    if (outcome == OUTCOME_BROKEN) {
        explain(judge, phone, finding);
    } else if (outcome == OUTCOME_MET && step->after_us > 0) {
        struct tolerance tolerance = step_tolerance(judge, step);
        uint64_t grace_us = tolerance_us(&tolerance, step->after_us);
        if (finding->at.time_us + grace_us < judge->walk.begin_us + step->after_us)
            return too_early(judge, phone, finding);
    }
    return outcome;
}

static enum outcome stays_look(const struct judge *judge, size_t phone, struct finding *finding)
{
    if (judge->views[phone].state == step_of(judge)->pattern.state)
        return OUTCOME_WAITING;
    explain(judge, phone, finding);
    return OUTCOME_BROKEN;
}

/* What made the phone's state what it is, when that is the evidence. */
static void point_to_state(const struct judge *judge, size_t phone, struct finding *finding)
{
    const struct pattern *pattern = &step_of(judge)->pattern;
    if (pattern->kind != PATTERN_STATE && pattern->kind != PATTERN_PATH)
        return;
    finding->at.event = judge->views[phone].state_at.event;
    finding->at.frame = judge->views[phone].state_at.frame;
}

enum outcome expectation_begin(struct judge *judge, size_t phone, struct finding *finding)
{
    const struct step *step = step_of(judge);
    const struct pattern *pattern = &step->pattern;
    finding->at = (struct sighting){.time_us = judge->walk.begin_us};
    point_to_state(judge, phone, finding);
    if (step->kind == STEP_STAYS)
        return stays_look(judge, phone, finding);
    if (pattern_is_of_events(pattern->kind)) {
        unsigned needed = pattern->count ? pattern->count : 1;
        return judge->walk.now[phone].count >= needed ? OUTCOME_MET : OUTCOME_WAITING;
    }
    if (step->kind == STEP_NEVER && pattern->kind == PATTERN_PAGE)
        return OUTCOME_WAITING; /* what was read before does not count */
    return judge_outcome(judge, phone, look(judge, phone, finding), finding);
}

static bool can_change_view(const struct pattern *pattern, const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTION:
    case EVENT_BOOT:
        return pattern->kind != PATTERN_PAGE;
    case EVENT_STATE:
        return pattern->kind == PATTERN_STATE || pattern->kind == PATTERN_PATH;
    case EVENT_ATTEMPT:
        return pattern->kind == PATTERN_RETRIES;
    case EVENT_PAGE:
        return pattern->kind == PATTERN_PAGE;
    default:
        return false;
    }
}

enum outcome expectation_event(struct judge *judge, size_t phone, const struct event *event,
                               struct finding *finding)
{
    const struct step *step = step_of(judge);
    const struct pattern *pattern = &step->pattern;
    finding->at = (struct sighting){event->time_us, event->number, event->frame};
    if (pattern_is_of_events(pattern->kind)) {
        if (!match_event(judge, pattern, event))
            return OUTCOME_WAITING;
        unsigned needed = pattern->count ? pattern->count : 1;
        enum outcome outcome =
            ++judge->walk.now[phone].count >= needed ? OUTCOME_MET : OUTCOME_WAITING;
        return judge_outcome(judge, phone, outcome, finding);
    }
    if (!can_change_view(pattern, event))
        return OUTCOME_WAITING;
    if (step->kind == STEP_STAYS)
        return stays_look(judge, phone, finding);
    return judge_outcome(judge, phone, look(judge, phone, finding), finding);
}

uint64_t expectation_deadline_us(const struct judge *judge, size_t phone)
{
    const struct step *step = step_of(judge);
    uint64_t begin_us = judge->walk.begin_us;
    uint64_t overall_us = NEVER_US;
    if (step->within_us)
        overall_us = begin_us + step->within_us + 1;
    else if (step->pattern.kind != PATTERN_RETRIES)
        overall_us = begin_us + step->after_us + judge->patience_us + 1;
    if (step->pattern.kind != PATTERN_RETRIES)
        return overall_us;
    uint64_t gap_us = retries_deadline_us(judge, phone);
    return gap_us < overall_us ? gap_us : overall_us;
}

void expectation_missing(const struct judge *judge, size_t phone, struct finding *finding)
{
    if (step_of(judge)->pattern.kind == PATTERN_RETRIES)
        retries_missing(judge, phone, finding);
    explain(judge, phone, finding);
}
