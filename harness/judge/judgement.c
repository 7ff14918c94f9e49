/* SPDX-License-Identifier: MIT */
#include "harness/judge/judgement.h"
#include "harness/base/duration.h"
#include "harness/observe/event.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>

const char *const verdict_names[VERDICT_COUNT] = {"PASS", "FAIL", "ERROR", "SKIP", "FLAKY"};

void judgement_set_error(struct judgement *judgement, const char *reason)
{
    judgement->verdict = VERDICT_ERROR;
    snprintf(judgement->reason, sizeof judgement->reason, "%s", reason);
}

enum { WORD_BITS = 64 };

void judgement_blame(struct judgement *judgement, int phone)
{
    if (phone >= 0 && phone < SCENARIO_PHONES_MAX)
        judgement->phones_failed[phone / WORD_BITS] |= UINT64_C(1) << phone % WORD_BITS;
}

bool judgement_blames(const struct judgement *judgement, int phone)
{
    return phone >= 0 && phone < SCENARIO_PHONES_MAX &&
           judgement->phones_failed[phone / WORD_BITS] >> phone % WORD_BITS & 1;
}

size_t judgement_blamed(const struct judgement *judgement)
{
    size_t count = 0;
    for (size_t i = 0; i < JUDGE_PHONE_WORDS; i++)
        count += (size_t)__builtin_popcountll(judgement->phones_failed[i]);
    return count;
}

const char *state_name(enum customization_state state)
{
    return vendor_state_name(vendor_default(), state);
}

const char *judgement_phone_name(const struct scenario *scenario, int phone)
{
    return phone >= 0 && (size_t)phone < scenario->phone_count ? scenario->phones[phone].name : "?";
}

static void format_where(const struct judge_failure *failure, const struct scenario *scenario,
                         struct buffer *buffer)
{
    char time[DURATION_TEXT_MAX];
    buffer_text(buffer, " (");
    if (failure->standing)
        buffer_format(buffer, "standing rule %s, ", standing_rule_names[failure->standing_rule]);
    if (failure->phone != EVENT_PHONE_NONE && scenario->phone_count > 1)
        buffer_format(buffer, "%s, ", judgement_phone_name(scenario, failure->phone));
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
        buffer_format(buffer, "%s%s", i ? ", " : "",
                      vendor_rule(vendor_default(), failure->rules[i])->id);
    buffer_text(buffer, "]");
}
