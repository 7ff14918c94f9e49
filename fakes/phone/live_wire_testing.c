/* SPDX-License-Identifier: MIT */
#include "fakes/phone/live_wire_testing.h"
#include "harness/base/testing.h"
#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT = 77 };

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
    close(fd);
}

static bool enter_own_namespace(void)
{
    char map[64];
    unsigned user = getuid(), group = getgid();
    if (user == 0)
        return unshare(CLONE_NEWNET) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return false;
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", user);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", group);
    write_file("/proc/self/gid_map", map);
    return geteuid() == 0;
}

static bool make_namespace(int *ret_fd)
{
    int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    WIRE_CHECK(home_fd >= 0);
    WIRE_CHECK(unshare(CLONE_NEWNET) == 0);
    write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    *ret_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    WIRE_CHECK(*ret_fd >= 0);
    WIRE_CHECK(setns(home_fd, CLONE_NEWNET) == 0);
    close(home_fd);
    return true;
}

static bool raise_link(struct nl_sock *netlink, const char *name, struct mac *ret_mac)
{
    struct rtnl_link *link, *change = rtnl_link_alloc();
    WIRE_CHECK(rtnl_link_get_kernel(netlink, 0, name, &link) == 0);
    if (ret_mac)
        memcpy(ret_mac->bytes, nl_addr_get_binary_addr(rtnl_link_get_addr(link)), MAC_BYTES);
    rtnl_link_set_flags(change, IFF_UP);
    WIRE_CHECK(rtnl_link_change(netlink, link, change, 0) == 0);
    rtnl_link_put(link);
    rtnl_link_put(change);
    return true;
}

static bool give_address(struct nl_sock *netlink)
{
    struct nl_addr *local;
    struct rtnl_addr *entry = rtnl_addr_alloc();
    WIRE_CHECK(nl_addr_parse("10.99.0.1/24", AF_INET, &local) == 0);
    rtnl_addr_set_ifindex(entry, (int)if_nametoindex(WIRE_SERVER_INTERFACE));
    rtnl_addr_set_local(entry, local);
    WIRE_CHECK(rtnl_addr_add(netlink, entry, 0) == 0);
    nl_addr_put(local);
    rtnl_addr_put(entry);
    return true;
}

static bool make_wire(struct live_wire *wire)
{
    struct nl_sock *netlink = nl_socket_alloc();
    WIRE_CHECK(netlink && nl_connect(netlink, NETLINK_ROUTE) == 0);
    write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    WIRE_CHECK(make_namespace(&wire->phone_netns_fd));
    WIRE_CHECK(mac_parse("00:11:22:aa:bb:01", &wire->phone_mac));
    struct rtnl_link *link = rtnl_link_veth_alloc();
    struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
    struct nl_addr *mac = nl_addr_build(AF_LLC, wire->phone_mac.bytes, MAC_BYTES);
    rtnl_link_set_name(link, WIRE_SERVER_INTERFACE);
    rtnl_link_set_name(peer, WIRE_PHONE_INTERFACE);
    rtnl_link_set_addr(peer, mac);
    rtnl_link_set_ns_fd(peer, wire->phone_netns_fd);
    WIRE_CHECK(rtnl_link_add(netlink, link, NLM_F_CREATE | NLM_F_EXCL) == 0);
    nl_addr_put(mac);
    rtnl_link_put(peer);
    rtnl_link_put(link);
    WIRE_CHECK(raise_link(netlink, "lo", NULL));
    WIRE_CHECK(raise_link(netlink, WIRE_SERVER_INTERFACE, &wire->server_mac));
    WIRE_CHECK(give_address(netlink));
    nl_socket_free(netlink);
    return true;
}

/* There only under AddressSanitizer: the child leaves without the usual check at exit. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static int child(bool (*body)(struct live_wire *wire))
{
    struct live_wire wire = {.phone_netns_fd = -1};
    if (!enter_own_namespace())
        return CANNOT;
    if (!make_wire(&wire) || !body(&wire))
        return 1;
    close(wire.phone_netns_fd);
    return __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0;
}

bool live_wire_run(bool (*body)(struct live_wire *wire))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child(body));
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return false;
    if (WEXITSTATUS(status) == CANNOT)
        testing_skip("no network namespaces are allowed here");
    return WEXITSTATUS(status) == 0;
}
