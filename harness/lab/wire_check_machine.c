/* SPDX-License-Identifier: MIT */
/* What the machine's own network says about an interface. Asks the kernel; sends nothing. */
#include "harness/lab/netlink.h"
#include "harness/lab/wire_check.h"
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

enum { STACKED_MAX = 8 /* interfaces on top of each other */ };

static int ask_error(struct error *error, int code, const char *what)
{
    return error_set(error, ERROR_SYSTEM, "cannot ask the kernel for the machine's %s: %s", what,
                     nl_geterror(code));
}

/* --- the default route -------------------------------------------------------------------------
 */

/* `upper` is a bridge or bond with `lower` as its port, or a VLAN or the like on top of `lower`. */
static bool stands_on(struct rtnl_link *upper, struct rtnl_link *lower)
{
    int netns_id;
    if (rtnl_link_get_master(lower) == rtnl_link_get_ifindex(upper))
        return true;
    /* With another namespace's id it is the other end of a virtual cable. */
    return rtnl_link_get_link_netnsid(upper, &netns_id) < 0 &&
           rtnl_link_get_link(upper) == rtnl_link_get_ifindex(lower);
}

static bool leads_over(struct nl_cache *links, int from_index, int to_index, unsigned depth)
{
    if (from_index == to_index)
        return true;
    struct rtnl_link *upper = depth < STACKED_MAX ? rtnl_link_get(links, from_index) : NULL;
    bool leads = false;
    for (struct nl_object *at = upper ? nl_cache_get_first(links) : NULL; at && !leads;
         at = nl_cache_get_next(at)) {
        struct rtnl_link *lower = (struct rtnl_link *)at;
        leads = lower != upper && stands_on(upper, lower) &&
                leads_over(links, rtnl_link_get_ifindex(lower), to_index, depth + 1);
    }
    rtnl_link_put(upper);
    return leads;
}

static bool is_default(struct rtnl_route *route)
{
    struct nl_addr *destination = rtnl_route_get_dst(route);
    return rtnl_route_get_type(route) == RTN_UNICAST &&
           (!destination || nl_addr_get_prefixlen(destination) == 0);
}

static bool route_leads_over(struct rtnl_route *route, struct nl_cache *links, int index)
{
    if (!is_default(route))
        return false;
    for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
        if (leads_over(links, rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)), index, 0))
            return true;
    return false;
}

static int look_at_routes(struct nl_sock *netlink, int family, struct nl_cache *links, int index,
                          bool *carries, struct error *error)
{
    struct nl_cache *routes;
    int code = rtnl_route_alloc_cache(netlink, family, 0, &routes);
    if (code < 0)
        return ask_error(error, code, "routes");
    for (struct nl_object *at = nl_cache_get_first(routes); at && !*carries;
         at = nl_cache_get_next(at))
        *carries = route_leads_over((struct rtnl_route *)at, links, index);
    nl_cache_free(routes);
    return 0;
}

int wire_check_default_route(const char *interface, bool *ret_carries, struct error *error)
{
    struct nl_sock *netlink;
    struct nl_cache *links = NULL;
    bool carries = false;
    int index = 0;
    int result = netlink_open(-1, &netlink, error);
    if (result < 0)
        return result;
    result = netlink_index(netlink, interface, &index, error);
    int code = result == 0 ? rtnl_link_alloc_cache(netlink, AF_UNSPEC, &links) : 0;
    if (code < 0)
        result = ask_error(error, code, "interfaces");
    if (result == 0)
        result = look_at_routes(netlink, AF_INET, links, index, &carries, error);
    if (result == 0)
        result = look_at_routes(netlink, AF_INET6, links, index, &carries, error);
    nl_cache_free(links);
    netlink_close(netlink);
    if (result == 0)
        *ret_carries = carries;
    return result;
}

/* --- addresses -----------------------------------------------------------------------------------
 */

struct own_address {
    uint32_t address;
    unsigned prefix_length;
    char interface[IF_NAMESIZE];
    bool elsewhere; /* not on the interface asked about */
};

static uint32_t mask_of(unsigned prefix_length)
{
    return prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
}

static int judge_address(const struct own_address *own, const uint32_t *addresses, size_t count,
                         unsigned prefix_length, struct error *error)
{
    char text[IPV4_TEXT_MAX], lab_text[IPV4_TEXT_MAX];
    unsigned shorter = own->prefix_length < prefix_length ? own->prefix_length : prefix_length;
    for (size_t i = 0; i < count; i++) {
        if (addresses[i] == own->address)
            return error_set(error, ERROR_UNAVAILABLE,
                             "%s is this machine's own address (of %s): give the lab another one, "
                             "or take it from the machine",
                             ipv4_format(own->address, text), own->interface);
    }
    for (size_t i = 0; i < count; i++) {
        if (own->elsewhere && ((addresses[i] ^ own->address) & mask_of(shorter)) == 0)
            return error_set(
                error, ERROR_UNAVAILABLE,
                "the lab's subnet %s/%u overlaps %s/%u of this machine's interface %s: "
                "give the lab another subnet",
                ipv4_format(addresses[i] & mask_of(prefix_length), lab_text), prefix_length,
                ipv4_format(own->address & mask_of(own->prefix_length), text), own->prefix_length,
                own->interface);
    }
    return 0;
}

static bool read_address(struct rtnl_addr *entry, int index, struct own_address *own)
{
    struct nl_addr *local = rtnl_addr_get_local(entry);
    if (rtnl_addr_get_family(entry) != AF_INET || !local || nl_addr_get_len(local) != 4)
        return false;
    const uint8_t *bytes = nl_addr_get_binary_addr(local);
    *own = (struct own_address){.address = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                                           (uint32_t)bytes[2] << 8 | bytes[3],
                                .prefix_length = (unsigned)rtnl_addr_get_prefixlen(entry),
                                .interface = "?",
                                .elsewhere = rtnl_addr_get_ifindex(entry) != index};
    if_indextoname((unsigned)rtnl_addr_get_ifindex(entry), own->interface);
    return true;
}

int wire_check_own_addresses(const char *interface, const uint32_t *addresses, size_t count,
                             unsigned prefix_length, struct error *error)
{
    struct nl_sock *netlink;
    struct nl_cache *entries = NULL;
    int index = 0;
    int result = netlink_open(-1, &netlink, error);
    if (result < 0)
        return result;
    result = netlink_index(netlink, interface, &index, error);
    int code = result == 0 ? rtnl_addr_alloc_cache(netlink, &entries) : 0;
    if (code < 0)
        result = ask_error(error, code, "addresses");
    for (struct nl_object *at = result == 0 ? nl_cache_get_first(entries) : NULL; at && result == 0;
         at = nl_cache_get_next(at)) {
        struct own_address own;
        if (read_address((struct rtnl_addr *)at, index, &own))
            result = judge_address(&own, addresses, count, prefix_length, error);
    }
    nl_cache_free(entries);
    netlink_close(netlink);
    return result;
}
