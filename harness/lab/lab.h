/* SPDX-License-Identifier: MIT */
/* The lab: a bridge in the network namespace that this process has entered, the lab's servers'
 * addresses on it, the name server's namespace behind the gate, a namespace a phone; with real
 * devices a port for their wire (see uplink.h). Many phones are plugged into further bridges, each
 * with a port of the first one, over which all that they say to the servers goes. Nothing has a
 * name outside the process: when it ends, all of it is gone. */
#ifndef RCLAB_LAB_LAB_H
#define RCLAB_LAB_LAB_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/vendor/vendor.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_BRIDGE "br0"
#define LAB_PHONE_INTERFACE "eth0"
#define LAB_GATE_SERVER_SIDE "ns0" /* its peer is eth0 of the name server's namespace */
#define LAB_GATE_WIRE_SIDE "gw1"   /* its peer gw0 is a port of the bridge */
#define LAB_UPLINK "up1"           /* its peer up0 is a port of the bridge */

/* Where everything is on the phones' wire. */
struct lab_plan {
    uint32_t name_server; /* dnsmasq: DHCP and DNS */
    uint32_t edos, provision;
    uint32_t harness; /* page reader; serves pushed configurations */
    uint32_t pool_first, pool_last;
    unsigned prefix_length;
    size_t phone_count; /* emulated ones: so many namespaces are made */
    bool links;  /* each emulated phone's port has a line that can be made bad (phone_port) */
    bool uplink; /* a port for a real wire */
};
/* The emulated lab: 10.77.0.0/16 and these names; no phone, no uplink. */
#define LAB_PROVISION_HOST "provision.example.net"
#define LAB_EDOS_HOST vendor_default()->hosts[0].name
extern const struct lab_plan lab_plan_emulated;
uint32_t lab_plan_netmask(const struct lab_plan *plan);

/* Enters a network namespace of its own (without root: a user namespace first). Call once in a
 * process of one thread. ERROR_UNAVAILABLE says what the machine lacks. */
int lab_enter_namespaces(struct error *error);
/* What keeps an ordinary user of this machine from making namespaces, and what to do about it: a
 * clause for a message; static text. `sysctl_folder` is where the kernel shows its settings
 * ("/proc/sys"; a test has one of its own). A setting that is not there is no obstacle. */
const char *obstacle_to_namespaces(const char *sysctl_folder);
/* Keeps this process and its children on one processor (the slot-th of those it may use): frames
 * then keep their order in the kernel's queues, which loop_flush_enable relies on. */
void lab_pin_processor(unsigned slot);

struct lab;
int lab_new(const struct lab_plan *plan, struct lab **ret_lab, struct error *error);
void lab_free(struct lab *lab);
int lab_name_server_netns(const struct lab *lab);
const struct mac *lab_name_server_mac(const struct lab *lab);
/* Of the emulated phones. */
int lab_phone_netns(const struct lab *lab, size_t phone);
const struct mac *lab_phone_macs(const struct lab *lab); /* phone_count of them */
/* An emulated phone has this address from now on; nobody need ask for its Ethernet address. */
int lab_learn(struct lab *lab, uint32_t address, const struct mac *mac, struct error *error);
/* With links: the names of a line's two ends, between which somebody has to carry frames. */
enum { LAB_NAME_MAX = 16 }; /* IFNAMSIZ */
/* Where there are more phones, their ports are isolated: what one sends to all goes to the servers
 * and not to each other phone, which would cost the square of their number. So would one bridge (a
 * bridge looks at each port when it gets a new one, and for each broadcast), and it would end at
 * 1023 ports: each further one takes LAB_BRIDGE_PHONES. */
enum { LAB_TALKING_PHONES_MAX = 64, LAB_BRIDGE_PHONES = 64 };
/* It has them: between a phone and a server is one bridge more. */
bool lab_has_far_bridges(const struct lab *lab);
void lab_link_ends(size_t phone, char phone_side[LAB_NAME_MAX], char switch_side[LAB_NAME_MAX]);
/* With links: pulls the phone's cable, or plugs it in again; its interface has lost, or has, its
 * carrier when this returns. */
int lab_plug(struct lab *lab, size_t phone, bool in, struct error *error);

#endif
