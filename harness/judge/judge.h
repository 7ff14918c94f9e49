/* SPDX-License-Identifier: MIT */
/* Scenario + timeline in, verdict with evidence out. Pure and incremental: the run feeds it live
 * to know when a step is over; `rclab judge` feeds it the stored timeline and gets the same.
 *
 * Steps are walked in order. Expectations are fulfilled by the single event that makes them true;
 * the next step begins right behind that event. Action and setting steps wait for their
 * EVENT_ACTION / EVENT_SETTING events (for a step on all phones: one for each). */
#ifndef RCLAB_JUDGE_JUDGE_H
#define RCLAB_JUDGE_JUDGE_H

#include "harness/base/error.h"
#include "harness/observe/event.h"
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
};

struct judge_failure {
    struct place place; /* of the step; {0,0} for a standing rule (then the file's line 1) */
    bool standing;
    enum standing_rule standing_rule;
    enum rule_id rules[4]; /* rule ids that it touches, most specific first */
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
    char reason[ERROR_TEXT_MAX]; /* ERROR, SKIP: why */
    uint64_t end_us;             /* time of EVENT_END, or of the last event */
    size_t steps_done;
};

struct judge;
/* The scenario must outlive it. */
int judge_new(const struct scenario *scenario, struct judge **ret_judge, struct error *error);
void judge_free(struct judge *judge);
/* What ${name} stands for in this run (copied); to be called before the first event. Without it a
 * text that holds ${name} matches nothing and proves nothing. values[i] may be NULL: unknown. */
int judge_set_substitutions(struct judge *judge, const char *const values[SUBSTITUTE_COUNT],
                            struct error *error);
/* How long an `expect` without `within` waits. */
#define JUDGE_PATIENCE_US UINT64_C(60000000)
#define JUDGE_PATIENCE_REAL_US UINT64_C(300000000)
/* The phones are real devices: they boot slowly, so a step that makes one boot is done when the
 * wire shows the boot, and an `expect` waits longer. To be called before the first event. */
void judge_set_real_devices(struct judge *judge);
/* What the lab did wrong, where no judge was asked: VERDICT_ERROR with this reason. */
void judgement_set_error(struct judgement *judgement, const char *reason);

/* The next event of the timeline. Equal to judge_time(event->time_us) first. */
void judge_event(struct judge *judge, const struct event *event);
/* The clock has come to now_us: deadlines at or before it pass. */
void judge_time(struct judge *judge, uint64_t now_us);

/* The step being waited for, NULL when all are done or the scenario is over (a failed step ends
 * it). An action or setting step is carried out by the run, which feeds the events of it. */
const struct step *judge_current_step(const struct judge *judge);
/* The step being waited for, in words: "state Acquired within 5m", "a reboot". Nothing if there is
 * none. */
struct buffer;
void judge_describe_current(const struct judge *judge, struct buffer *buffer);
/* When judge_time should be called next for a deadline; UINT64_MAX = none. */
uint64_t judge_next_deadline_us(const struct judge *judge);
/* All steps are done, one failed, or the standing rules were broken too often to go on. */
bool judge_is_over(const struct judge *judge);
/* The judgement so far; final once EVENT_END was fed. */
const struct judgement *judge_result(const struct judge *judge);

/* "FILE:LINE:COLUMN: expected …; seen … (at 3m0s, event 17, frame 214) [RC-PEND-3]" */
void judge_failure_format(const struct judge_failure *failure, const struct scenario *scenario,
                          struct buffer *buffer);

#endif
