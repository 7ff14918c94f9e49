/* SPDX-License-Identifier: MIT */
#include "harness/judge/internal.h"

static void format_where(const struct judge_failure *failure, const struct scenario *scenario,
                         struct buffer *buffer)
{
    char time[DURATION_TEXT_MAX];
    buffer_text(buffer, " (");
    if (failure->standing)
        buffer_format(buffer, "standing rule %s, ", standing_rule_names[failure->standing_rule]);
    if (failure->phone != EVENT_PHONE_NONE && scenario->phone_count > 1)
        buffer_format(buffer, "%s, ", judge_phone_name(scenario, failure->phone));
    buffer_format(buffer, "at %s", duration_format(failure->time_us, time));
    if (failure->event)
        buffer_format(buffer, ", event %llu", (unsigned long long)failure->event);
    if (failure->frame)
        buffer_format(buffer, ", frame %llu", (unsigned long long)failure->frame);
    buffer_text(buffer, ")");
}

void judge_failure_format(const struct judge_failure *failure, const struct scenario *scenario,
                          struct buffer *buffer)
{
    unsigned line = failure->place.line ? failure->place.line : 1;
    unsigned column = failure->place.column ? failure->place.column : 1;
    buffer_format(buffer, "%s:%u:%u: expected %s; seen %s", scenario->path, line, column,
                  failure->expected, failure->seen);
    format_where(failure, scenario, buffer);
    if (failure->rule_count == 0)
        return;
    buffer_text(buffer, " [");
    for (size_t i = 0; i < failure->rule_count; i++)
        buffer_format(buffer, "%s%s", i ? ", " : "", rules[failure->rules[i]].id);
    buffer_text(buffer, "]");
}
