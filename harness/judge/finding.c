/* SPDX-License-Identifier: MIT */
#include "harness/judge/finding.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

struct sighting sighting_of(const struct event *event)
{
    return (struct sighting){event->time_us, event->number, event->frame};
}

struct finding finding_at(struct sighting at)
{
    struct finding finding = {.at = at};
    buffer_init(&finding.expected, JUDGE_TEXT_MAX);
    buffer_init(&finding.seen, JUDGE_TEXT_MAX);
    return finding;
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
    if (finding->rule_count < JUDGE_RULES_MAX)
        finding->rules[finding->rule_count++] = rule;
}

void findings_add(struct findings *findings, const struct step *step, enum standing_rule rule,
                  int phone, const struct finding *finding)
{
    assert(findings->count < findings->capacity);
    struct judge_failure *failure = &findings->items[findings->count++];
    memset(failure, 0, sizeof *failure);
    failure->standing = step == NULL;
    failure->standing_rule = rule;
    failure->place = step ? step->place : (struct place){0, 0};
    failure->phone = phone;
    failure->time_us = finding->at.time_us;
    failure->event = finding->at.event;
    failure->frame = finding->at.frame;
    failure->rule_count = finding->rule_count;
    memcpy(failure->rules, finding->rules, sizeof failure->rules);
    snprintf(failure->expected, sizeof failure->expected, "%s", buffer_string(&finding->expected));
    snprintf(failure->seen, sizeof failure->seen, "%s", buffer_string(&finding->seen));
}
