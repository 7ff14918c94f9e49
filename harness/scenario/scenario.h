/* SPDX-License-Identifier: MIT */
/* A scenario: what a YAML file says, checked, as plain data that remembers line and column.
 * Everything a scenario points to lives in its own arena; it is read-only once loaded. */
#ifndef RCLAB_SCENARIO_SCENARIO_H
#define RCLAB_SCENARIO_SCENARIO_H

#include "harness/base/arena.h"
#include "harness/scenario/behaviour.h"
#include "harness/scenario/network.h"
#include "harness/vendor/vendor.h"

enum {
    SCENARIO_FILE_BYTES_MAX = 1 << 20,
    SCENARIO_STEPS_MAX = 20000, /* with repeats unrolled */
    SCENARIO_PHONES_MAX = 5000,
    SCENARIO_LIST_MAX = 4096, /* items in any other list */
    SCENARIO_CASES_MAX = 200, /* in one file */
    CASE_NAME_MAX = 64,       /* characters */
};

struct scenario_phone {
    const char *name;  /* "8841-1": model, dash, running number from 1 over all phones */
    const char *model; /* "8841" */
};

/* --- DHCP --- */
enum dhcp_value_form {
    DHCP_VALUE_TEXT,      /* the text's bytes, without NUL */
    DHCP_VALUE_ADDRESSES, /* option 150 */
    DHCP_VALUE_HEX,       /* {hex: "01:04:de:ad"}: exactly these bytes */
    DHCP_VALUE_SUBOPTIONS /* 43 {SUB: TEXT}, 125 {ENTERPRISE: {SUB: TEXT}} */
};
struct dhcp_suboption {
    uint32_t enterprise; /* 125; 0 for 43 */
    uint8_t code;
    const char *text; /* may hold ${name} */
    struct place place;
};
struct dhcp_value {
    uint8_t code; /* 66 160 159 150 60 43 125; in a pattern any of 1…254 */
    enum dhcp_value_form form;
    const char *text;             /* TEXT; may hold ${name}, for instance ${provision.http} */
    const char *const *addresses; /* ADDRESSES: dotted quads or ${provision.address} */
    size_t address_count;
    const uint8_t *bytes; /* HEX */
    size_t byte_count;
    const struct dhcp_suboption *suboptions; /* SUBOPTIONS */
    size_t suboption_count;
    struct place place;
};
enum dhcp_answer {
    DHCP_ANSWER_NORMAL,
    DHCP_ANSWER_NEVER,
    DHCP_ANSWER_NAK,
    DHCP_ANSWER_DELAY,
    DHCP_ANSWER_MALFORMED
};
enum { DHCP_ANSWERS = DHCP_ANSWER_MALFORMED + 1 };
enum dhcp_malformed { /* what is unusual about offers and acks */
                      DHCP_MALFORMED_TRUNCATED,
                      DHCP_MALFORMED_BAD_LENGTH,
                      DHCP_MALFORMED_NO_END,
                      DHCP_MALFORMED_OVERLOAD, /* nothing is wrong: RFC 2132 option 52 */
};
enum { DHCP_MALFORMS = DHCP_MALFORMED_OVERLOAD + 1 };
/* What the DHCP server does from now on. A step `dhcp:` gives a whole new one: keys that it leaves
 * out keep what was in force before (the loader has merged them in already). */
struct scenario_dhcp {
    const struct dhcp_value *offer; /* the other options are withheld */
    size_t offer_count;
    enum dhcp_answer answer;
    uint64_t answer_delay_us;
    enum dhcp_malformed malformed; /* DHCP_ANSWER_MALFORMED */
    uint64_t lease_us;             /* default 12h; at least 2m (dnsmasq's least) */
    const char *domain;            /* option 15; NULL = none */
    bool only_if_asked;            /* default false: the options are forced into the answer */
    bool conflict;                 /* every address that is lent is somebody else's already */
    struct dhcp_rogue {            /* a second server, which answers too */
        bool present;
        const struct dhcp_value *offer; /* it offers nothing else */
        size_t offer_count;
        uint64_t delay_us; /* after the phone has asked */
    } rogue;
    struct dhcp_srv { /* SRV records that phones look for in `domain` */
        bool present; /* said, be it that there is none: phones look for them */
        const char *targets[VENDOR_SERVICES]; /* see service_target_read; NULL = no such record */
    } srv;
    struct place place;
};

enum dns_answer {
    DNS_ANSWER_NORMAL,
    DNS_ANSWER_NXDOMAIN,
    DNS_ANSWER_SERVFAIL,
    DNS_ANSWER_NEVER,
    DNS_ANSWER_ADDRESS
};
enum { DNS_ANSWERS = DNS_ANSWER_ADDRESS + 1 };
struct scenario_dns { /* for the EDOS host */
    enum dns_answer answer;
    uint32_t address; /* DNS_ANSWER_ADDRESS */
    struct place place;
};

/* --- steps --- */
enum scenario_server { SERVER_EDOS, SERVER_PROVISION };
enum { SERVERS = SERVER_PROVISION + 1 };

enum pattern_kind {
    PATTERN_STATE,
    PATTERN_PATH,
    PATTERN_REQUEST,
    PATTERN_RETRIES,
    PATTERN_DHCP,
    PATTERN_DNS,
    PATTERN_TFTP,
    PATTERN_PAGE,
};
enum { PATTERN_KINDS = PATTERN_PAGE + 1 };
/* 0 = any. */
enum transport_wanted {
    TRANSPORT_WANTED_HTTP = 1,
    TRANSPORT_WANTED_HTTPS,
    TRANSPORT_WANTED_TFTP,
};
enum { TRANSPORTS_WANTED = TRANSPORT_WANTED_TFTP + 1 };
struct pattern {
    enum pattern_kind kind;
    enum customization_state state;       /* STATE */
    const enum customization_state *path; /* PATH */
    size_t path_count;
    enum scenario_server server;                /* REQUEST, RETRIES */
    const char *method, *target, *host, *agent; /* REQUEST; globs (* and ?), NULL = any; target is
                                                  the key `path`. Only one that has a `method`
                                                  speaks of HEAD */
    enum transport_wanted transport;            /* REQUEST */
    unsigned count;                             /* REQUEST: how many are needed, default 1 */
    const uint64_t *gaps_us;                    /* RETRIES: `after` */
    size_t gap_count;
    unsigned dhcp_type;               /* DHCP: enum dhcp_type of wire/dhcp.h, 1…8 */
    const struct dhcp_value *options; /* DHCP: each must be in the message, so valued */
    size_t option_count;
    const char *name;             /* DNS: host name, TFTP: file; globs */
    const struct parameter *page; /* PAGE: names and values that the page must show */
    size_t page_count;
    struct place place;
};

struct tolerance { /* the larger of the two */
    double percent;
    uint64_t at_least_us;
};

enum step_kind {
    STEP_FACTORY_RESET,
    STEP_REBOOT,
    STEP_POWER_OFF,
    STEP_POWER_ON,
    STEP_CONFIGURE,
    STEP_WAIT,
    STEP_DHCP,
    STEP_DNS,
    STEP_EDOS,
    STEP_PROVISION,
    STEP_NETWORK,
    STEP_EXPECT,
    STEP_NEVER,
    STEP_STAYS,
};
enum { STEP_KINDS = STEP_STAYS + 1 };
enum configure_via { CONFIGURE_WEB, CONFIGURE_PUSH };
enum { CONFIGURE_WAYS = CONFIGURE_PUSH + 1 };
enum { STEP_ALL_PHONES = -1 };

struct step {
    enum step_kind kind;
    int phone; /* index into phones, or STEP_ALL_PHONES */
    enum configure_via via;
    const struct parameter *set; /* CONFIGURE */
    size_t set_count;
    uint64_t duration_us; /* WAIT; NEVER and STAYS: `for` */
    const struct scenario_dhcp *dhcp;
    const struct scenario_dns *dns;
    const struct scenario_network *network;
    struct behaviour_list behaviours; /* EDOS, PROVISION */
    struct pattern pattern;           /* EXPECT, NEVER; STAYS: a PATTERN_STATE */
    uint64_t within_us;               /* EXPECT: deadline; 0 = the default of the judge */
    uint64_t after_us;                /* EXPECT: not before */
    bool has_tolerance;
    struct tolerance tolerance;
    unsigned iteration; /* of the innermost repeat, from 1; 0 = not in one */
    struct place place; /* of the step's key */
};

/* Judged in every scenario without being asked; `waive:` names them. */
enum standing_rule {
    STANDING_LEGAL_TRANSITIONS,    /* "legal-transitions" */
    STANDING_NO_EDOS_AFTER_END,    /* "no-edos-after-end" */
    STANDING_PAGE_SHOWS_STATE,     /* "page-shows-state" */
    STANDING_DELAYS_NEVER_SHRINK,  /* "delays-never-shrink" */
    STANDING_DELAYS_AT_MOST_24H,   /* "delays-at-most-24h" */
    STANDING_ONLY_GIVEN_ADDRESSES, /* "only-given-addresses" */
    STANDING_COUNT
};

/* Names that ${…} may hold. */
enum substitution {
    SUBSTITUTE_PROVISION_HTTP,
    SUBSTITUTE_PROVISION_HTTPS,
    SUBSTITUTE_PROVISION_TFTP,
    SUBSTITUTE_PROVISION_ADDRESS,
    SUBSTITUTE_COUNT
};

struct waiver { /* a standing rule that does not apply here */
    enum standing_rule rule;
    const char *reason;
    struct place place;
};

struct scenario {
    struct arena arena;
    const char *path; /* as given by the user; for messages */
    const char *id;   /* names the run's folder: "pending-backoff" from pending/backoff.yaml: the
                         path below the suite's folder (the last one named `scenarios`, else the
                         one given, else the file's own and its name) without extension, '/' as
                         '-', then '-' and the case's name; set by the suite loader, unique */
    const char *case_name; /* which of the file's `cases`; NULL: the file has none */
    const char *title, *about;
    const enum rule_id *covers;
    size_t cover_count;
    const char *const *tags;
    size_t tag_count;
    const struct scenario_phone *phones;
    size_t phone_count;
    bool phones_stated, tolerance_stated; /* the file gives them: they are not the defaults */
    struct readings readings;
    bool readings_stated[READING_COUNT]; /* the file names it: it only holds for such phones */
    bool runs_emulated, runs_real;
    struct tolerance tolerance; /* default 10 %, 5 s */
    struct scenario_dhcp dhcp;  /* given */
    struct scenario_dns dns;
    struct scenario_network network;
    bool has_network;                         /* it, or a step, says what the lines are like */
    bool has_srv;                             /* at some time phones may look for SRV records */
    bool has_conflict;                        /* at some time addresses are in conflict */
    struct behaviour_list edos, provision;    /* default: profile; config */
    const struct parameter *phone_parameters; /* given.phone: preset parameters */
    size_t phone_parameter_count;
    bool page_none; /* given.phone: the phones have no web page that could be reached */
    const struct waiver *waivers;
    size_t waiver_count;
    const struct step *steps; /* repeats unrolled */
    size_t step_count;
    const uint8_t *source; /* the file's bytes, for the run's folder */
    size_t source_bytes;
};

#endif
