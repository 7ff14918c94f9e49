/* SPDX-License-Identifier: MIT */
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct lab_plan lab_plan_emulated = {
    .name_server = 0x0a4d0001u,
    .edos = 0x0a4d0002u,
    .provision = 0x0a4d0003u,
    .harness = 0x0a4d0004u,
    .pool_first = 0x0a4d0101u,
    .pool_last = 0x0a4dfaffu,
    .prefix_length = 16,
};

uint32_t lab_plan_netmask(const struct lab_plan *plan)
{
    return plan->prefix_length ? 0xffffffffu << (32 - plan->prefix_length) : 0;
}

enum { NAME_SERVER_UDP_ENTRIES = 128 }; /* the least that the kernel makes */

struct lab {
    struct lab_plan plan;
    int *phone_netns_fds; /* owned, -1 = not open */
    struct mac *phone_macs;
    int name_server_netns_fd;
    struct mac name_server_mac;
    struct nl_sock *netlink, *name_server_netlink;
    int bridge_index, name_server_index;
    int *far_bridges; /* owned: interface indices of the bridges behind the first, see lab.h */
    size_t far_bridge_count;
    int proc_fd; /* for the phones of one far bridge (netlink_open_proc); -1 = none */
    struct mac bridge_mac;
};

/* --- namespaces of the process --- */

static const struct {
    const char *file;
    long forbids; /* the value that is in the way */
    const char *what_to_do;
} settings[] = {
    /* Ubuntu 23.10 and later: the user namespace is made, but is worth nothing inside. */
    {"kernel/apparmor_restrict_unprivileged_userns", 1,
     "AppArmor forbids it to ordinary users; "
     "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` allows it until the next boot"},
    {"kernel/unprivileged_userns_clone", 0,
     "`sudo sysctl kernel.unprivileged_userns_clone=1` allows it to ordinary users until the next "
     "boot"},
    {"user/max_user_namespaces", 0,
     "`sudo sysctl user.max_user_namespaces=10000` allows it until the next boot"},
};

static long read_setting(const char *folder, const char *file)
{
    char path[PATH_MAX];
    long value = -1;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path)
        return -1;
    FILE *stream = fopen(path, "re");
    if (!stream)
        return -1;
    if (fscanf(stream, "%ld", &value) != 1)
        value = -1;
    fclose(stream);
    return value;
}

const char *obstacle_to_namespaces(const char *sysctl_folder)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (read_setting(sysctl_folder, settings[i].file) == settings[i].forbids)
            return settings[i].what_to_do;
    return "in a container it needs the capability CAP_SYS_ADMIN, or a runtime that lets user "
           "namespaces through; in a chroot only root can do it";
}

static int write_file(const char *path, const char *text, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open %s", path);
    ssize_t written = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    return written < 0 ? error_set_errno(error, saved, "cannot write %s", path) : 0;
}

static int map_user(const char *path, unsigned id, struct error *error)
{
    char line[64];
    snprintf(line, sizeof line, "0 %u 1\n", id);
    return write_file(path, line, error);
}

static int enter_user_namespace(struct error *error)
{
    unsigned user = (unsigned)geteuid(), group = (unsigned)getegid();
    if (unshare(CLONE_NEWUSER) < 0)
        return error_set_errno(error, errno, "cannot make a user namespace");
    TRY(map_user("/proc/self/uid_map", user, error));
    TRY(write_file("/proc/self/setgroups", "deny", error));
    return map_user("/proc/self/gid_map", group, error);
}

/* Where it fails depends on what forbids it: at once, or only when ids are mapped. */
static int forbidden(struct error *error)
{
    struct error why = {0};
    if (error)
        why = *error;
    return error_set(error, ERROR_UNAVAILABLE,
                     "an emulated lab needs network namespaces: run as root, or allow user "
                     "namespaces (%.200s; %s)",
                     why.text, obstacle_to_namespaces("/proc/sys"));
}

int lab_enter_namespaces(struct error *error)
{
    if (unshare(CLONE_NEWNET) < 0) {
        if (errno != EPERM)
            return error_set_errno(error, errno, "cannot make a network namespace");
        int result = enter_user_namespace(error);
        if (result == 0 && unshare(CLONE_NEWNET) < 0)
            result = error_set_errno(error, errno,
                                     "cannot make a network namespace inside a user namespace");
        if (result < 0)
            return forbidden(error);
    }
    netlink_ipv6_off();
    netlink_icmp_at_once();
    netlink_bridges_unfiltered();
    return 0;
}

void lab_pin_processor(unsigned slot)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return;
    unsigned wanted = slot % (unsigned)CPU_COUNT(&allowed), seen = 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed) || seen++ != wanted)
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one);
        return;
    }
}

/* --- topology --- */

static struct mac make_mac(uint8_t kind, uint32_t number)
{
    /* Locally administered (IEEE 802, second-least bit of the first octet). */
    return (struct mac){{0x02, 0x52, 0x43, kind, (uint8_t)(number >> 8), (uint8_t)number}};
}

static void offload_off_in(int netns_fd, const char *name)
{
    struct namespace_visit visit;
    if (namespace_enter(&visit, netns_fd, NULL) < 0)
        return;
    netlink_offload_off(name);
    namespace_leave(&visit);
}

static int build_name_server(struct lab *lab, struct error *error)
{
    /* The barrier looks into its sockets at each step of a run. */
    netlink_udp_table(NAME_SERVER_UDP_ENTRIES);
    int made = netlink_new_namespace(-1, true, &lab->name_server_netns_fd, error);
    netlink_udp_table(0);
    TRY(made);
    lab->name_server_mac = make_mac(0xff, 1);
    TRY(netlink_add_veth(lab->netlink, LAB_GATE_SERVER_SIDE, NULL, "eth0", &lab->name_server_mac,
                         lab->name_server_netns_fd, error));
    netlink_offload_off(LAB_GATE_SERVER_SIDE);
    offload_off_in(lab->name_server_netns_fd, "eth0");
    TRY(netlink_add_veth(lab->netlink, "gw0", NULL, LAB_GATE_WIRE_SIDE, NULL, -1, error));
    netlink_offload_off("gw0");
    netlink_offload_off(LAB_GATE_WIRE_SIDE);
    TRY(netlink_open(lab->name_server_netns_fd, &lab->name_server_netlink, error));
    TRY(netlink_add_address(lab->name_server_netlink, "eth0", lab->plan.name_server,
                            lab->plan.prefix_length, error));
    TRY(netlink_set_up(lab->name_server_netlink, "eth0", error));
    TRY(netlink_index(lab->name_server_netlink, "eth0", &lab->name_server_index, error));
    TRY(netlink_set_up_mute(lab->netlink, LAB_GATE_SERVER_SIDE, error));
    TRY(netlink_set_up_mute(lab->netlink, LAB_GATE_WIRE_SIDE, error));
    return netlink_enslave(lab->netlink, "gw0", lab->bridge_index, error);
}

void lab_link_ends(size_t phone, char phone_side[LAB_NAME_MAX], char switch_side[LAB_NAME_MAX])
{
    snprintf(phone_side, LAB_NAME_MAX, "ph%u", (unsigned)phone);
    snprintf(switch_side, LAB_NAME_MAX, "lk%u", (unsigned)phone);
}

static void bridge_port_name(const struct lab *lab, size_t phone, char name[LAB_NAME_MAX])
{
    snprintf(name, LAB_NAME_MAX, lab->plan.links ? "pt%u" : "ph%u", (unsigned)phone);
}

/* Between the phone's own port and the bridge's there is nothing yet but two ends. */
static int build_link(struct lab *lab, size_t phone, struct error *error)
{
    char phone_side[LAB_NAME_MAX], switch_side[LAB_NAME_MAX], port[LAB_NAME_MAX];
    lab_link_ends(phone, phone_side, switch_side);
    bridge_port_name(lab, phone, port);
    TRY(netlink_set_up_mute(lab->netlink, phone_side, error));
    TRY(netlink_add_veth(lab->netlink, port, NULL, switch_side, NULL, -1, error));
    netlink_offload_off(port);
    netlink_offload_off(switch_side);
    return netlink_set_up_mute(lab->netlink, switch_side, error);
}

int lab_plug(struct lab *lab, size_t phone, bool in, struct error *error)
{
    char phone_side[LAB_NAME_MAX], switch_side[LAB_NAME_MAX];
    lab_link_ends(phone, phone_side, switch_side);
    TRY(in ? netlink_set_up_mute(lab->netlink, phone_side, error)
           : netlink_set_down(lab->netlink, phone_side, error));
    return in ? netlink_await_carrier(lab->phone_netns_fds[phone], LAB_PHONE_INTERFACE, error)
              : netlink_await_no_carrier(lab->phone_netns_fds[phone], LAB_PHONE_INTERFACE, error);
}

/* It knows its servers' Ethernet addresses as if it had asked for them: a thousand phones that ask,
 * and are asked for, need more entries than the machine has. */
static int teach_servers(const struct lab *lab, struct nl_sock *netlink, struct error *error)
{
    const struct lab_plan *plan = &lab->plan;
    const uint32_t on_bridge[] = {plan->harness, plan->edos, plan->provision};
    int index;
    TRY(netlink_index(netlink, LAB_PHONE_INTERFACE, &index, error));
    TRY(netlink_patient_arp(netlink, index, error));
    TRY(netlink_add_neighbour(netlink, index, plan->name_server, &lab->name_server_mac, error));
    for (size_t i = 0; i < sizeof on_bridge / sizeof on_bridge[0]; i++)
        TRY(netlink_add_neighbour(netlink, index, on_bridge[i], &lab->bridge_mac, error));
    return 0;
}

static int set_up_phone(const struct lab *lab, int netns_fd, struct error *error)
{
    struct nl_sock *netlink;
    TRY(netlink_open(netns_fd, &netlink, error));
    int result = netlink_set_up(netlink, LAB_PHONE_INTERFACE, error);
    if (result == 0)
        result = teach_servers(lab, netlink, error);
    netlink_close(netlink);
    return result;
}

int lab_learn(struct lab *lab, uint32_t address, const struct mac *mac, struct error *error)
{
    TRY(netlink_add_neighbour(lab->netlink, lab->bridge_index, address, mac, error));
    return netlink_add_neighbour(lab->name_server_netlink, lab->name_server_index, address, mac,
                                 error);
}

/* --- bridges behind the first --- */

bool lab_has_far_bridges(const struct lab *lab)
{
    return lab->plan.phone_count > LAB_TALKING_PHONES_MAX;
}

static void far_bridge_name(size_t number, char name[LAB_NAME_MAX])
{
    snprintf(name, LAB_NAME_MAX, "br%u", (unsigned)number + 1);
}

/* Of the cable to the first bridge: the end there, and the far bridge's. */
static void trunk_names(size_t number, char here[LAB_NAME_MAX], char there[LAB_NAME_MAX])
{
    snprintf(here, LAB_NAME_MAX, "tr%u", (unsigned)number);
    snprintf(there, LAB_NAME_MAX, "tf%u", (unsigned)number);
}

/* Phones of other bridges are as far from this one's as those of this one from each other. */
static int build_far_bridge(struct lab *lab, size_t number, struct error *error)
{
    char name[LAB_NAME_MAX], here[LAB_NAME_MAX], there[LAB_NAME_MAX];
    /* Of no port: it would be found anew among them at each one that is added. */
    struct mac mac = make_mac(0xfe, (uint32_t)number + 1);
    int *index = &lab->far_bridges[number];
    far_bridge_name(number, name);
    trunk_names(number, here, there);
    TRY(netlink_add_bridge(lab->netlink, name, &mac, error));
    TRY(netlink_index(lab->netlink, name, index, error));
    TRY(netlink_add_veth(lab->netlink, here, NULL, there, NULL, -1, error));
    netlink_offload_off(here);
    netlink_offload_off(there);
    TRY(netlink_enslave(lab->netlink, there, *index, error));
    TRY(netlink_enslave(lab->netlink, here, lab->bridge_index, error));
    return netlink_isolate_port(lab->netlink, here, error);
}

static int build_far_bridges(struct lab *lab, struct error *error)
{
    if (!lab_has_far_bridges(lab))
        return 0;
    size_t count = (lab->plan.phone_count + LAB_BRIDGE_PHONES - 1) / LAB_BRIDGE_PHONES;
    lab->far_bridges = calloc(count, sizeof *lab->far_bridges);
    if (!lab->far_bridges)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (; lab->far_bridge_count < count; lab->far_bridge_count++)
        TRY(build_far_bridge(lab, lab->far_bridge_count, error));
    return 0;
}

static int raise_far_bridges(struct lab *lab, struct error *error)
{
    for (size_t i = 0; i < lab->far_bridge_count; i++) {
        char name[LAB_NAME_MAX];
        far_bridge_name(i, name);
        TRY(netlink_set_up_mute(lab->netlink, name, error));
    }
    return 0;
}

static int await_far_bridges(const struct lab *lab, struct error *error)
{
    for (size_t i = 0; i < lab->far_bridge_count; i++) {
        char names[3][LAB_NAME_MAX];
        far_bridge_name(i, names[0]);
        trunk_names(i, names[1], names[2]);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            TRY(netlink_await_carrier(-1, names[k], error));
    }
    return 0;
}

static int bridge_of(const struct lab *lab, size_t phone)
{
    return lab_has_far_bridges(lab) ? lab->far_bridges[phone / LAB_BRIDGE_PHONES]
                                    : lab->bridge_index;
}

/* --- phones --- */

static int build_phone(struct lab *lab, size_t phone, struct error *error)
{
    char name[LAB_NAME_MAX];
    lab->phone_macs[phone] = make_mac(0x00, (uint32_t)phone + 1);
    snprintf(name, sizeof name, "ph%u", (unsigned)phone);
    TRY(netlink_new_namespace(lab->proc_fd, false, &lab->phone_netns_fds[phone], error));
    TRY(netlink_add_veth(lab->netlink, name, NULL, LAB_PHONE_INTERFACE, &lab->phone_macs[phone],
                         lab->phone_netns_fds[phone], error));
    netlink_offload_off(name);
    offload_off_in(lab->phone_netns_fds[phone], LAB_PHONE_INTERFACE);
    TRY(set_up_phone(lab, lab->phone_netns_fds[phone], error));
    if (lab->plan.links)
        TRY(build_link(lab, phone, error));
    bridge_port_name(lab, phone, name);
    TRY(netlink_enslave(lab->netlink, name, bridge_of(lab, phone), error));
    return lab_has_far_bridges(lab) ? netlink_isolate_port(lab->netlink, name, error) : 0;
}

static int build_uplink(struct lab *lab, struct error *error)
{
    int result = netlink_add_veth(lab->netlink, "up0", NULL, LAB_UPLINK, NULL, -1, error);
    if (result < 0)
        return result;
    /* What the real interface has put together is taken apart again before it is captured. */
    netlink_offload_off("up0");
    netlink_offload_off(LAB_UPLINK);
    if (result == 0)
        result = netlink_set_up_mute(lab->netlink, LAB_UPLINK, error);
    if (result == 0)
        result = netlink_enslave(lab->netlink, "up0", lab->bridge_index, error);
    return result;
}

static int await_carriers(const struct lab *lab, struct error *error)
{
    static const char *const names[] = {LAB_GATE_SERVER_SIDE, LAB_GATE_WIRE_SIDE, "gw0",
                                        LAB_BRIDGE};
    int result = netlink_await_carrier(lab->name_server_netns_fd, "eth0", error);
    for (size_t i = 0; result == 0 && i < lab->plan.phone_count; i++) {
        char name[LAB_NAME_MAX];
        bridge_port_name(lab, i, name);
        result = netlink_await_carrier(lab->phone_netns_fds[i], LAB_PHONE_INTERFACE, error);
        if (result == 0)
            result = netlink_await_carrier(-1, name, error);
    }
    if (result == 0)
        result = await_far_bridges(lab, error);
    for (size_t i = 0; result == 0 && i < sizeof names / sizeof names[0]; i++)
        result = netlink_await_carrier(-1, names[i], error);
    if (result == 0 && lab->plan.uplink)
        result = netlink_await_carrier(-1, "up0", error);
    return result;
}

static void renew_proc(struct lab *lab)
{
    if (lab->proc_fd >= 0)
        close(lab->proc_fd);
    lab->proc_fd = netlink_open_proc();
}

static int build(struct lab *lab, struct error *error)
{
    /* The first is the one that this side's own connections come from. */
    const uint32_t addresses[] = {lab->plan.harness, lab->plan.edos, lab->plan.provision};
    TRY(netlink_open(-1, &lab->netlink, error));
    TRY(netlink_set_up(lab->netlink, "lo", error));
    lab->bridge_mac = make_mac(0xff, 2);
    TRY(netlink_add_bridge(lab->netlink, LAB_BRIDGE, &lab->bridge_mac, error));
    TRY(netlink_index(lab->netlink, LAB_BRIDGE, &lab->bridge_index, error));
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        TRY(netlink_add_address(lab->netlink, LAB_BRIDGE, addresses[i], lab->plan.prefix_length,
                                error));
    TRY(build_name_server(lab, error));
    TRY(build_far_bridges(lab, error));
    for (size_t i = 0; i < lab->plan.phone_count; i++) {
        if (lab_has_far_bridges(lab) && i % LAB_BRIDGE_PHONES == 0)
            renew_proc(lab);
        TRY(build_phone(lab, i, error));
    }
    if (lab->plan.uplink)
        TRY(build_uplink(lab, error));
    netlink_offload_off(LAB_BRIDGE);
    /* Raised last: every earlier port would have cost a flood of its own. */
    TRY(raise_far_bridges(lab, error));
    TRY(netlink_set_up(lab->netlink, LAB_BRIDGE, error));
    if (lab->plan.links)
        TRY(netlink_patient_tcp(lab->netlink, LAB_BRIDGE, lab->plan.harness,
                                lab->plan.prefix_length, error));
    return await_carriers(lab, error);
}

int lab_new(const struct lab_plan *plan, struct lab **ret_lab, struct error *error)
{
    size_t phone_count = plan->phone_count;
    struct lab *lab = calloc(1, sizeof *lab);
    if (!lab)
        return error_set(error, ERROR_MEMORY, "out of memory");
    lab->plan = *plan;
    lab->plan.phone_count = 0; /* none is made yet */
    lab->name_server_netns_fd = lab->proc_fd = -1;
    lab->phone_netns_fds = malloc((phone_count + 1) * sizeof *lab->phone_netns_fds);
    lab->phone_macs = calloc(phone_count + 1, sizeof *lab->phone_macs);
    if (!lab->phone_netns_fds || !lab->phone_macs) {
        lab_free(lab);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    lab->plan.phone_count = phone_count;
    for (size_t i = 0; i < phone_count; i++)
        lab->phone_netns_fds[i] = -1;
    int result = build(lab, error);
    if (result < 0) {
        lab_free(lab);
        return error_prefix(error, result, "cannot build the lab");
    }
    *ret_lab = lab;
    return 0;
}

void lab_free(struct lab *lab)
{
    if (!lab)
        return;
    for (size_t i = 0; i < lab->plan.phone_count; i++) {
        if (lab->phone_netns_fds[i] >= 0)
            close(lab->phone_netns_fds[i]);
    }
    if (lab->name_server_netns_fd >= 0)
        close(lab->name_server_netns_fd);
    if (lab->proc_fd >= 0)
        close(lab->proc_fd);
    netlink_close(lab->netlink);
    netlink_close(lab->name_server_netlink);
    free(lab->far_bridges);
    free(lab->phone_netns_fds);
    free(lab->phone_macs);
    free(lab);
}

int lab_name_server_netns(const struct lab *lab)
{
    return lab->name_server_netns_fd;
}

const struct mac *lab_name_server_mac(const struct lab *lab)
{
    return &lab->name_server_mac;
}

int lab_phone_netns(const struct lab *lab, size_t phone)
{
    return lab->phone_netns_fds[phone];
}

const struct mac *lab_phone_macs(const struct lab *lab)
{
    return lab->phone_macs;
}
