/* SPDX-License-Identifier: MIT */
/* What of this machine might speak on the lab's wire by itself: a lab has no use for the machine's
 * own DHCP requests there. */
#ifndef RCLAB_DOCTOR_MACHINE_H
#define RCLAB_DOCTOR_MACHINE_H

#include "harness/doctor/doctor.h"
#include <stdbool.h>
#include <stddef.h>

/* systemd-networkd's /run/systemd/netif/links/INDEX says that it configures the interface. */
bool doctor_networkd_manages(const char *text);
/* NetworkManager's /run/NetworkManager/devices/INDEX says so. */
bool doctor_network_manager_manages(const char *text);
/* A process's arguments (/proc/PID/cmdline: each ends with NUL) are those of a DHCP client on this
 * interface. */
bool doctor_is_dhcp_client(const char *arguments, size_t length, const char *interface);

/* A hint for each that was found, or one line that says that nothing was. */
void doctor_look_for_speakers(const char *interface, struct doctor_report *report);

#endif
