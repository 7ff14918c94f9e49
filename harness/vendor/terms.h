/* SPDX-License-Identifier: MIT */
/* The terms of the job that every vendor's phones do after a factory reset: take a configuration
 * that DHCP points to, else ask the vendor's redirect service where theirs is. Enumerators only;
 * what a vendor calls each of them, and which of them its phones have, is in its table (vendor.h).
 */
#ifndef RCLAB_VENDOR_TERMS_H
#define RCLAB_VENDOR_TERMS_H

#include <stddef.h>

/* What phones must do; ids and sentences by vendor_rule. Never renumbered, only added to. */
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

enum customization_state {
    STATE_UNKNOWN,        /* not yet seen; never written in a scenario */
    STATE_OPEN,           /* nobody has configured it yet */
    STATE_PENDING,        /* it asks the redirect service */
    STATE_CUSTOM_PENDING, /* it was redirected and asks the provisioning server */
    STATE_ACQUIRED,       /* it has the configuration it was redirected to */
    STATE_ABORTED,        /* it was configured another way */
    STATE_UNAVAILABLE,    /* the redirect service knows nothing of it */
    STATE_COUNT
};

/* Where what a vendor writes can be read in more than one way. The first value is the default. */
enum reading_dhcp_abort { DHCP_ABORT_DOWNLOADED, DHCP_ABORT_OFFERED };
enum reading_pending_boot { PENDING_BOOT_ASK_NOW, PENDING_BOOT_WAIT_FIRST };
enum reading_options_while_pending { OPTIONS_WHILE_PENDING_ABORT, OPTIONS_WHILE_PENDING_IGNORE };
enum reading_custom_pending_boot { CUSTOM_PENDING_BOOT_PROVISION, CUSTOM_PENDING_BOOT_EDOS };
enum reading_srv_abort { SRV_ABORT_DOWNLOADED, SRV_ABORT_IGNORE };
struct readings {
    enum reading_dhcp_abort dhcp_abort;
    enum reading_pending_boot pending_boot;
    enum reading_options_while_pending options_while_pending;
    enum reading_custom_pending_boot custom_pending_boot;
    enum reading_srv_abort srv_abort;
};
enum { READING_COUNT = 5, READING_VALUES = 2 };
/* By number, in the order above; a value is 0 or 1. A reading that is none is 0 and cannot be set.
 */
void readings_set(struct readings *readings, size_t reading, int value);
int readings_get(const struct readings *readings, size_t reading);

#endif
