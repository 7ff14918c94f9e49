/* SPDX-License-Identifier: MIT */
/* Switches the power of a PoE switch's port by SNMP (net-snmp): sets pethPsePortAdminEnable of RFC
 * 3621 and reads it back; or only reads it.
 *
 * It blocks, and changes state of the whole process: net-snmp resolves names, and finds out an
 * agent's engine (RFC 3414, 4) before it can talk SNMPv3 to it, while everybody waits, and it keeps
 * users and engines for ever. So it is for a process of its own (see snmp_driver), and
 * for one call in it. */
#ifndef RCLAB_DEVICE_SNMP_PORT_H
#define RCLAB_DEVICE_SNMP_PORT_H

#include "harness/base/error.h"
#include "harness/lab_file/lab_file.h"

/* Each question is asked once and then so many times again. */
enum { SNMP_PORT_RETRIES = 2 };

/* timeout_us: real time to wait for an answer before the question is asked again.
 * ERROR_INVALID: what the lab file says cannot be used; ERROR_FAILED: the switch did not do it. */
int snmp_port_set(const struct lab_snmp *snmp, bool on, uint64_t timeout_us, struct error *error);
/* Whether the port is on; one question. */
int snmp_port_get(const struct lab_snmp *snmp, bool *ret_on, uint64_t timeout_us,
                  struct error *error);

#endif
