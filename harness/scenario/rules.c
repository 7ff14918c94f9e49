/* SPDX-License-Identifier: MIT */
#include "harness/scenario/rules.h"
#include <string.h>

const struct rule rules[RULE_COUNT] = {
    [RULE_PRE_1] = {"RC-PRE-1", "EDOS holds a profile for the phone's MAC address; where it holds "
                                "none, its answer is empty."},
    [RULE_PRE_2] = {"RC-PRE-2", "A configuration that DHCP option 66, 160, 159, 150, 60, 43 or 125 "
                                "points to and that was downloaded rules Remote Customization "
                                "out."},
    [RULE_PRE_3] = {"RC-PRE-3", "The phone reaches EDOS: its name resolves, the connection and TLS "
                                "come about."},
    [RULE_PRE_4] = {"RC-PRE-4", "The phone reaches the provisioning server that the EDOS profile "
                                "names."},
    [RULE_OPEN_1] = {"RC-OPEN-1", "An unconfigured phone that boots after a factory reset is "
                                  "Open."},
    [RULE_OPEN_2] = {"RC-OPEN-2", "Open, and DHCP options configure the phone: it becomes Aborted "
                                  "and never asks EDOS."},
    [RULE_OPEN_3] = {"RC-OPEN-3", "Open, and no DHCP option configures the phone: it turns to EDOS "
                                  "and becomes Pending."},
    [RULE_PEND_1] = {"RC-PEND-1", "Pending, and the EDOS profile arrives: the phone becomes "
                                  "Custom-Pending and follows the redirect."},
    [RULE_PEND_2] = {"RC-PEND-2", "Pending, and EDOS answers 200 with an empty file: the phone "
                                  "stops and becomes Unavailable."},
    [RULE_PEND_3] = {"RC-PEND-3",
                     "Pending, and anything else goes wrong: the phone stays Pending "
                     "and retries after 1, 2, 4 … minutes, each delay twice the last."},
    [RULE_PEND_4] = {"RC-PEND-4", "No retry delay is longer than 24 hours."},
    [RULE_PEND_5] = {"RC-PEND-5", "A reboot while Pending starts the retry delays again at one "
                                  "minute."},
    [RULE_PEND_6] = {"RC-PEND-6", "Pending, and somebody configures a Profile Rule or an "
                                  "extension's Proxy: the phone stops and becomes Aborted."},
    [RULE_CUST_1] = {"RC-CUST-1", "Custom-Pending, and the redirect target arrives: the phone "
                                  "becomes Acquired."},
    [RULE_CUST_2] = {"RC-CUST-2", "Custom-Pending, and the download fails: the phone asks the "
                                  "provisioning server again at the pace of "
                                  "Resync_Error_Retry_Delay."},
    [RULE_CUST_3] = {"RC-CUST-3", "Custom-Pending, and somebody configures a Profile Rule or an "
                                  "extension's Proxy: the phone stops and becomes Aborted."},
    [RULE_END_1] = {"RC-END-1", "Aborted lasts until a factory reset: no attempt before it."},
    [RULE_END_2] = {"RC-END-2", "Unavailable lasts until a factory reset: no attempt before it."},
    [RULE_END_3] = {"RC-END-3", "Acquired lasts until a factory reset: no attempt before it."},
    [RULE_END_4] = {"RC-END-4", "A factory reset from any state leads to Open and starts Remote "
                                "Customization anew."},
    [RULE_VIEW_1] = {"RC-VIEW-1", "The phone's own screen shows the Customization state among the "
                                  "product information."},
    [RULE_VIEW_2] = {"RC-VIEW-2", "The phone's web page shows the Customization state among the "
                                  "product information."},
};

const char *const customization_state_names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",         [STATE_OPEN] = "Open",
    [STATE_PENDING] = "Pending",         [STATE_CUSTOM_PENDING] = "Custom-Pending",
    [STATE_ACQUIRED] = "Acquired",       [STATE_ABORTED] = "Aborted",
    [STATE_UNAVAILABLE] = "Unavailable",
};

const char *const reading_names[READING_COUNT] = {
    "dhcp_abort",
    "pending_boot",
    "options_while_pending",
    "custom_pending_boot",
};
const char *const reading_values[READING_COUNT][2] = {
    {"downloaded", "offered"},
    {"ask-now", "wait-first"},
    {"abort", "ignore"},
    {"provision", "edos"},
};

const char *const standing_rule_names[STANDING_COUNT] = {
    [STANDING_LEGAL_TRANSITIONS] = "legal-transitions",
    [STANDING_NO_EDOS_AFTER_END] = "no-edos-after-end",
    [STANDING_PAGE_SHOWS_STATE] = "page-shows-state",
    [STANDING_DELAYS_NEVER_SHRINK] = "delays-never-shrink",
    [STANDING_DELAYS_AT_MOST_24H] = "delays-at-most-24h",
    [STANDING_ONLY_GIVEN_ADDRESSES] = "only-given-addresses",
};

const char *const phone_models[] = {
    "6821", "6825", "6841", "6851", "6861", "6871",         /* 6800 series */
    "7811", "7821", "7832", "7841", "7861",                 /* 7800 series */
    "8811", "8832", "8841", "8845", "8851", "8861", "8865", /* 8800 series */
};
const size_t phone_model_count = sizeof phone_models / sizeof phone_models[0];

const char *const substitution_names[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "provision.http",
    [SUBSTITUTE_PROVISION_HTTPS] = "provision.https",
    [SUBSTITUTE_PROVISION_TFTP] = "provision.tftp",
    [SUBSTITUTE_PROVISION_ADDRESS] = "provision.address",
};

bool rule_find(const char *id, enum rule_id *ret_rule)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (strcmp(rules[i].id, id) == 0) {
            *ret_rule = (enum rule_id)i;
            return true;
        }
    }
    return false;
}

bool customization_state_find(const char *name, enum customization_state *ret_state)
{
    for (size_t i = STATE_UNKNOWN + 1; i < STATE_COUNT; i++) {
        if (strcmp(customization_state_names[i], name) == 0) {
            *ret_state = (enum customization_state)i;
            return true;
        }
    }
    return false;
}

void readings_set(struct readings *readings, size_t reading, int value)
{
    switch (reading) {
    case 0:
        readings->dhcp_abort = (enum reading_dhcp_abort)value;
        break;
    case 1:
        readings->pending_boot = (enum reading_pending_boot)value;
        break;
    case 2:
        readings->options_while_pending = (enum reading_options_while_pending)value;
        break;
    case 3:
        readings->custom_pending_boot = (enum reading_custom_pending_boot)value;
        break;
    default:
        break;
    }
}

int readings_get(const struct readings *readings, size_t reading)
{
    switch (reading) {
    case 0:
        return (int)readings->dhcp_abort;
    case 1:
        return (int)readings->pending_boot;
    case 2:
        return (int)readings->options_while_pending;
    case 3:
        return (int)readings->custom_pending_boot;
    default:
        return 0;
    }
}
