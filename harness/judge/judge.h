/* SPDX-License-Identifier: MIT */
/* Scenario + timeline in, verdict with evidence out. Pure and incremental: the run feeds it live
 * to know when a step is over; `rclab judge` feeds it the stored timeline and gets the same.
 *
 * Steps are walked in order. Expectations are fulfilled by the single event that makes them true;
 * the next step begins right behind that event. Action and setting steps wait for their
 * EVENT_ACTION / EVENT_SETTING events (for a step on all phones: one for each). */
#ifndef RCLAB_JUDGE_JUDGE_H
#define RCLAB_JUDGE_JUDGE_H

#include "harness/judge/judgement.h"
#include "harness/observe/event.h"

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
/* Lines were made bad from outside, of which the scenario knows nothing: where something was lost,
 * what fails says nothing about the phone (ERROR). To be called before the first event. */
void judge_set_outside_network(struct judge *judge);
/* The next event of the timeline. Equal to judge_time(event->time_us) first. */
void judge_event(struct judge *judge, const struct event *event);
/* The clock has come to now_us: deadlines at or before it pass. */
void judge_time(struct judge *judge, uint64_t now_us);

/* The step being waited for, NULL when all are done or the scenario is over (a failed step ends
 * it). An action or setting step is carried out by the run, which feeds the events of it. */
const struct step *judge_current_step(const struct judge *judge);
/* The step being waited for, in words: "state Acquired within 5m", "a reboot". Nothing if there is
 * none. */
void judge_describe_current(const struct judge *judge, struct buffer *buffer);
/* When judge_time should be called next for a deadline; UINT64_MAX = none. */
uint64_t judge_next_deadline_us(const struct judge *judge);
/* All steps are done, one failed, or the standing rules were broken too often to go on. */
bool judge_is_over(const struct judge *judge);
/* The judgement so far; final once EVENT_END was fed. */
const struct judgement *judge_result(const struct judge *judge);

#endif
