/* SPDX-License-Identifier: MIT */
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARP_PATIENCE_MS = 20000 };
enum { OPERATIONAL_UP = 6 }; /* RFC 2863 as the kernel numbers it: IF_OPER_UP */

static int netlink_error(struct error *error, int code, const char *what, const char *name)
{
    return error_set(error, ERROR_SYSTEM, "cannot %s %s: %s", what, name, nl_geterror(code));
}

int netlink_open(int netns_fd, struct nl_sock **ret_netlink, struct error *error)
{
    struct namespace_visit visit;
    TRY(namespace_enter(&visit, netns_fd, error));
    struct nl_sock *netlink = nl_socket_alloc();
    int code = netlink ? nl_connect(netlink, NETLINK_ROUTE) : -NLE_NOMEM;
    namespace_leave(&visit);
    if (code < 0) {
        nl_socket_free(netlink);
        return netlink_error(error, code, "open", "a netlink socket");
    }
    *ret_netlink = netlink;
    return 0;
}

void netlink_close(struct nl_sock *netlink)
{
    if (netlink)
        nl_socket_free(netlink);
}

static void set_mac(struct rtnl_link *link, const struct mac *mac)
{
    if (!mac)
        return;
    struct nl_addr *address = nl_addr_build(AF_LLC, mac->bytes, MAC_BYTES);
    if (address) {
        rtnl_link_set_addr(link, address);
        nl_addr_put(address);
    }
}

int netlink_add_bridge(struct nl_sock *netlink, const char *name, const struct mac *mac,
                       struct error *error)
{
    struct rtnl_link *link = rtnl_link_bridge_alloc();
    if (!link)
        return error_set(error, ERROR_MEMORY, "out of memory");
    rtnl_link_set_name(link, name);
    set_mac(link, mac);
    int code = rtnl_link_add(netlink, link, NLM_F_CREATE | NLM_F_EXCL);
    rtnl_link_put(link);
    return code < 0 ? netlink_error(error, code, "make the bridge", name) : 0;
}

/* With more queues than one the kernel puts the others out of use again, and waits for all
 * processors to have seen it: some milliseconds a pair. */
static void set_one_queue(struct rtnl_link *link)
{
    rtnl_link_set_num_tx_queues(link, 1);
    rtnl_link_set_num_rx_queues(link, 1);
}

int netlink_add_veth(struct nl_sock *netlink, const char *name, const struct mac *mac,
                     const char *peer_name, const struct mac *peer_mac, int peer_netns_fd,
                     struct error *error)
{
    struct rtnl_link *link = rtnl_link_veth_alloc();
    if (!link)
        return error_set(error, ERROR_MEMORY, "out of memory");
    struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
    rtnl_link_set_name(link, name);
    set_mac(link, mac);
    set_one_queue(link);
    set_one_queue(peer);
    rtnl_link_set_name(peer, peer_name);
    set_mac(peer, peer_mac);
    if (peer_netns_fd >= 0)
        rtnl_link_set_ns_fd(peer, peer_netns_fd);
    int code = rtnl_link_add(netlink, link, NLM_F_CREATE | NLM_F_EXCL);
    rtnl_link_put(peer);
    rtnl_link_put(link);
    return code < 0 ? netlink_error(error, code, "make the virtual Ethernet pair", name) : 0;
}

static int get_link(struct nl_sock *netlink, const char *name, struct rtnl_link **ret_link,
                    struct error *error)
{
    int code = rtnl_link_get_kernel(netlink, 0, name, ret_link);
    return code < 0 ? netlink_error(error, code, "find the interface", name) : 0;
}

int netlink_index(struct nl_sock *netlink, const char *name, int *ret_index, struct error *error)
{
    struct rtnl_link *link;
    TRY(get_link(netlink, name, &link, error));
    *ret_index = rtnl_link_get_ifindex(link);
    rtnl_link_put(link);
    return 0;
}

/* Sets and unsets flags of the interface; master: the bridge it becomes a port of, 0 = as it is. */
static int change_link(struct nl_sock *netlink, const char *name, unsigned set, unsigned unset,
                       int master, const char *what, struct error *error)
{
    struct rtnl_link *link, *change = rtnl_link_alloc();
    if (!change)
        return error_set(error, ERROR_MEMORY, "out of memory");
    rtnl_link_set_flags(change, set);
    rtnl_link_unset_flags(change, unset);
    if (master)
        rtnl_link_set_master(change, master);
    int result = get_link(netlink, name, &link, error);
    if (result == 0) {
        int code = rtnl_link_change(netlink, link, change, 0);
        rtnl_link_put(link);
        if (code < 0)
            result = netlink_error(error, code, what, name);
    }
    rtnl_link_put(change);
    return result;
}

int netlink_set_up(struct nl_sock *netlink, const char *name, struct error *error)
{
    return change_link(netlink, name, IFF_UP, 0, 0, "raise the interface", error);
}

int netlink_set_down(struct nl_sock *netlink, const char *name, struct error *error)
{
    return change_link(netlink, name, 0, IFF_UP, 0, "lower the interface", error);
}

int netlink_set_up_mute(struct nl_sock *netlink, const char *name, struct error *error)
{
    return change_link(netlink, name, IFF_UP | IFF_NOARP, 0, 0, "raise the interface", error);
}

int netlink_enslave(struct nl_sock *netlink, const char *name, int bridge_index,
                    struct error *error)
{
    return change_link(netlink, name, IFF_UP, 0, bridge_index, "plug into the bridge", error);
}

/* No library of ours has a name for it: a port that gives nothing to other such ports. */
int netlink_isolate_port(struct nl_sock *netlink, const char *name, struct error *error)
{
    struct ifinfomsg port = {.ifi_family = AF_BRIDGE};
    TRY(netlink_index(netlink, name, &port.ifi_index, error));
    struct nl_msg *message = nlmsg_alloc_simple(RTM_SETLINK, 0);
    int code = message ? nlmsg_append(message, &port, sizeof port, NLMSG_ALIGNTO) : -NLE_NOMEM;
    struct nlattr *nest = code == 0 ? nla_nest_start(message, IFLA_PROTINFO | NLA_F_NESTED) : NULL;
    if (code == 0)
        code = nest ? nla_put_u8(message, IFLA_BRPORT_ISOLATED, 1) : -NLE_NOMEM;
    if (code == 0) {
        nla_nest_end(message, nest);
        code = nl_send_sync(netlink, message); /* takes it */
        message = NULL;
    }
    nlmsg_free(message);
    return code < 0 ? netlink_error(error, code, "isolate the port", name) : 0;
}

static struct nl_addr *ipv4_to_netlink(uint32_t address, unsigned prefix_length)
{
    uint8_t bytes[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
                        (uint8_t)address};
    struct nl_addr *result = nl_addr_build(AF_INET, bytes, sizeof bytes);
    if (result)
        nl_addr_set_prefixlen(result, (int)prefix_length);
    return result;
}

int netlink_add_address(struct nl_sock *netlink, const char *name, uint32_t address,
                        unsigned prefix_length, struct error *error)
{
    int index;
    TRY(netlink_index(netlink, name, &index, error));
    struct nl_addr *local = ipv4_to_netlink(address, prefix_length);
    struct rtnl_addr *entry = rtnl_addr_alloc();
    if (!local || !entry) {
        nl_addr_put(local);
        rtnl_addr_put(entry);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    rtnl_addr_set_ifindex(entry, index);
    rtnl_addr_set_local(entry, local);
    int code = rtnl_addr_add(netlink, entry, 0);
    nl_addr_put(local);
    rtnl_addr_put(entry);
    return code < 0 ? netlink_error(error, code, "give an address to", name) : 0;
}

static int is_operational(struct nl_sock *netlink, const char *name, bool *ret_is,
                          struct error *error)
{
    struct rtnl_link *link;
    TRY(get_link(netlink, name, &link, error));
    *ret_is = rtnl_link_get_operstate(link) == OPERATIONAL_UP;
    rtnl_link_put(link);
    return 0;
}

/* `news` has joined the group of link changes before the first look, so that none is missed. */
static int await_news(struct nl_sock *netlink, struct nl_sock *news, const char *name, bool wanted,
                      struct error *error)
{
    char drained[8192];
    bool up = !wanted;
    int result = is_operational(netlink, name, &up, error);
    while (result == 0 && up != wanted) {
        struct pollfd readable = {.fd = nl_socket_get_fd(news), .events = POLLIN};
        int count = poll(&readable, 1, NETLINK_CARRIER_MAX_MS);
        if (count == 0)
            return error_set(error, ERROR_LIMIT, "the interface %s does not %s", name,
                             wanted ? "come up" : "lose its carrier");
        if (count < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot wait for the interface %s", name);
        while (recv(readable.fd, drained, sizeof drained, MSG_DONTWAIT) > 0)
            ;
        result = is_operational(netlink, name, &up, error);
    }
    return result;
}

static int await_carrier(int netns_fd, const char *name, bool wanted, struct error *error)
{
    struct nl_sock *netlink = NULL, *news = NULL;
    bool up = !wanted;
    int result = netlink_open(netns_fd, &netlink, error);
    if (result == 0)
        result = is_operational(netlink, name, &up, error);
    if (result == 0 && up != wanted) {
        result = netlink_open(netns_fd, &news, error);
        int code = result == 0 ? nl_socket_add_membership(news, RTNLGRP_LINK) : 0;
        if (code < 0)
            result = netlink_error(error, code, "watch", name);
        if (result == 0)
            result = await_news(netlink, news, name, wanted, error);
    }
    netlink_close(news);
    netlink_close(netlink);
    return result;
}

int netlink_await_carrier(int netns_fd, const char *name, struct error *error)
{
    return await_carrier(netns_fd, name, true, error);
}

int netlink_await_no_carrier(int netns_fd, const char *name, struct error *error)
{
    return await_carrier(netns_fd, name, false, error);
}

int netlink_add_neighbour(struct nl_sock *netlink, int interface_index, uint32_t address,
                          const struct mac *mac, struct error *error)
{
    struct rtnl_neigh *neighbour = rtnl_neigh_alloc();
    struct nl_addr *destination = ipv4_to_netlink(address, 32);
    struct nl_addr *hardware = nl_addr_build(AF_LLC, mac->bytes, MAC_BYTES);
    int code = -NLE_NOMEM;
    if (neighbour && destination && hardware) {
        rtnl_neigh_set_ifindex(neighbour, interface_index);
        rtnl_neigh_set_state(neighbour, NUD_PERMANENT);
        rtnl_neigh_set_dst(neighbour, destination);
        rtnl_neigh_set_lladdr(neighbour, hardware);
        code = rtnl_neigh_add(netlink, neighbour, NLM_F_CREATE | NLM_F_REPLACE);
    }
    rtnl_neigh_put(neighbour);
    nl_addr_put(destination);
    nl_addr_put(hardware);
    return code < 0 ? netlink_error(error, code, "add", "a neighbour") : 0;
}

int netlink_patient_tcp(struct nl_sock *netlink, const char *name, uint32_t address,
                        unsigned prefix_length, struct error *error)
{
    static const struct {
        int metric;
        unsigned value;
    } metrics[] = {{RTAX_INITCWND, 1000}, {RTAX_QUICKACK, 1}, {RTAX_RTO_MIN, 60000}};
    int index, code = -NLE_NOMEM;
    int result = netlink_index(netlink, name, &index, error);
    if (result < 0)
        return result;
    uint32_t network = prefix_length ? address & 0xffffffffu << (32 - prefix_length) : 0;
    struct nl_addr *destination = ipv4_to_netlink(network, prefix_length);
    struct nl_addr *source = ipv4_to_netlink(address, 32);
    struct rtnl_route *route = rtnl_route_alloc();
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    if (destination && source && route && hop) {
        rtnl_route_nh_set_ifindex(hop, index);
        rtnl_route_add_nexthop(route, hop); /* takes it */
        rtnl_route_set_scope(route, RT_SCOPE_LINK);
        rtnl_route_set_protocol(route, RTPROT_KERNEL); /* in the place of the kernel's own */
        rtnl_route_set_dst(route, destination);
        rtnl_route_set_pref_src(route, source);
        for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
            rtnl_route_set_metric(route, metrics[i].metric, metrics[i].value);
        code = rtnl_route_add(netlink, route, NLM_F_REPLACE);
        hop = NULL;
    }
    if (hop)
        rtnl_route_nh_free(hop);
    rtnl_route_put(route);
    nl_addr_put(destination);
    nl_addr_put(source);
    return code < 0 ? netlink_error(error, code, "set the route over", name) : 0;
}

int netlink_open_proc(void)
{
#if defined SYS_fsopen && defined SYS_fsconfig && defined SYS_fsmount
    enum { OPEN_CLOEXEC = 1, CONFIG_CREATE = 6, MOUNT_CLOEXEC = 1 }; /* linux/mount.h */
    int context_fd = (int)syscall(SYS_fsopen, "proc", OPEN_CLOEXEC), proc_fd = -1;
    if (context_fd < 0)
        return -1;
    if (syscall(SYS_fsconfig, context_fd, CONFIG_CREATE, NULL, NULL, 0) == 0)
        proc_fd = (int)syscall(SYS_fsmount, context_fd, MOUNT_CLOEXEC, 0);
    close(context_fd);
    return proc_fd;
#else
    return -1;
#endif
}

/* The path begins behind "/proc/". */
static void write_setting(int proc_fd, const char *path, const char *value)
{
    char whole[128];
    snprintf(whole, sizeof whole, "/proc/%s", path);
    int fd = proc_fd >= 0 ? openat(proc_fd, path, O_WRONLY | O_CLOEXEC)
                          : open(whole, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t ignored = write(fd, value, strlen(value));
    (void)ignored;
    close(fd);
}

/* Of interfaces to come, too. */
static void ipv6_off(int proc_fd)
{
    write_setting(proc_fd, "sys/net/ipv6/conf/all/disable_ipv6", "1");
}

void netlink_ipv6_off(void)
{
    ipv6_off(-1);
}

static void icmp_at_once(int proc_fd)
{
    write_setting(proc_fd, "sys/net/ipv4/icmp_ratemask", "0");
}

void netlink_icmp_at_once(void)
{
    icmp_at_once(-1);
}

void netlink_bridges_unfiltered(void)
{
    write_setting(-1, "sys/net/bridge/bridge-nf-call-iptables", "0");
    write_setting(-1, "sys/net/bridge/bridge-nf-call-arptables", "0");
}

void netlink_udp_table(unsigned entries)
{
    char text[16];
    snprintf(text, sizeof text, "%u", entries);
    write_setting(-1, "sys/net/ipv4/udp_child_hash_entries", text);
}

int netlink_new_namespace(int proc_fd, bool raise_loopback, int *ret_netns_fd, struct error *error)
{
    int home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home_fd < 0)
        return error_set_errno(error, errno, "cannot open the present network namespace");
    if (unshare(CLONE_NEWNET) < 0) {
        int saved = errno;
        close(home_fd);
        return error_set_errno(error, saved, "cannot make a network namespace");
    }
    struct namespace_visit visit = {.home_fd = home_fd};
    int result = 0;
    int netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (netns_fd < 0)
        result = error_set_errno(error, errno, "cannot open the new network namespace");
    ipv6_off(proc_fd);
    icmp_at_once(proc_fd);
    if (result == 0 && raise_loopback) {
        struct nl_sock *netlink;
        result = netlink_open(-1, &netlink, error);
        if (result == 0) {
            result = netlink_set_up(netlink, "lo", error);
            netlink_close(netlink);
        }
    }
    namespace_leave(&visit);
    if (result < 0) {
        if (netns_fd >= 0)
            close(netns_fd);
        return result;
    }
    *ret_netns_fd = netns_fd;
    return 0;
}

int netlink_patient_arp(struct nl_sock *netlink, int interface_index, struct error *error)
{
    struct ndtmsg table = {.ndtm_family = AF_INET};
    struct nl_msg *message = nlmsg_alloc_simple(RTM_SETNEIGHTBL, 0);
    int code = message ? nlmsg_append(message, &table, sizeof table, NLMSG_ALIGNTO) : -NLE_NOMEM;
    if (code == 0)
        code = nla_put_string(message, NDTA_NAME, "arp_cache");
    struct nlattr *nest = code == 0 ? nla_nest_start(message, NDTA_PARMS) : NULL;
    if (code == 0)
        code = nest ? nla_put_u32(message, NDTPA_IFINDEX, (uint32_t)interface_index) : -NLE_NOMEM;
    if (code == 0)
        code = nla_put_u64(message, NDTPA_RETRANS_TIME, ARP_PATIENCE_MS);
    if (code == 0) {
        nla_nest_end(message, nest);
        code = nl_send_sync(netlink, message); /* takes it */
        message = NULL;
    }
    nlmsg_free(message);
    return code < 0 ? netlink_error(error, code, "make patient", "ARP") : 0;
}

void netlink_offload_off(const char *name)
{
    static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO, ETHTOOL_SGSO,
                                        ETHTOOL_SGRO};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct ethtool_value value = {.cmd = commands[i], .data = 0};
        struct ifreq request = {.ifr_data = (void *)&value};
        memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
        ioctl(fd, SIOCETHTOOL, &request);
    }
    close(fd);
}
