/* SPDX-License-Identifier: MIT */
/* Before a phone is blamed: did the lab do its own part on the wire? What DHCP was to say holds for
 * answers to questions that came after it was told so. */
#ifndef RCLAB_JUDGE_LAB_FAULT_H
#define RCLAB_JUDGE_LAB_FAULT_H

#include "harness/base/error.h"
#include "harness/judge/match.h"

struct asked {              /* by one phone */
    uint64_t sequence;      /* of its last DHCP message */
    uint64_t unanswered_us; /* time of the first DISCOVER since the last answer */
    bool unanswered;
};
struct lab_fault {
    const struct scenario *scenario; /* these two are borrowed */
    const struct substitutions *substitutions;
    struct asked *phones;             /* owned, one a phone */
    uint64_t sequence;                /* events seen so far */
    const struct scenario_dhcp *dhcp; /* in force */
    uint64_t dhcp_sequence;           /* since this event */
    uint64_t impaired_us;             /* the last time at which DHCP did not answer normally */
    bool was_impaired;
    char reason[ERROR_TEXT_MAX]; /* the first thing that it did wrong; "" = nothing */
};
/* False: memory is out. */
bool lab_fault_init(struct lab_fault *fault, const struct scenario *scenario,
                    const struct substitutions *substitutions);
void lab_fault_done(struct lab_fault *fault);
/* step: the one being waited for, NULL = none: a setting is its. */
void lab_fault_event(struct lab_fault *fault, const struct event *event, const struct step *step);
/* At this time something was found wrong with the phone (EVENT_PHONE_NONE: with any): did it get
 * from the lab what it needs? */
void lab_fault_of_failure(struct lab_fault *fault, int phone, uint64_t time_us);
/* True if at some time since then DHCP was told not to answer: phones may lack an address. */
bool lab_fault_dhcp_impaired_since(const struct lab_fault *fault, uint64_t since_us);

#endif
