/* SPDX-License-Identifier: MIT */
#include "harness/observe/boots.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"

enum { LEASE_FOR_EVER = -1 };

void boots_action(struct boots *boots, enum event_action action)
{
    if (action == ACTION_CONFIGURE)
        return;
    boots->due = true;
    boots->cause.action_known = true;
    boots->cause.action = action;
    boots->cause.reset = boots->cause.reset || action == ACTION_FACTORY_RESET;
}

void boots_carrier_lost(struct boots *boots)
{
    boots->lease_lost = true;
}

/* RFC 2131 section 4.3.2: INIT-REBOOT names an address, no server, and has none itself. */
static bool is_init_reboot(const struct event *dhcp)
{
    struct dhcp_walk walk;
    struct dhcp_option_view view;
    dhcp_walk_area(&walk, dhcp->dhcp.options.bytes, dhcp->dhcp.options.length);
    return dhcp->dhcp.type == DHCP_REQUEST && dhcp->dhcp.server_address == 0 &&
           dhcp->dhcp.source_address == 0 &&
           dhcp_walk_get(walk, DHCP_OPTION_REQUESTED_ADDRESS, &view);
}

static void lease(struct boots *boots, const struct event *ack)
{
    boots->searching = false;
    boots->lease_lost = false;
    boots->lease_end_us = ack->dhcp.lease_s == (uint32_t)LEASE_FOR_EVER
                              ? UINT64_MAX
                              : ack->time_us + ack->dhcp.lease_s * DURATION_S;
}

static bool starts(struct boots *boots, const struct event *dhcp, struct boot_cause *ret_cause)
{
    bool sudden = boots->due || !boots->not_first ||
                  (!boots->searching && !boots->lease_lost && dhcp->time_us < boots->lease_end_us);
    boots->searching = true;
    if (!sudden)
        return false;
    *ret_cause = boots->cause;
    boots->cause = (struct boot_cause){.action_known = false};
    boots->not_first = true;
    boots->due = false;
    boots->lease_lost = false;
    return true;
}

bool boots_dhcp(struct boots *boots, const struct event *dhcp, struct boot_cause *ret_cause)
{
    switch (dhcp->dhcp.type) {
    case DHCP_DISCOVER:
        return starts(boots, dhcp, ret_cause);
    case DHCP_REQUEST:
        return is_init_reboot(dhcp) && starts(boots, dhcp, ret_cause);
    case DHCP_ACK:
        if (dhcp->dhcp.lease_s)
            lease(boots, dhcp);
        return false;
    case DHCP_NAK:
    case DHCP_DECLINE:
        boots->lease_lost = true;
        return false;
    case DHCP_RELEASE:
        boots->due = true;
        return false;
    default:
        return false;
    }
}
