/* SPDX-License-Identifier: MIT */
/* Live: a machine, a cable, and at its other end a device whose kernel answers ARP by itself and,
 * where the trial wants one, a dnsmasq. Each trial is a child process. */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/wire_check.h"
#include "harness/lab/wire_testing.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <linux/if_ether.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SUBNET = 0x0a090000,
    DEVICE_ADDRESS = SUBNET + 0x1234,
    OTHER_ADDRESS = SUBNET + 0xfff0,
    QUICK_US = 100000,
    GENEROUS_US = 5000000,
};

static void give_device(struct test_wire *bench, uint32_t address)
{
    struct error error = {0};
    test_wire_must(netlink_add_address(bench->device, TEST_WIRE_DEVICE, address, 16, &error),
                   &error);
}

/* --- ARP --- */

static int address_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    struct wire_found found = {0};
    test_wire_init(&bench);
    give_device(&bench, DEVICE_ADDRESS);
    const uint32_t addresses[] = {OTHER_ADDRESS, DEVICE_ADDRESS};
    uint64_t start_us = monotonic_us();
    test_wire_must(
        wire_check_addresses(TEST_WIRE_MACHINE, addresses, 2, GENEROUS_US, &found, &error), &error);
    if (!found.found || found.address != DEVICE_ADDRESS ||
        !mac_equal(&found.mac, &bench.device_mac))
        return 1;
    if (monotonic_us() - start_us > GENEROUS_US / 2)
        return 2; /* it did not end with the answer */
    test_wire_must(wire_check_addresses(TEST_WIRE_MACHINE, addresses, 1, QUICK_US, &found, &error),
                   &error);
    if (found.found)
        return 3;
    test_wire_done(&bench);
    return 0;
}

static int find_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    test_wire_init(&bench);
    give_device(&bench, DEVICE_ADDRESS);
    const struct mac macs[] = {bench.device_mac, {{2, 0, 0, 0, 0, 0x99}}};
    uint32_t addresses[2] = {1, 1};
    uint64_t start_us = monotonic_us();
    test_wire_must(wire_check_find(TEST_WIRE_MACHINE, SUBNET, SUBNET + 0xffff, macs, 1, GENEROUS_US,
                                   addresses, &error),
                   &error);
    if (addresses[0] != DEVICE_ADDRESS || addresses[1] != 1)
        return 1;
    if (monotonic_us() - start_us > GENEROUS_US / 2)
        return 2; /* it did not end once all were found */
    test_wire_must(wire_check_find(TEST_WIRE_MACHINE, DEVICE_ADDRESS - 9, DEVICE_ADDRESS, macs, 2,
                                   QUICK_US, addresses, &error),
                   &error);
    if (addresses[0] != DEVICE_ADDRESS || addresses[1] != 0)
        return 3;
    test_wire_must(wire_check_find(TEST_WIRE_MACHINE, DEVICE_ADDRESS + 1, DEVICE_ADDRESS + 9, macs,
                                   2, QUICK_US, addresses, &error),
                   &error);
    if (addresses[0] != 0)
        return 4;
    if (wire_check_find(TEST_WIRE_MACHINE, 5, 4, macs, 1, QUICK_US, addresses, &error) !=
            ERROR_INVALID ||
        wire_check_find(TEST_WIRE_MACHINE, SUBNET, SUBNET + 0x10000, macs, 1, QUICK_US, addresses,
                        &error) != ERROR_INVALID)
        return 5;
    test_wire_done(&bench);
    return 0;
}

/* What is asked must not teach anybody an address of ours: every probe comes from 0.0.0.0. */
static int probes_body(void)
{
    enum { COUNT = 1000 };
    static unsigned seen[COUNT];
    struct test_wire bench;
    struct error error = {0};
    struct namespace_visit visit;
    uint8_t bytes[2048];
    int fd;
    test_wire_init(&bench);
    test_wire_must(namespace_enter(&visit, bench.device_fd, &error), &error);
    test_wire_must(packet_socket_open(TEST_WIRE_DEVICE, ETH_P_ARP, &fd, &error), &error);
    namespace_leave(&visit);
    packet_socket_set_buffer(fd, 16 << 20);
    const struct mac macs[] = {{{2, 0, 0, 0, 0, 0x99}}};
    uint32_t address;
    test_wire_must(wire_check_find(TEST_WIRE_MACHINE, SUBNET, SUBNET + COUNT - 1, macs, 1, QUICK_US,
                                   &address, &error),
                   &error);
    for (ssize_t length; (length = recv(fd, bytes, sizeof bytes, 0)) >= 0;) {
        struct frame frame;
        if (!frame_decode(bytes, (size_t)length, &frame) || frame.kind != FRAME_ARP ||
            frame.source != 0 || frame.arp_operation != ARP_REQUEST ||
            !mac_equal(&frame.arp_source_mac, &bench.machine_mac) ||
            frame.destination - SUBNET >= COUNT)
            return 1;
        seen[frame.destination - SUBNET]++;
    }
    for (size_t i = 0; i < COUNT; i++)
        if (seen[i] != 2)
            return 2;
    close(fd);
    test_wire_done(&bench);
    return 0;
}

/* --- DHCP --- */

static const char *folder; /* of the trial with a dnsmasq; made where it will be removed */

static int dhcp_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    struct wire_found found = {.found = true};
    struct loop *loop;
    struct dnsmasq *dnsmasq;
    test_wire_init(&bench);
    uint64_t start_us = monotonic_us();
    test_wire_must(wire_check_dhcp_server(TEST_WIRE_MACHINE, QUICK_US, &found, &error), &error);
    if (found.found || monotonic_us() - start_us < QUICK_US)
        return 1;
    struct nl_sock *device = bench.device;
    struct rtnl_link *rename = rtnl_link_alloc();
    rtnl_link_set_name(rename, "eth0"); /* where the lab's dnsmasq serves */
    struct rtnl_link *link;
    test_wire_must(netlink_set_down(device, TEST_WIRE_DEVICE, &error), &error);
    if (rtnl_link_get_kernel(device, 0, TEST_WIRE_DEVICE, &link) < 0 ||
        rtnl_link_change(device, link, rename, 0) < 0)
        return TEST_WIRE_BROKEN;
    rtnl_link_put(link);
    rtnl_link_put(rename);
    test_wire_must(netlink_add_address(device, "eth0", DEVICE_ADDRESS, 16, &error), &error);
    test_wire_must(netlink_set_up(device, "eth0", &error), &error);
    test_wire_must(netlink_await_carrier(-1, TEST_WIRE_MACHINE, &error), &error);
    char lease_path[512];
    test_wire_must(loop_new(LOOP_CLOCK_REAL, 1, &loop, &error), &error);
    test_wire_must(
        dnsmasq_new(loop, bench.device_fd, folder, 1, (struct dnsmasq_given){0}, &dnsmasq, &error),
        &error);
    struct dnsmasq_settings settings = {.edos_host = "edos.example",
                                        .provision_host = "provision.example",
                                        .pool_first = SUBNET + 0x100,
                                        .pool_last = SUBNET + 0x1ff,
                                        .netmask = 0xffff0000u};
    test_wire_must(dnsmasq_apply(dnsmasq, &settings, &error), &error);
    start_us = monotonic_us();
    test_wire_must(wire_check_dhcp_server(TEST_WIRE_MACHINE, GENEROUS_US, &found, &error), &error);
    if (!found.found || found.address != DEVICE_ADDRESS ||
        !mac_equal(&found.mac, &bench.device_mac))
        return 2;
    if (monotonic_us() - start_us > GENEROUS_US / 2)
        return 3;
    dnsmasq_free(dnsmasq);
    loop_free(loop);
    snprintf(lease_path, sizeof lease_path, "%s/dnsmasq.leases", folder);
    FILE *leases = fopen(lease_path, "r");
    if (leases && fgetc(leases) != EOF)
        return 4; /* a lease was taken */
    if (leases)
        fclose(leases);
    test_wire_done(&bench);
    return 0;
}

/* --- the machine's own network --- */

static void add_default_route(struct nl_sock *netlink, const char *interface, uint32_t table)
{
    struct error error;
    int index;
    test_wire_must(netlink_index(netlink, interface, &index, &error), &error);
    struct rtnl_route *route = rtnl_route_alloc();
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    struct nl_addr *all;
    if (!route || !hop || nl_addr_parse("default", AF_INET, &all) < 0)
        _exit(TEST_WIRE_BROKEN);
    rtnl_route_set_family(route, AF_INET);
    rtnl_route_set_dst(route, all);
    rtnl_route_set_table(route, table);
    rtnl_route_set_scope(route, RT_SCOPE_LINK);
    rtnl_route_nh_set_ifindex(hop, index);
    rtnl_route_add_nexthop(route, hop);
    if (rtnl_route_add(netlink, route, NLM_F_CREATE) < 0)
        _exit(TEST_WIRE_BROKEN);
    rtnl_route_put(route);
    nl_addr_put(all);
}

static bool carries(const char *interface)
{
    struct error error = {0};
    bool carries_it = false;
    test_wire_must(wire_check_default_route(interface, &carries_it, &error), &error);
    return carries_it;
}

static int route_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    test_wire_init(&bench);
    test_wire_must(netlink_add_veth(bench.machine, "eth2", NULL, "peer2", NULL, -1, &error),
                   &error);
    test_wire_must(netlink_set_up(bench.machine, "eth2", &error), &error);
    if (carries(TEST_WIRE_MACHINE) || carries("eth2"))
        return 1;
    add_default_route(bench.machine, "eth2", RT_TABLE_MAIN);
    if (carries(TEST_WIRE_MACHINE) || !carries("eth2"))
        return 2;
    add_default_route(bench.machine, TEST_WIRE_MACHINE, 100);
    if (!carries(TEST_WIRE_MACHINE))
        return 3;
    bool unused;
    if (wire_check_default_route("eth9", &unused, &error) >= 0 || !strstr(error.text, "eth9"))
        return 4;
    test_wire_done(&bench);
    return 0;
}

static int bridged_route_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    int index;
    test_wire_init(&bench);
    test_wire_must(netlink_add_bridge(bench.machine, "br7", NULL, &error), &error);
    test_wire_must(netlink_index(bench.machine, "br7", &index, &error), &error);
    test_wire_must(netlink_set_up(bench.machine, "br7", &error), &error);
    add_default_route(bench.machine, "br7", RT_TABLE_MAIN);
    if (carries(TEST_WIRE_MACHINE))
        return 1;
    test_wire_must(netlink_enslave(bench.machine, TEST_WIRE_MACHINE, index, &error), &error);
    if (!carries(TEST_WIRE_MACHINE))
        return 2;
    test_wire_done(&bench);
    return 0;
}

static int check_own(const char *interface, uint32_t address, const char *text)
{
    struct error error = {0};
    const uint32_t addresses[] = {address, address + 1};
    int result = wire_check_own_addresses(interface, addresses, 2, 24, &error);
    if (!text)
        return result;
    return result == ERROR_UNAVAILABLE && strstr(error.text, text) ? 0 : -1;
}

static int own_addresses_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    test_wire_init(&bench);
    test_wire_must(netlink_add_veth(bench.machine, "eth2", NULL, "peer2", NULL, -1, &error),
                   &error);
    test_wire_must(netlink_add_address(bench.machine, "eth2", 0xc0a80105, 16, &error), &error);
    test_wire_must(netlink_add_address(bench.machine, "eth1", 0x0a010105, 16, &error), &error);
    if (check_own("eth1", 0xc0a90101, NULL) != 0)
        return 1;
    if (check_own("eth1", 0xc0a87701, "192.168.119.0/24 overlaps 192.168.0.0/16") != 0 ||
        check_own("eth1", 0xc0a87701, "interface eth2") != 0)
        return 2;
    if (check_own("eth1", 0xc0a80104, "192.168.1.5 is this machine's own address (of eth2)") != 0)
        return 3;
    if (check_own("eth1", 0x0a010177, NULL) != 0) /* beside its own: no harm */
        return 4;
    if (check_own("eth1", 0x0a010104, "10.1.1.5 is this machine's own address (of eth1)") != 0)
        return 5;
    if (check_own("eth1", 0x7f000002, "overlaps 127.0.0.0/8") != 0)
        return 6;
    test_wire_done(&bench);
    return 0;
}

static void who_has_an_address(void)
{
    CU_ASSERT_EQUAL(testing_in_child(address_body), 0);
}
static void finding_devices(void)
{
    CU_ASSERT_EQUAL(testing_in_child(find_body), 0);
}
static void what_a_search_sends(void)
{
    CU_ASSERT_EQUAL(testing_in_child(probes_body), 0);
}
static void another_dhcp_server(void)
{
    folder = testing_folder();
    CU_ASSERT_EQUAL(testing_in_child(dhcp_body), 0);
}
static void default_routes(void)
{
    CU_ASSERT_EQUAL(testing_in_child(route_body), 0);
}
static void a_default_route_over_a_bridge(void)
{
    CU_ASSERT_EQUAL(testing_in_child(bridged_route_body), 0);
}
static void the_machines_own_addresses(void)
{
    CU_ASSERT_EQUAL(testing_in_child(own_addresses_body), 0);
}

void tests_harness_lab_wire_check(void);
void tests_harness_lab_wire_check(void)
{
    TEST_SUITE("live lab/wire_check", {"who has an address", who_has_an_address},
               {"finding devices", finding_devices}, {"what a search sends", what_a_search_sends},
               {"another DHCP server", another_dhcp_server}, {"default routes", default_routes},
               {"a default route over a bridge", a_default_route_over_a_bridge},
               {"the machine's own addresses", the_machines_own_addresses});
}
