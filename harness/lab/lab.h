/* SPDX-License-Identifier: MIT */
/* The emulated lab: a bridge in the network namespace that this process has entered, the lab's
 * servers' addresses on it, the name server's namespace behind the gate, a namespace a phone.
 * Nothing has a name outside the process: when it ends, all of it is gone. */
#ifndef RCLAB_LAB_LAB_H
#define RCLAB_LAB_LAB_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stddef.h>

/* 10.77.0.0/16: the servers, then the pool. */
#define LAB_PREFIX_LENGTH 16u
#define LAB_NAME_SERVER 0x0a4d0001u /* dnsmasq: DHCP and DNS */
#define LAB_EDOS 0x0a4d0002u
#define LAB_PROVISION 0x0a4d0003u
#define LAB_HARNESS 0x0a4d0004u /* page reader; serves pushed configurations */
#define LAB_POOL_FIRST 0x0a4d0101u
#define LAB_POOL_LAST 0x0a4dfaffu
#define LAB_BRIDGE "br0"
#define LAB_PHONE_INTERFACE "eth0"
#define LAB_GATE_SERVER_SIDE "ns0" /* its peer is eth0 of the name server's namespace */
#define LAB_GATE_WIRE_SIDE "gw1"   /* its peer gw0 is a port of the bridge */
#define LAB_PROVISION_HOST "provision.example.net"
#define LAB_EDOS_HOST "activate.cisco.com"

/* Enters a network namespace of its own (without root: a user namespace first). Call once in a
 * process of one thread. ERROR_UNAVAILABLE says what the machine lacks. */
int lab_enter_namespaces(struct error *error);
/* Keeps this process and its children on one processor (the slot-th of those it may use): frames
 * then keep their order in the kernel's queues, which loop_flush_enable relies on. */
void lab_pin_processor(unsigned slot);

struct lab;
int lab_new(size_t phone_count, struct lab **ret_lab, struct error *error);
void lab_free(struct lab *lab);
int lab_name_server_netns(const struct lab *lab);
const struct mac *lab_name_server_mac(const struct lab *lab);
int lab_phone_netns(const struct lab *lab, size_t phone);
const struct mac *lab_phone_mac(const struct lab *lab, size_t phone);
const struct mac *lab_phone_macs(const struct lab *lab); /* phone_count of them */

#endif
