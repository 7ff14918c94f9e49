/* SPDX-License-Identifier: MIT */
/* Before a phone is blamed: did the lab do its own part on the wire? What DHCP was to say holds for
 * answers to questions that came after it was told so. */
#ifndef RCLAB_JUDGE_LAB_FAULT_H
#define RCLAB_JUDGE_LAB_FAULT_H

#include "harness/base/error.h"
#include "harness/judge/match.h"

enum { PROMISE_TEXT_MAX = 16 };
struct promised {  /* a fault of an answer that a server is about to play */
    bool due;      /* its head has not been seen */
    bool answered; /* the server has sent it */
    enum event_server server;
    uint64_t time_us, head_takes_us, announces; /* the latter: 0 = the truth */
    uint64_t reorders, strays; /* over TFTP: blocks whose disorder has not been seen; 0 = none */
    bool no_options;
    char framing[PROMISE_TEXT_MAX], encoding[PROMISE_TEXT_MAX], challenge[PROMISE_TEXT_MAX];
    uint64_t event; /* which told */
};
struct asked {              /* by one phone */
    uint64_t sequence;      /* of its last DHCP message */
    uint64_t unanswered_us; /* time of the first DISCOVER since the last answer */
    bool unanswered;
    bool conflict_due; /* it was lent an address that is to be somebody else's, who is yet to say so
                        */
    uint64_t lent_us;
    bool rogue_due; /* it has asked for an address, and the second server has yet to answer: */
    uint64_t rogue_due_us;                /* by then */
    bool rogue_asked;                     /* since it is as it is: */
    uint64_t rogue_asked_us;              /* then, the first time */
    bool service_due[VENDOR_SERVICES];    /* it has asked for an SRV record, and got no answer */
    uint64_t service_us[VENDOR_SERVICES]; /* the last time */
    bool line_failed;    /* its line has lost something of its, or its cable was out: */
    uint64_t line_us;    /* when, the last time */
    uint64_t line_event; /* which event told */
    bool line_is_out;
    uint64_t sealed_event; /* an encrypted answer, of which no log tells what it was; 0 = none */
    struct promised promised;
};
struct lab_fault {
    const struct scenario *scenario; /* these two are borrowed */
    const struct substitutions *substitutions;
    struct asked *phones;             /* owned, one a phone */
    bool outside_network;             /* what lines lose is no part of the scenario */
    const struct step *step;          /* being waited for, */
    uint64_t step_us;                 /* since then */
    uint64_t sequence;                /* events seen so far */
    const struct scenario_dhcp *dhcp; /* in force */
    uint64_t dhcp_sequence;           /* since this event */
    bool had_rogue;                   /* a second server is, or was, on the wire */
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
/* True if at some time since then something of the phone's, or for it, was lost on its line: what
 * it did meanwhile may not have been seen, and what it waited for may not have come. */
bool lab_fault_line_failed_since(const struct lab_fault *fault, int phone, uint64_t since_us);
/* True if at some time since then DHCP was told not to answer: phones may lack an address. */
bool lab_fault_dhcp_impaired_since(const struct lab_fault *fault, uint64_t since_us);

#endif
