/* SPDX-License-Identifier: MIT */
/* What the layers of the judge find wrong. They only say so, in the order in which they see it;
 * what it means for the verdict is decided behind them (judge.c). */
#ifndef RCLAB_JUDGE_FINDING_H
#define RCLAB_JUDGE_FINDING_H

#include "harness/base/buffer.h"
#include "harness/judge/judgement.h"
#include "harness/observe/event.h"

#define NEVER_US UINT64_MAX /* of a deadline: there is none */

/* Where on the timeline something was seen; all zero but the time = something was missing. */
struct sighting {
    uint64_t time_us, event, frame;
};
struct sighting sighting_of(const struct event *event);

struct finding {
    struct sighting at;
    struct buffer expected, seen; /* owned; fit behind "expected" and "seen" */
    enum rule_id rules[JUDGE_RULES_MAX];
    size_t rule_count;
};
struct finding finding_at(struct sighting at);
void finding_done(struct finding *finding);
/* Once each; what does not fit is left out. */
void finding_rule(struct finding *finding, enum rule_id rule);

/* Found and not yet taken over by the verdict. */
struct findings {
    struct judge_failure *items; /* owned by the verdict */
    size_t count, capacity;      /* room for one of each phone, and one of each standing rule */
    size_t omitted;              /* more of the same, only counted */
};
/* step: which one failed; NULL = the standing rule was broken. */
void findings_add(struct findings *findings, const struct step *step, enum standing_rule rule,
                  int phone, const struct finding *finding);

#endif
