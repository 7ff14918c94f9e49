/* SPDX-License-Identifier: MIT */
/* One expect, never or stays on one phone: what its begin, an event or its deadline mean. */
#ifndef RCLAB_JUDGE_EXPECTATION_H
#define RCLAB_JUDGE_EXPECTATION_H

#include "harness/judge/match.h"
#include "harness/judge/phone_view.h"

struct progress {   /* of one phone in one step */
    unsigned count; /* events that matched the step's pattern */
    bool met;
};
struct step_case { /* a step and the phone that it is looked at with; all borrowed */
    const struct scenario *scenario;
    const struct substitutions *substitutions;
    uint64_t patience_us; /* how long an expect waits that does not say it */
    const struct step *step;
    uint64_t begin_us; /* of the step */
    const struct phone_view *view;
    struct progress *progress;
};
enum outcome { OUTCOME_WAITING, OUTCOME_MET, OUTCOME_BROKEN /* the finding says what */ };

/* Any step, as that which is being waited for: "a reboot"; patience_us as above. */
void expectation_describe(const struct step *step, uint64_t patience_us, struct buffer *buffer);
/* At the begin of the step. The finding is of that moment, below of that of the event. */
enum outcome expectation_begin(const struct step_case *look, struct finding *finding);
enum outcome expectation_event(const struct step_case *look, const struct event *event,
                               struct finding *finding);
/* When the phone's step has to be looked at for want of events. */
uint64_t expectation_deadline_us(const struct step_case *look);
/* The deadline has passed: what is missing. */
void expectation_missing(const struct step_case *look, struct finding *finding);

#endif
