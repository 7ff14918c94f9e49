/* SPDX-License-Identifier: MIT */
/* The IPv4 address and the default route of a phone's interface (rtnetlink, by libnl-route). */
#ifndef RCLAB_FAKES_PHONE_ADDRESS_CONFIG_H
#define RCLAB_FAKES_PHONE_ADDRESS_CONFIG_H

#include "harness/base/address.h"
#include "harness/base/error.h"

/* The label of an address that a phone has set ends like this ("eth0:rclab"): so one that was left
 * behind can be told from anybody else's. */
#define ADDRESS_CONFIG_LABEL_END ":rclab"

struct address_config;
/* Takes away what a phone that was killed left on the interface. ERROR_INVALID: it has an address
 * that no phone has set; nothing is changed then. */
int address_config_sweep(int netns_fd, const char *interface, struct error *error);
/* Raises the interface in the namespace netns_fd (-1 = here; borrowed during the call). */
int address_config_new(int netns_fd, const char *interface, struct address_config **ret_config,
                       struct error *error);
/* Also takes back what it has set. */
void address_config_free(struct address_config *config);
/* Replaces what was set before; the very same again changes nothing, so that connections live on.
 * mask 0 = a network of its own (/32); router 0 = none. A router that cannot be reached is an
 * error, but the address stays. */
int address_config_set(struct address_config *config, uint32_t address, uint32_t mask,
                       uint32_t router, struct error *error);
void address_config_clear(struct address_config *config);

#endif
