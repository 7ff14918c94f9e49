/* SPDX-License-Identifier: MIT */
/* When does a phone boot? Told from its DHCP messages (RFC 2131) and from what was done to it. */
#ifndef RCLAB_OBSERVE_BOOTS_H
#define RCLAB_OBSERVE_BOOTS_H

#include "harness/observe/event.h"

struct boot_cause {
    bool action_known; /* because of `action` */
    enum event_action action;
    bool reset; /* a factory reset came since the boot before */
};
struct boots {
    bool not_first;          /* it has booted before */
    bool due;                /* the next first message is a boot */
    struct boot_cause cause; /* of the boot to come */
    bool searching;          /* has sent DISCOVER and holds no lease yet */
    bool lease_lost;         /* NAK, DECLINE */
    uint64_t lease_end_us;   /* UINT64_MAX = never */
};

void boots_action(struct boots *boots, enum event_action action);
/* Its cable was pulled: whatever it does about its lease afterwards is no sign of a boot. */
void boots_carrier_lost(struct boots *boots);
/* One DHCP message of or to the phone. True: with this one it boots, and why. */
bool boots_dhcp(struct boots *boots, const struct event *dhcp, struct boot_cause *ret_cause);

#endif
