/* SPDX-License-Identifier: MIT */
/* The verdict on a run, and what led to it: plain data that the reports read. */
#ifndef RCLAB_JUDGE_JUDGEMENT_H
#define RCLAB_JUDGE_JUDGEMENT_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/scenario/scenario.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_ERROR,
    VERDICT_SKIP,
    VERDICT_FLAKY,
    VERDICT_COUNT
};
extern const char *const verdict_names[VERDICT_COUNT]; /* "PASS", … */

enum {
    JUDGE_FAILURES_MAX = 64,
    JUDGE_FAILURES_OMITTED_MAX = 20, /* a phone that goes on and on: enough was seen */
    JUDGE_TEXT_MAX = 512,
    JUDGE_RULES_MAX = 4,
    JUDGE_PHONE_WORDS = (SCENARIO_PHONES_MAX + 63) / 64,
};

struct judge_failure {
    struct place place; /* of the step; {0,0} for a standing rule (then the file's line 1) */
    bool standing;
    enum standing_rule standing_rule;
    enum rule_id rules[JUDGE_RULES_MAX]; /* rule ids that it touches, most specific first */
    size_t rule_count;
    int phone; /* index or EVENT_PHONE_NONE */
    char expected[JUDGE_TEXT_MAX], seen[JUDGE_TEXT_MAX];
    uint64_t time_us; /* when it was found out, run's clock */
    uint64_t event;   /* evidence: number on the timeline, 0 = none (something missing) */
    uint64_t frame;   /* evidence: frame of the capture, 0 = unknown */
};

struct judgement {
    enum verdict verdict;
    struct judge_failure failures[JUDGE_FAILURES_MAX]; /* in order of time */
    size_t failure_count;                              /* further ones are only counted */
    size_t failures_omitted;
    uint64_t phones_failed[JUDGE_PHONE_WORDS]; /* a bit each, those of omitted failures too */
    char reason[ERROR_TEXT_MAX];               /* ERROR, SKIP: why */
    uint64_t end_us;                           /* time of EVENT_END, or of the last event */
    size_t steps_done;
};

/* What the lab did wrong, where no judge was asked: VERDICT_ERROR with this reason. */
void judgement_set_error(struct judgement *judgement, const char *reason);
void judgement_blame(struct judgement *judgement, int phone);
bool judgement_blames(const struct judgement *judgement, int phone);
/* How many phones it blames. */
size_t judgement_blamed(const struct judgement *judgement);
/* As the vendor calls it: "Custom-Pending"; "unknown". */
const char *state_name(enum customization_state state);
/* "8841-1", or "?" when the scenario has no such phone. */
const char *judgement_phone_name(const struct scenario *scenario, int phone);
/* "FILE:LINE:COLUMN: expected …; seen … (at 3m0s, event 17, frame 214) [RC-PEND-3]" */
void judge_failure_format(const struct judge_failure *failure, const struct scenario *scenario,
                          struct buffer *buffer);

#endif
