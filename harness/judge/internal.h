/* SPDX-License-Identifier: MIT */
/* What the files of the judge share. Data flows one way: an event updates what is known of its
 * phone (phone_view), the standing rules and the evidence look at it, then the walk over the
 * steps. Nothing here depends on how often judge_time is called. */
#ifndef RCLAB_JUDGE_INTERNAL_H
#define RCLAB_JUDGE_INTERNAL_H

#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/judge/judge.h"

enum {
    JUDGE_PATH_MAX = 64,               /* states remembered since a factory reset */
    JUDGE_ADDRESSES_MAX = 1024,        /* addresses given, a phone */
    JUDGE_RETRY_DELAY_TEXT_MAX = 1024, /* of a profile's Resync_Error_Retry_Delay */
    JUDGE_EXPANDED_MAX = 1 << 16,      /* a text of the scenario with its ${name}s replaced */
    STANDING_FAILURES_PER_PHONE = 3,   /* of one rule; further ones are only counted */
    SERVER_COUNT = 2,                  /* enum scenario_server */
    EVIDENCE_ANSWER_US = 1000000,      /* a DISCOVER younger than this is not yet unanswered */
};
/* A phone notices a silent server by a time-out of its own, which no event shows. An attempt
 * without a known end may have gone on for this long. */
#define SILENT_ATTEMPT_US (3 * DURATION_M)
/* The same for the answer of a name server, for which phones don't wait as long. */
#define SILENT_END_US (10 * DURATION_S)
#define RETRY_DELAY_MAX_US (24 * DURATION_H) /* RC-PEND-4 */
#define NEVER_US UINT64_MAX

/* Where on the timeline something was seen; all zero but the time = something was missing. */
struct sighting {
    uint64_t time_us, event, frame;
};

/* --- what is known of a phone -------------------------------------------------------------- */
struct attempt {
    struct sighting at;
    uint64_t gap_us;   /* from the end of the attempt before it; 0 for the first */
    uint64_t slack_us; /* how much longer it may be: when a phone gave up on somebody who never
                          answered (a name server, a connection) is not to be seen */
};
/* Attempts at one server since the last boot (provisioning: or since Custom-Pending began). */
struct attempt_log {
    struct attempt *kept; /* owned; the first ones, as many as a step of the scenario looks at */
    size_t kept_count, kept_capacity;
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
    enum customization_state path[JUDGE_PATH_MAX]; /* since the last factory reset */
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
    uint64_t boot_us;
    struct attempt_log logs[SERVER_COUNT];
    bool page_known; /* a page read since the last boot was asked for */
    enum customization_state page_state;
    struct sighting page_at;
};
bool view_event(struct judge *judge, const struct event *event); /* false: memory is out */
void view_done(struct phone_view *view);
/* False if the event's server is neither EDOS nor the provisioning server. */
bool event_scenario_server(const struct event *event, enum scenario_server *ret_server);
/* The gap that this ATTEMPT ends, 0 for the first of the log. */
uint64_t attempt_gap_us(const struct attempt_log *log, const struct event *attempt);
uint64_t attempt_slack_us(const struct attempt_log *log);

/* --- one pattern against one event --------------------------------------------------------- */
bool match_event(const struct judge *judge, const struct pattern *pattern,
                 const struct event *event);
bool match_page(const struct pattern *pattern, enum customization_state shown);
/* True if the message holds the option with exactly this value. */
bool match_dhcp_option(const struct judge *judge, const struct event *event,
                       const struct dhcp_value *value);
/* The value of one option of a DHCP event's normalized options, joined; false if absent. */
bool dhcp_event_option(const struct event *event, uint8_t code, struct buffer *value);
/* Appends the text with its ${name}s replaced; false if one of them is not known. */
bool judge_expand(const struct judge *judge, const char *text, struct buffer *buffer);

/* --- the walk over the steps ----------------------------------------------------------------- */
struct progress { /* of one phone in one step */
    unsigned count;
    bool met;
};
struct walk {
    size_t current; /* == step_count: all done */
    bool over;      /* all done, or a step failed */
    uint64_t begin_us;
    uint64_t deadline_us;         /* never later than the true one; NEVER_US */
    size_t remaining;             /* phones that have not met the step yet */
    struct progress *now, *ahead; /* owned, one a phone; `ahead`: of the step after the current */
};
void walk_start(struct judge *judge);
void walk_event(struct judge *judge, const struct event *event);
/* Passes the one deadline of the current step, which is at walk.deadline_us. */
void walk_deadline(struct judge *judge);

/* One step on one phone. */
enum outcome { OUTCOME_WAITING, OUTCOME_MET, OUTCOME_BROKEN };
struct finding { /* what BROKEN means */
    struct sighting at;
    struct buffer expected, seen;
    enum rule_id rules[4];
    size_t rule_count;
};
void finding_init(struct finding *finding);
void finding_done(struct finding *finding);
void finding_rule(struct finding *finding, enum rule_id rule); /* once each, at most four */

bool step_concerns(const struct step *step, int phone);
struct tolerance step_tolerance(const struct judge *judge, const struct step *step);
uint64_t tolerance_us(const struct tolerance *tolerance, uint64_t of_us);
bool pattern_is_of_events(enum pattern_kind kind); /* those that look at single events */

/* At the begin of the step. */
enum outcome expectation_begin(struct judge *judge, size_t phone, struct finding *finding);
enum outcome expectation_event(struct judge *judge, size_t phone, const struct event *event,
                               struct finding *finding);
/* When the phone's step has to be looked at for want of events. */
uint64_t expectation_deadline_us(const struct judge *judge, size_t phone);
/* The deadline has passed: what is missing. */
void expectation_missing(const struct judge *judge, size_t phone, struct finding *finding);

enum outcome retries_look(const struct judge *judge, size_t phone, struct finding *finding);
uint64_t retries_deadline_us(const struct judge *judge, size_t phone);
void retries_missing(const struct judge *judge, size_t phone, struct finding *finding);

/* --- words ------------------------------------------------------------------------------------ */
void describe_step(const struct judge *judge, struct buffer *buffer); /* the current one */
void describe_seen(const struct judge *judge, size_t phone, struct buffer *buffer);
void describe_path(const enum customization_state *path, size_t count, struct buffer *buffer);
void describe_ordinal(size_t number, struct buffer *buffer); /* "3rd" */
/* The rules that a failure of the current step touches. */
void rules_of_step(const struct judge *judge, size_t phone, struct finding *finding);
enum rule_id rule_of_end(enum customization_state terminal);
bool state_is_terminal(enum customization_state state);
/* EDOS was asked although the phone's Remote Customization is over. */
void rules_of_going_on(const struct phone_view *view, struct finding *finding);
/* A delay between two attempts at EDOS is wrong. */
void rules_of_edos_delay(const struct judge *judge, size_t phone, enum rule_id delay_rule,
                         struct finding *finding);
/* A first attempt since the boot, or since Custom-Pending began, did not come. */
enum rule_id rule_of_first_attempt(const struct phone_view *view, enum scenario_server server);

/* --- standing rules -----------------------------------------------------------------------------
 */
struct standing_phone {
    unsigned reported[STANDING_COUNT];
    char *retry_delay;   /* owned; Resync_Error_Retry_Delay of the profile it got, NULL = unknown */
    uint32_t *addresses; /* owned; given to it by DHCP, DNS and redirects */
    size_t address_count, address_capacity;
    bool addresses_cut;
    bool push_pending;    /* told to fetch a config XML, which it has not got yet */
    bool push_answered;   /* got it before the action was on the timeline */
    uint64_t last_gap_us; /* between the last two attempts at EDOS while Pending, 0 = none */
    /* The page may be ahead of the wire: judged at page_deadline_us. */
    bool page_in_doubt;
    enum customization_state page_state, page_inferred;
    enum rule_id page_rule; /* by which the inferred state came */
    struct sighting page_at;
    uint64_t page_deadline_us;
};
/* To be called before the view takes the event in. */
bool standing_event(struct judge *judge, const struct event *event); /* false: memory is out */
void standing_deadline(struct judge *judge);                         /* passes the first one */
void standing_end(struct judge *judge, const struct event *end);
void standing_done(struct standing_phone *phone);
bool standing_collect_literals(struct judge *judge);
/* From state to state without a factory reset; a reboot counts for one reading only. */
bool standing_transition_is_legal(const struct judge *judge, enum customization_state from,
                                  enum customization_state to, bool rebooted);
void standing_delays(struct judge *judge, const struct event *attempt);
void standing_delays_end(struct judge *judge, const struct event *end);
void standing_page(struct judge *judge, const struct event *event);
/* After a failure of this phone was added: is what its page said before explained by it? */
void standing_page_explained(struct judge *judge, int phone);
bool standing_addresses(struct judge *judge, const struct event *event);
/* finding: expected, seen and rules are filled. */
void standing_report(struct judge *judge, enum standing_rule rule, int phone,
                     const struct finding *finding);

/* --- evidence that the harness did its own part
 * ---------------------------------------------------- */
struct evidence_phone {
    uint64_t asked_sequence; /* of the phone's last DHCP message */
    uint64_t unanswered_us;  /* time of the first DISCOVER since the last answer */
    bool unanswered;
};
void evidence_event(struct judge *judge, const struct event *event);
/* True if at some time since then DHCP was told not to answer: phones may lack an address. */
bool evidence_dhcp_impaired_since(const struct judge *judge, uint64_t since_us);
/* A failure of this phone (or EVENT_PHONE_NONE) was found: was the lab at fault? */
void evidence_of_failure(struct judge *judge, int phone, uint64_t time_us);

struct judge {
    const struct scenario *scenario;
    struct judgement result;
    uint64_t patience_us;
    bool real_devices;              /* see judge_set_real_devices */
    char *values[SUBSTITUTE_COUNT]; /* owned; NULL = unknown */
    bool started, ended;
    uint64_t sequence; /* events fed so far */
    size_t kept_max[SERVER_COUNT];
    struct phone_view *views; /* owned, one a phone, as the three below */
    struct standing_phone *standing;
    struct evidence_phone *evidence;
    struct walk walk;
    bool waived[STANDING_COUNT];
    struct standing_phone literals; /* its addresses: those of the scenario's own texts */
    uint64_t standing_deadline_us;
    const struct scenario_dhcp *dhcp; /* in force */
    uint64_t dhcp_sequence;           /* since this event */
    uint64_t dhcp_impaired_us;        /* the last time at which DHCP did not answer normally */
    bool dhcp_was_impaired;
    /* The first thing that the lab did wrong; LAB_ERROR beats the others. */
    bool lab_error, wrong;
};
/* "8841-1", or "phone 3" when the scenario has no such phone. */
const char *judge_phone_name(const struct scenario *scenario, int phone);
void judge_error(struct judge *judge, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends to the failures; NULL step for a standing rule. */
void judge_fail(struct judge *judge, const struct step *step, int phone,
                const struct finding *finding, enum standing_rule rule);

#endif
