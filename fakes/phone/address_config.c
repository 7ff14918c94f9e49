/* SPDX-License-Identifier: MIT */
#include "fakes/phone/address_config.h"
#include "harness/loop/namespace.h"
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct address_config {
    struct nl_sock *netlink; /* owned; works in the namespace in which it was opened */
    int index;
    char label[IFNAMSIZ];
    uint32_t address, mask, router; /* what is set; 0 = none */
};

static int netlink_error(struct error *error, int code, const char *what)
{
    return error_set(error, ERROR_SYSTEM, "a phone cannot %s: %s", what, nl_geterror(code));
}

static int open_netlink(struct address_config *config, int netns_fd, struct error *error)
{
    struct namespace_visit visit;
    int result = namespace_enter(&visit, netns_fd, error);
    if (result < 0)
        return result;
    config->netlink = nl_socket_alloc();
    int code = config->netlink ? nl_connect(config->netlink, NETLINK_ROUTE) : -NLE_NOMEM;
    namespace_leave(&visit);
    return code < 0 ? netlink_error(error, code, "open a netlink socket") : 0;
}

static int raise_interface(struct address_config *config, const char *interface,
                           struct error *error)
{
    struct rtnl_link *link = NULL, *change = rtnl_link_alloc();
    int code = change ? rtnl_link_get_kernel(config->netlink, 0, interface, &link) : -NLE_NOMEM;
    if (code == 0) {
        config->index = rtnl_link_get_ifindex(link);
        rtnl_link_set_flags(change, IFF_UP);
        if (!(rtnl_link_get_flags(link) & IFF_UP))
            code = rtnl_link_change(config->netlink, link, change, 0);
    }
    rtnl_link_put(link);
    rtnl_link_put(change);
    return code < 0 ? netlink_error(error, code, "raise its interface") : 0;
}

static void make_label(const char *interface, char label[IFNAMSIZ])
{
    enum { NAME_MAX_BYTES = IFNAMSIZ - sizeof ADDRESS_CONFIG_LABEL_END };
    snprintf(label, IFNAMSIZ, "%.*s" ADDRESS_CONFIG_LABEL_END, (int)NAME_MAX_BYTES, interface);
}

int address_config_new(int netns_fd, const char *interface, struct address_config **ret_config,
                       struct error *error)
{
    struct address_config *config = calloc(1, sizeof *config);
    if (!config)
        return error_set(error, ERROR_MEMORY, "out of memory");
    make_label(interface, config->label);
    int result = open_netlink(config, netns_fd, error);
    if (result == 0)
        result = raise_interface(config, interface, error);
    if (result < 0) {
        address_config_free(config);
        return result;
    }
    *ret_config = config;
    return 0;
}

void address_config_free(struct address_config *config)
{
    if (!config)
        return;
    address_config_clear(config);
    if (config->netlink)
        nl_socket_free(config->netlink);
    free(config);
}

static struct nl_addr *to_netlink(uint32_t address, uint32_t mask)
{
    uint8_t bytes[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                        (uint8_t)address};
    struct nl_addr *result = nl_addr_build(AF_INET, bytes, sizeof bytes);
    if (result)
        nl_addr_set_prefixlen(result, __builtin_popcount(mask));
    return result;
}

static int change_address(struct address_config *config, uint32_t address, uint32_t mask, bool add)
{
    struct nl_addr *local = to_netlink(address, mask);
    struct rtnl_addr *entry = rtnl_addr_alloc();
    int code = -NLE_NOMEM;
    if (local && entry) {
        rtnl_addr_set_ifindex(entry, config->index);
        rtnl_addr_set_local(entry, local);
        rtnl_addr_set_label(entry, config->label);
        code = add ? rtnl_addr_add(config->netlink, entry, NLM_F_REPLACE)
                   : rtnl_addr_delete(config->netlink, entry, 0);
    }
    nl_addr_put(local);
    rtnl_addr_put(entry);
    return code;
}

static int change_default_route(struct address_config *config, uint32_t router, bool add)
{
    struct nl_addr *everywhere = to_netlink(0, 0), *gateway = to_netlink(router, UINT32_MAX);
    struct rtnl_route *route = rtnl_route_alloc();
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    int code = -NLE_NOMEM;
    if (everywhere && gateway && route && hop) {
        rtnl_route_set_family(route, AF_INET);
        rtnl_route_set_table(route, RT_TABLE_MAIN);
        rtnl_route_set_protocol(route, RTPROT_DHCP);
        rtnl_route_set_scope(route, RT_SCOPE_UNIVERSE);
        rtnl_route_set_dst(route, everywhere);
        rtnl_route_nh_set_ifindex(hop, config->index);
        rtnl_route_nh_set_gateway(hop, gateway);
        rtnl_route_add_nexthop(route, hop); /* now the route's */
        hop = NULL;
        code = add ? rtnl_route_add(config->netlink, route, NLM_F_REPLACE)
                   : rtnl_route_delete(config->netlink, route, 0);
    }
    if (hop)
        rtnl_route_nh_free(hop);
    rtnl_route_put(route);
    nl_addr_put(gateway);
    nl_addr_put(everywhere);
    return code;
}

int address_config_set(struct address_config *config, uint32_t address, uint32_t mask,
                       uint32_t router, struct error *error)
{
    if (mask == 0)
        mask = UINT32_MAX;
    if (address == config->address && mask == config->mask && router == config->router)
        return 0;
    if (address != config->address || mask != config->mask)
        address_config_clear(config);
    else if (config->router != 0)
        change_default_route(config, config->router, false);
    config->router = 0;
    if (config->address == 0) {
        int code = change_address(config, address, mask, true);
        if (code < 0)
            return netlink_error(error, code, "take its address");
        config->address = address;
        config->mask = mask;
    }
    if (router != 0) {
        int code = change_default_route(config, router, true);
        if (code < 0)
            return netlink_error(error, code, "set its default route");
        config->router = router;
    }
    return 0;
}

void address_config_clear(struct address_config *config)
{
    if (config->router != 0)
        change_default_route(config, config->router, false);
    if (config->address != 0)
        change_address(config, config->address, config->mask, false);
    config->address = config->mask = config->router = 0;
}

/* --- what was left behind --------------------------------------------------------------------- */

static struct rtnl_addr *next_address(struct nl_object **at, int index)
{
    for (; *at; *at = nl_cache_get_next(*at)) {
        struct rtnl_addr *entry = (struct rtnl_addr *)*at;
        if (rtnl_addr_get_family(entry) == AF_INET && rtnl_addr_get_ifindex(entry) == index)
            return entry;
    }
    return NULL;
}

static bool is_a_phones(struct rtnl_addr *entry)
{
    const char *label = rtnl_addr_get_label(entry);
    size_t length = label ? strlen(label) : 0, end = strlen(ADDRESS_CONFIG_LABEL_END);
    return length > end && strcmp(label + length - end, ADDRESS_CONFIG_LABEL_END) == 0;
}

static int check_addresses(struct nl_cache *addresses, int index, const char *interface,
                           struct error *error)
{
    struct nl_object *at = nl_cache_get_first(addresses);
    for (struct rtnl_addr *entry; (entry = next_address(&at, index)); at = nl_cache_get_next(at)) {
        char text[64];
        if (!is_a_phones(entry))
            return error_set(error, ERROR_INVALID,
                             "%s has the address %s: a phone needs an interface of its own without "
                             "one (to take it away: ip address flush dev %s)",
                             interface, nl_addr2str(rtnl_addr_get_local(entry), text, sizeof text),
                             interface);
    }
    return 0;
}

static int remove_addresses(struct nl_sock *netlink, struct nl_cache *addresses, int index)
{
    struct nl_object *at = nl_cache_get_first(addresses);
    int code = 0;
    /* With the last address the kernel drops the routes, too. */
    for (struct rtnl_addr *entry; code == 0 && (entry = next_address(&at, index));
         at = nl_cache_get_next(at))
        code = rtnl_addr_delete(netlink, entry, 0);
    return code;
}

int address_config_sweep(int netns_fd, const char *interface, struct error *error)
{
    struct address_config config = {0};
    struct rtnl_link *link = NULL;
    struct nl_cache *addresses = NULL;
    int result = open_netlink(&config, netns_fd, error), code = 0;
    if (result == 0) {
        code = rtnl_link_get_kernel(config.netlink, 0, interface, &link);
        if (code == 0)
            code = rtnl_addr_alloc_cache(config.netlink, &addresses);
        if (code == 0)
            result = check_addresses(addresses, rtnl_link_get_ifindex(link), interface, error);
        if (code == 0 && result == 0)
            code = remove_addresses(config.netlink, addresses, rtnl_link_get_ifindex(link));
        if (code < 0)
            result = netlink_error(error, code, "clear its interface");
    }
    nl_cache_free(addresses);
    rtnl_link_put(link);
    nl_socket_free(config.netlink);
    return result;
}
