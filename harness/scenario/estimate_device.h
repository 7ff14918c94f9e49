/* SPDX-License-Identifier: MIT */
/* When a device that does as the rules say would have its next attempt behind it, in rough: what
 * the estimate counts retries with. Internal to this room. */
#ifndef RCLAB_SCENARIO_ESTIMATE_DEVICE_H
#define RCLAB_SCENARIO_ESTIMATE_DEVICE_H

#include "harness/scenario/estimate.h"

#define ESTIMATE_NEVER UINT64_MAX

struct estimate_world { /* what the servers do now */
    const struct scenario *scenario;
    const struct estimate_costs *costs;
    const struct scenario_dhcp *dhcp;
    const struct scenario_dns *dns;
    struct behaviour_list servers[2]; /* by enum scenario_server */
};
struct estimate_position { /* in a list of behaviours */
    size_t item;
    unsigned used;
};
struct estimate_device {
    uint64_t ready_us;    /* its boot is over */
    uint64_t next_us;     /* its next attempt; ESTIMATE_NEVER = there is none */
    uint64_t delay_us;    /* to EDOS, after the next failure */
    size_t failures;      /* of the provisioning server since it was first asked */
    const char *resync;   /* Resync_Error_Retry_Delay of the profile; NULL = the usual one */
    unsigned attempts[2]; /* since the boot, by server */
    enum customization_state state;
    bool reached[STATE_COUNT]; /* since the factory reset */
    bool off, without_address;
    struct estimate_position positions[2];
};

void estimate_device_boot(const struct estimate_world *world, struct estimate_device *device,
                          uint64_t now_us, bool factory_reset);
void estimate_device_power_off(struct estimate_device *device);
/* Somebody configures it by its page or a pushed file. */
void estimate_device_configure(struct estimate_device *device, const struct step *step);
/* It has an address again. */
void estimate_device_address(const struct estimate_world *world, struct estimate_device *device,
                             uint64_t now_us);
/* Makes the next attempt, which must be one. */
void estimate_device_attempt(const struct estimate_world *world, struct estimate_device *device);

#endif
