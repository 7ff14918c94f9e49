/* SPDX-License-Identifier: MIT */
/* The rules that hold in every scenario without being asked for. */
#ifndef RCLAB_JUDGE_STANDING_H
#define RCLAB_JUDGE_STANDING_H

#include "harness/judge/lab_fault.h"
#include "harness/judge/phone_view.h"

enum { STANDING_FAILURES_PER_PHONE = 3 }; /* of one rule; further ones are only counted */

struct standing {
    const struct scenario *scenario; /* these five are borrowed */
    const struct substitutions *substitutions;
    const struct phone_view *views;
    const struct lab_fault *lab; /* tells when DHCP kept silent */
    struct findings *findings;
    bool waived[STANDING_COUNT];
    void *states[STANDING_COUNT];         /* owned: what each rule remembers, see its row */
    unsigned (*reported)[STANDING_COUNT]; /* owned, one a phone */
    uint64_t deadline_us;                 /* of the first rule that has one; NEVER_US */
};
/* The borrowed five are set. False: memory is out. */
bool standing_init(struct standing *standing);
void standing_done(struct standing *standing);
/* Before the first event. */
void standing_begin(struct standing *standing);
/* To be called before the view and the lab take the event in. step: the one being waited for. */
void standing_event(struct standing *standing, const struct event *event, const struct step *step);
/* Passes the deadlines at deadline_us. */
void standing_deadline(struct standing *standing);
void standing_end(struct standing *standing, const struct event *end);
/* What the last page said that did not fit the phone's traffic; STATE_UNKNOWN = none did. */
enum customization_state standing_page_said(const struct standing *standing, int phone);

#endif
