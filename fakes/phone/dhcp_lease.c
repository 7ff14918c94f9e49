/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_lease.h"
#include "harness/base/cursor.h"
#include "harness/wire/dhcp.h"
#include <string.h>

const uint8_t dhcp_provisioning_options[DHCP_PROVISIONING_OPTIONS] = {
    DHCP_OPTION_TFTP_SERVER_NAME,
    DHCP_OPTION_160,
    DHCP_OPTION_159,
    DHCP_OPTION_TFTP_SERVER_ADDRESS,
    DHCP_OPTION_CLASS_IDENTIFIER,
    DHCP_OPTION_VENDOR_SPECIFIC,
    DHCP_OPTION_VENDOR_IDENTIFYING};

static size_t read_servers(const struct dhcp_message *message, uint8_t code,
                           uint32_t servers[DHCP_LEASE_SERVERS_MAX])
{
    struct dhcp_option_view view;
    struct cursor cursor;
    size_t count = 0;
    if (!dhcp_option_get(message, code, &view))
        return 0;
    cursor_init(&cursor, view.value, view.length);
    while (cursor_left(&cursor) >= 4 && count < DHCP_LEASE_SERVERS_MAX) {
        uint32_t address = cursor_be32(&cursor);
        if (address != 0)
            servers[count++] = address;
    }
    return count;
}

static void read_domain(const struct dhcp_message *message, char domain[DHCP_LEASE_DOMAIN_MAX])
{
    struct dhcp_option_view view;
    if (!dhcp_option_get(message, DHCP_OPTION_DOMAIN_NAME, &view) ||
        view.length >= DHCP_LEASE_DOMAIN_MAX)
        return;
    for (size_t i = 0; i < view.length; i++) {
        if (view.value[i] == '\0')
            view.length = i;
        else if (view.value[i] <= ' ' || view.value[i] > '~')
            return;
    }
    memcpy(domain, view.value, view.length);
    domain[view.length] = '\0';
}

bool dhcp_lease_read(const struct dhcp_message *message, const struct mac *source_mac,
                     struct dhcp_lease *ret_lease)
{
    struct dhcp_option_view view;
    struct dhcp_lease lease = {.address = message->yiaddr};
    if (lease.address == 0 ||
        !dhcp_option_ipv4(message, DHCP_OPTION_SERVER_IDENTIFIER, &lease.server))
        return false;
    if (!dhcp_option_ipv4(message, DHCP_OPTION_SUBNET_MASK, &lease.mask))
        lease.mask = UINT32_C(0xffffff00);
    dhcp_option_ipv4(message, DHCP_OPTION_ROUTER, &lease.router);
    lease.dns_count = read_servers(message, DHCP_OPTION_DOMAIN_NAME_SERVER, lease.dns);
    lease.ntp_count = read_servers(message, DHCP_OPTION_NTP_SERVERS, lease.ntp);
    read_domain(message, lease.domain);
    if (source_mac && message->giaddr == 0)
        lease.server_mac = *source_mac; /* through a relay it would be the relay's */
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++) {
        struct dhcp_lease_option *option = &lease.options[i];
        if (!dhcp_option_get(message, dhcp_provisioning_options[i], &view) ||
            view.length > sizeof option->value)
            continue;
        option->present = true;
        option->length = view.length;
        memcpy(option->value, view.value, view.length);
    }
    *ret_lease = lease;
    return true;
}

const struct dhcp_lease_option *dhcp_lease_option(const struct dhcp_lease *lease, uint8_t code)
{
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++)
        if (dhcp_provisioning_options[i] == code && lease->options[i].present)
            return &lease->options[i];
    return NULL;
}
