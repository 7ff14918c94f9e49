/* SPDX-License-Identifier: MIT */
/* The configuration file of the lab's dnsmasq, from what the scenario wants offered. Pure. */
#ifndef RCLAB_LAB_DNSMASQ_CONFIG_H
#define RCLAB_LAB_DNSMASQ_CONFIG_H

#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/scenario/scenario.h"

enum { DNSMASQ_CONFIG_BYTES_MAX = 4 << 20, DNSMASQ_STUB_PORT = 5300 };
#define DNSMASQ_BARRIER_NAME "barrier.rclab.invalid"

struct dnsmasq_settings { /* borrowed */
    const char *lease_file;
    const char *edos_host; /* its look-ups go to the stub on 127.0.0.1:DNSMASQ_STUB_PORT */
    const char *provision_host;
    uint32_t provision_address, pool_first, pool_last, netmask;
    const struct mac *phone_macs;
    const struct scenario_dhcp *const *phones; /* what each phone gets; the same pointer for all
                                                  where all get the same */
    size_t phone_count;
    const uint32_t
        *fixed_addresses; /* per phone, 0 = one from the pool; NULL = all from the pool */
    bool known_only;      /* who is not among the phones gets no DHCP answer at all */
    const char *const *substitutions; /* SUBSTITUTE_COUNT */
};

/* ERROR_INVALID: a value that dnsmasq cannot send, with what and why. */
int dnsmasq_config_write(const struct dnsmasq_settings *settings, struct buffer *buffer,
                         struct error *error);

#endif
