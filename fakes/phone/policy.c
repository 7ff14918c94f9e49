/* SPDX-License-Identifier: MIT */
#include "fakes/phone/policy.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"

static const struct phone_policy sound = {
    .redirects = REDIRECT_301 | REDIRECT_302,
    .patience_us = 30 * DURATION_S,
    .options = {.codes = {DHCP_OPTION_TFTP_SERVER_NAME, DHCP_OPTION_160, DHCP_OPTION_159,
                          DHCP_OPTION_TFTP_SERVER_ADDRESS, DHCP_OPTION_CLASS_IDENTIFIER,
                          DHCP_OPTION_VENDOR_SPECIFIC, DHCP_OPTION_VENDOR_IDENTIFYING}},
    .services = SERVICES_SOUND,
    .options_when_open = true,
    .option_by = ANSWER_PROFILE,
    .unavailable_by = ANSWER_EMPTY,
    .profile_by = ANSWER_PROFILE,
    .empty_answers = 1,
    .pace = {.first_us = DURATION_M, .longest_us = 24 * DURATION_H, .factor = 2, .percent = 100},
    .delay_max_us = UINT64_MAX,
    .pending_stops = CHANGES_SOUND,
    .custom_stops = CHANGES_SOUND,
    .config_by = ANSWER_PROFILE,
    .reset_state = STATE_OPEN,
    .shown = {STATE_UNKNOWN, STATE_OPEN, STATE_PENDING, STATE_CUSTOM_PENDING, STATE_ACQUIRED,
              STATE_ABORTED, STATE_UNAVAILABLE},
};

void phone_policy_init(struct phone_policy *policy, const struct readings *readings,
                       const struct phone_variation *variation)
{
    *policy = sound;
    policy->variation = variation ? *variation : phone_variation_plain;
    policy->offer_aborts = readings->dhcp_abort == DHCP_ABORT_OFFERED;
    policy->services_abort = readings->srv_abort == SRV_ABORT_DOWNLOADED;
    policy->options_interrupt = policy->offer_aborts;
    policy->options_while_running = readings->options_while_pending == OPTIONS_WHILE_PENDING_ABORT;
    policy->pending_boot_waits = readings->pending_boot == PENDING_BOOT_WAIT_FIRST;
    policy->custom_boot_rules = readings->custom_pending_boot == CUSTOM_PENDING_BOOT_PROVISION;
}
