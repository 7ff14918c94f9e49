/* SPDX-License-Identifier: MIT */
/* What is known of a phone: its state, the path since its last factory reset, its attempts since
 * its last boot. What is old news since a reset or a reboot was asked for, but the boot not yet
 * seen, counts for nothing: a step behind it must not be fulfilled by it. */
#ifndef RCLAB_JUDGE_PHONE_VIEW_H
#define RCLAB_JUDGE_PHONE_VIEW_H

#include "harness/base/duration.h"
#include "harness/judge/finding.h"

enum {
    VIEW_PATH_MAX = 64, /* states remembered since a factory reset */
    SERVER_COUNT = 2,   /* enum scenario_server */
};
/* A phone notices a silent server by a time-out of its own, which no event shows. An attempt
 * without a known end may have gone on for this long. */
#define SILENT_ATTEMPT_US (3 * DURATION_M)
#define RETRY_DELAY_MAX_US (24 * DURATION_H) /* RC-PEND-4 */

struct attempt_gap { /* an attempt, and the wait before it */
    struct sighting at;
    uint64_t gap_us;   /* from the end of the attempt before it; 0 for the first */
    uint64_t slack_us; /* how much longer it may be: when a phone gave up on somebody who never
                          answered (a name server, a connection) is not to be seen */
};
/* Attempts at one server since the last boot (provisioning: or since Custom-Pending began). */
struct attempt_log {
    struct attempt_gap *kept; /* owned; the first ones, as many as a step looks at */
    size_t kept_count, kept_max;
    size_t count;      /* all of them */
    uint64_t sign_us;  /* the last sign of the latest attempt, or when it failed */
    bool failed;       /* the latest attempt is known to be over */
    bool unanswered;   /* nothing but questions to the name server was seen of the latest one */
    bool connecting;   /* its last sign asked somebody (SYN, RRQ) who has not answered */
    uint64_t since_us; /* when the count began */
};
struct phone_view {
    enum customization_state inferred; /* of the last STATE event */
    enum customization_state state;    /* the same, but UNKNOWN from a factory reset to its boot */
    enum rule_id state_rule;           /* by which it became so */
    uint64_t state_since_us;
    enum customization_state path[VIEW_PATH_MAX]; /* since the last factory reset */
    size_t path_count;
    bool path_cut;
    struct sighting state_at;
    bool reset_pending;      /* factory reset done, boot not yet seen */
    bool boot_pending;       /* any reset, reboot or power cut done, boot not yet seen */
    bool fresh_boot;         /* the last boot followed a factory reset, Open not yet seen */
    bool booted_since_state; /* a boot since the state began */
    bool shown_since_state;  /* the page has shown the state since it began */
    bool read_since_state;   /* the page was read since then, whatever it showed */
    unsigned resets;         /* boots after a factory reset */
    struct attempt_log logs[SERVER_COUNT];
    bool page_known; /* a page read since the last boot was asked for */
    enum customization_state page_state;
};
/* One a phone of the scenario, whose steps say how many attempts are to be kept; NULL: memory is
 * out. */
struct phone_view *phone_views_new(const struct scenario *scenario);
void phone_views_free(struct phone_view *views, size_t count);
/* The next event of this phone. */
void phone_view_event(struct phone_view *view, const struct event *event);

/* The gap that this ATTEMPT ends, 0 for the first of the log; and how much longer than it seems the
 * phone may have waited, see struct attempt_gap. */
uint64_t attempt_gap_us(const struct attempt_log *log, const struct event *attempt);
uint64_t attempt_slack_us(const struct attempt_log *log);

#endif
