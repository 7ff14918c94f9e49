/* SPDX-License-Identifier: MIT */
/* The few rtnetlink operations that a lab needs, on libnl-route. A socket works in the network
 * namespace in which it was opened. */
#ifndef RCLAB_LAB_NETLINK_H
#define RCLAB_LAB_NETLINK_H

#include "harness/base/address.h"
#include "harness/base/error.h"

struct nl_sock;

/* In the namespace of netns_fd (-1 = here). */
int netlink_open(int netns_fd, struct nl_sock **ret_netlink, struct error *error);
void netlink_close(struct nl_sock *netlink); /* NULL is allowed */

/* Whose frames to this address go where, without asking (ARP), and for good: such an entry takes no
 * part in the one table of limited size that all namespaces of a machine share. */
int netlink_add_neighbour(struct nl_sock *netlink, int interface_index, uint32_t address,
                          const struct mac *mac, struct error *error);
int netlink_add_bridge(struct nl_sock *netlink, const char *name, const struct mac *mac,
                       struct error *error); /* mac: NULL = of one of its ports */
/* A veth pair: `name` here, `peer_name` with `peer_mac` in the namespace peer_netns_fd (-1: here
 * too). mac, peer_mac: NULL = the kernel chooses. */
int netlink_add_veth(struct nl_sock *netlink, const char *name, const struct mac *mac,
                     const char *peer_name, const struct mac *peer_mac, int peer_netns_fd,
                     struct error *error);
int netlink_index(struct nl_sock *netlink, const char *name, int *ret_index, struct error *error);
int netlink_set_up(struct nl_sock *netlink, const char *name, struct error *error);
int netlink_set_down(struct nl_sock *netlink, const char *name, struct error *error);
/* Raises it as a mere end of a cable: it neither asks nor answers ARP. */
int netlink_set_up_mute(struct nl_sock *netlink, const char *name, struct error *error);
/* Raises it as a port of the bridge with that index. */
int netlink_enslave(struct nl_sock *netlink, const char *name, int bridge_index,
                    struct error *error);
/* This port of a bridge and others like it hear nothing of each other. */
int netlink_isolate_port(struct nl_sock *netlink, const char *name, struct error *error);
int netlink_add_address(struct nl_sock *netlink, const char *name, uint32_t address,
                        unsigned prefix_length, struct error *error);

/* Waits until the kernel has carried out that the interface is up with its carrier (it does so by
 * itself some time after both ends were raised; until then frames are silently dropped, and the
 * bridge does not forward). ERROR_LIMIT after NETLINK_CARRIER_MAX_MS. */
enum { NETLINK_CARRIER_MAX_MS = 10000 };
int netlink_await_carrier(int netns_fd, const char *name, struct error *error);
int netlink_await_no_carrier(int netns_fd, const char *name, struct error *error);
/* For frames that are held back by another clock than the kernel's: over this interface, which has
 * this address, TCP sends nothing again for a minute, acknowledges at once, and says all that it
 * has to say without waiting for acknowledgements. */
int netlink_patient_tcp(struct nl_sock *netlink, const char *name, uint32_t address,
                        unsigned prefix_length, struct error *error);

/* The kernel's packet filter has no say over what a bridge of the calling thread's namespace
 * carries. Best effort: without the filter there is no such file. */
void netlink_bridges_unfiltered(void);
/* Namespaces that the calling thread makes from now on have a table of UDP sockets of their own, of
 * so many entries (a power of two), or share the machine's (0, as it is by default): who lists a
 * namespace's sockets walks through the whole table. Best effort (Linux 6.3). */
void netlink_udp_table(unsigned entries);
/* The kernel's settings seen anew: a descriptor of a /proc of its own that is mounted nowhere; -1 =
 * it cannot be had. A setting of a namespace is found by its path the slower the more namespaces
 * were looked into through the same /proc. */
int netlink_open_proc(void);
/* A new network namespace with `lo` raised if asked, IPv6 off; the caller stays where it is and
 * owns the descriptor. Settings are written through proc_fd (-1 = the machine's /proc). */
int netlink_new_namespace(int proc_fd, bool raise_loopback, int *ret_netns_fd, struct error *error);
/* Settings of the calling thread's namespace: IPv6 off for interfaces to come. Best effort: a
 * machine without IPv6 has no such file. */
void netlink_ipv6_off(void);
/* Lets the calling thread's namespace say "port unreachable" each time: by default the kernel
 * rations such answers by real time, of which hours of a warped clock take none. Best effort. */
void netlink_icmp_at_once(void);
/* Lets ARP on the interface ask so slowly that it never gives up within a run: an address that
 * nobody has is then silent for as long as the phone cares to wait, not unreachable after three
 * seconds of real time. */
int netlink_patient_arp(struct nl_sock *netlink, int interface_index, struct error *error);
/* Frames as on a real wire: checksums computed, segments of MTU size (ethtool's tx, sg, tso, gso,
 * gro off), in the calling thread's namespace. Best effort. */
void netlink_offload_off(const char *name);

#endif
