/* SPDX-License-Identifier: MIT */
/* What a DHCP server has granted. */
#ifndef RCLAB_FAKES_PHONE_DHCP_LEASE_H
#define RCLAB_FAKES_PHONE_DHCP_LEASE_H

#include "harness/base/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DHCP_LEASE_SERVERS_MAX = 3, /* DNS and NTP servers kept */
    DHCP_LEASE_DOMAIN_MAX = 256,
    DHCP_LEASE_OPTION_MAX = 1024, /* bytes of one provisioning option */
};

/* The seven options a profile can come from. */
enum { DHCP_PROVISIONING_OPTIONS = 7 };
extern const uint8_t dhcp_provisioning_options[DHCP_PROVISIONING_OPTIONS];

struct dhcp_lease {
    uint32_t address, mask, router; /* 0 = none */
    uint32_t server;                /* option 54 */
    struct mac server_mac;          /* whose frame brought the ACK; zero = unknown */
    uint32_t dns[DHCP_LEASE_SERVERS_MAX];
    size_t dns_count;
    uint32_t ntp[DHCP_LEASE_SERVERS_MAX];
    size_t ntp_count;
    char domain[DHCP_LEASE_DOMAIN_MAX];                /* option 15, "" = none */
    uint64_t bound_us, renew_us, rebind_us, expire_us; /* UINT64_MAX = infinite */
    struct dhcp_lease_option {                         /* same index as dhcp_provisioning_options */
        bool present;
        size_t length;
        uint8_t value[DHCP_LEASE_OPTION_MAX];
    } options[DHCP_PROVISIONING_OPTIONS];
};

/* What an ACK grants, but for the times. False: no address or no server in it. */
struct dhcp_message;
bool dhcp_lease_read(const struct dhcp_message *message, const struct mac *source_mac,
                     struct dhcp_lease *ret_lease);
/* One of the seven; NULL = the lease has none. */
const struct dhcp_lease_option *dhcp_lease_option(const struct dhcp_lease *lease, uint8_t code);

#endif
