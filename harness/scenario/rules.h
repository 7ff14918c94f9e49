/* SPDX-License-Identifier: MIT */
/* The vendor's names: rule ids, customization states, readings, models, standing rules. Data
 * shared by the scenario language, the judge and the reports. */
#ifndef RCLAB_SCENARIO_RULES_H
#define RCLAB_SCENARIO_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum rule_id {
    RULE_PRE_1,
    RULE_PRE_2,
    RULE_PRE_3,
    RULE_PRE_4,
    RULE_OPEN_1,
    RULE_OPEN_2,
    RULE_OPEN_3,
    RULE_PEND_1,
    RULE_PEND_2,
    RULE_PEND_3,
    RULE_PEND_4,
    RULE_PEND_5,
    RULE_PEND_6,
    RULE_CUST_1,
    RULE_CUST_2,
    RULE_CUST_3,
    RULE_END_1,
    RULE_END_2,
    RULE_END_3,
    RULE_END_4,
    RULE_VIEW_1,
    RULE_VIEW_2,
    RULE_COUNT
};
struct rule {
    const char *id;      /* "RC-PEND-3" */
    const char *summary; /* a sentence of our own words */
};
extern const struct rule rules[RULE_COUNT];
bool rule_find(const char *id, enum rule_id *ret_rule);

enum customization_state {
    STATE_UNKNOWN, /* not yet seen; never written in a scenario */
    STATE_OPEN,
    STATE_PENDING,
    STATE_CUSTOM_PENDING,
    STATE_ACQUIRED,
    STATE_ABORTED,
    STATE_UNAVAILABLE,
    STATE_COUNT
};
extern const char *const customization_state_names[STATE_COUNT]; /* "Custom-Pending", "unknown" */
bool customization_state_find(const char *name, enum customization_state *ret_state);

/* Where the vendor's article can be read in more than one way. The first value is the default. */
enum reading_dhcp_abort { DHCP_ABORT_DOWNLOADED, DHCP_ABORT_OFFERED };
enum reading_pending_boot { PENDING_BOOT_ASK_NOW, PENDING_BOOT_WAIT_FIRST };
enum reading_options_while_pending { OPTIONS_WHILE_PENDING_ABORT, OPTIONS_WHILE_PENDING_IGNORE };
enum reading_custom_pending_boot { CUSTOM_PENDING_BOOT_PROVISION, CUSTOM_PENDING_BOOT_EDOS };
struct readings {
    enum reading_dhcp_abort dhcp_abort;
    enum reading_pending_boot pending_boot;
    enum reading_options_while_pending options_while_pending;
    enum reading_custom_pending_boot custom_pending_boot;
};
enum { READING_COUNT = 4 };
extern const char *const reading_names[READING_COUNT];     /* "dhcp_abort", … */
extern const char *const reading_values[READING_COUNT][2]; /* "downloaded", "offered", … */
/* reading and value are indices into the two tables above. */
void readings_set(struct readings *readings, size_t reading, int value);
int readings_get(const struct readings *readings, size_t reading);

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
extern const char *const standing_rule_names[STANDING_COUNT];

/* Models of the three families: "6821" … "8865". */
extern const char *const phone_models[];
extern const size_t phone_model_count;

/* Names that ${…} may hold. */
enum substitution {
    SUBSTITUTE_PROVISION_HTTP,
    SUBSTITUTE_PROVISION_HTTPS,
    SUBSTITUTE_PROVISION_TFTP,
    SUBSTITUTE_PROVISION_ADDRESS,
    SUBSTITUTE_COUNT
};
extern const char *const substitution_names[SUBSTITUTE_COUNT]; /* "provision.http", … */

#endif
