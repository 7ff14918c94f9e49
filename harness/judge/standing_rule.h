/* SPDX-License-Identifier: MIT */
/* One standing rule: a row of the table in standing.c. */
#ifndef RCLAB_JUDGE_STANDING_RULE_H
#define RCLAB_JUDGE_STANDING_RULE_H

#include "harness/judge/standing.h"

/* What a rule may look at: one phone, as it was before the event. */
struct standing_look {
    const struct scenario *scenario;
    const struct substitutions *substitutions;
    const struct lab_fault *lab;
    const struct step *step; /* the one being waited for; NULL = none, or not of interest */
    const struct phone_view *view;
    int phone;
    void *state;             /* what the rule remembers of this phone */
    void *common;            /* and of the scenario */
    enum standing_rule rule; /* these two are for standing_report alone */
    struct standing *standing;
};

struct standing_row {
    unsigned events;    /* those that it looks at: bits 1 << enum event_type */
    size_t state_bytes; /* of what it remembers of a phone, and as much of the scenario; zeroed */
    /* Any but on_event may be NULL. */
    void (*begin)(const struct standing_look *look); /* of the scenario: there is no phone yet */
    void (*on_event)(const struct standing_look *look, const struct event *event);
    uint64_t (*deadline_us)(const void *state); /* NEVER_US = none */
    void (*on_deadline)(const struct standing_look *look);
    void (*on_end)(const struct standing_look *look, const struct event *end);
};
extern const struct standing_row standing_page_shows_state, standing_delays_never_shrink,
    standing_delays_at_most_24h, standing_only_given_addresses;

/* The rule is broken. The finding is used up. */
void standing_report(const struct standing_look *look, struct finding *finding);
/* Whether the phone may go from one to the other without a factory reset. */
bool standing_state_follows(const struct standing_look *look, enum customization_state from,
                            enum customization_state to);
enum customization_state standing_page_state(const void *state);

#endif
