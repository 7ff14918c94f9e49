/* SPDX-License-Identifier: MIT */
/* Raw packet sockets (packet(7)) on one interface: whole Ethernet frames in and out, what this
 * machine itself sends there not heard. Non-blocking, close-on-exec. */
#ifndef RCLAB_LAB_PACKET_SOCKET_H
#define RCLAB_LAB_PACKET_SOCKET_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdbool.h>
#include <stdint.h>

/* For frames of this ethertype (ETH_P_ALL = all of them); 0: of none until packet_socket_start, so
 * that nothing stale waits there. In the present network namespace. ERROR_UNAVAILABLE: no such
 * interface, or no right to it. The descriptor is the caller's. */
int packet_socket_open(const char *interface, uint16_t ethertype, int *ret_fd, struct error *error);
/* Lets frames of this ethertype come, whichever namespace the process is in by now. */
int packet_socket_start(int fd, uint16_t ethertype, struct error *error);
/* The MAC address of its interface. ERROR_UNAVAILABLE: it is no Ethernet. */
int packet_socket_mac(int fd, struct mac *ret_mac, struct error *error);
/* Raises what may wait in it unread; as far as the machine's limits allow without the right. */
void packet_socket_set_buffer(int fd, int bytes);

enum { PACKET_SOCKET_NAME_BYTES = 16 }; /* IFNAMSIZ */
/* Of its interface, asked in the namespace of the socket, wherever the process is by now: what it
 * is called (with its NUL), whether it is up. False: it is gone. */
bool packet_socket_interface(int fd, char name[PACKET_SOCKET_NAME_BYTES], bool *ret_up);
/* Without the second's delay with which the kernel may make a lost carrier known. */
bool packet_socket_has_carrier(int fd);

#endif
