/* SPDX-License-Identifier: MIT */
/* The ways in which device.c carries an action out: each begins one, and ends it in its callback
 * after the action is gone. None of them blocks. */
#ifndef RCLAB_DEVICE_DRIVERS_H
#define RCLAB_DEVICE_DRIVERS_H

#include "harness/device/child.h"
#include "harness/device/device.h"
#include "harness/device/redaction.h"

struct driver_order { /* what it points to outlives the action, but for the argument */
    const struct device_config *config;
    const struct redaction *redaction;
    enum device_action action;
    const struct lab_command *command; /* command_driver_start */
    uint32_t address;                  /* page_driver_start */
    const char *argument;              /* the same; copied */
    device_done_fn *done;
    void *context;
};
struct driver_action { /* under way */
    struct driver_order order;
    struct child *child;                  /* a command's, or the one that talks SNMP */
    char page_address[IPV4_TEXT_MAX + 8]; /* with the port */
    struct fetch *page;
    struct loop_timer page_limit;
};

/* By the phone's own web page: one HTTP or HTTPS request, logged in as the lab file says (Digest or
 * Basic, whichever the page asks for, or by xuser and xpassword in the query). */
int page_driver_start(struct driver_action *action, struct error *error);

/* By a command of the lab file, without a shell, in the lab file's folder and in the machine's own
 * network. Its environment is ours and
 *   RCLAB_PHONE   the phone's name in the lab file
 *   RCLAB_MAC     00:11:22:33:44:55
 *   RCLAB_ACTION  one of device_action_names
 * Secrets that the lab file takes from the environment stay in it: the command may need them. */
int command_driver_start(struct driver_action *action, struct error *error);

/* Power by a PoE switch: DEVICE_POWER_OFF, DEVICE_POWER_ON or DEVICE_PROBE_POWER. */
int snmp_driver_start(struct driver_action *action, struct error *error);
/* What its process does: sets pethPsePortAdminEnable of RFC 3621 and reads it back.
 *
 * It blocks, and changes state of the whole process: net-snmp resolves names, and finds out an
 * agent's engine (RFC 3414, 4) before it can talk SNMPv3 to it, while everybody waits, and it keeps
 * users and engines for ever. So it is for a process of its own, and for one call in it.
 * timeout_us: real time to wait for an answer before the question is asked again. ERROR_INVALID:
 * what the lab file says cannot be used; ERROR_FAILED: the switch did not do it. */
int snmp_port_set(const struct lab_snmp *snmp, bool on, uint64_t timeout_us, struct error *error);

/* For the drivers: it has ended. Frees the action, then calls back. */
void driver_action_end(struct driver_action *action, const struct device_result *result);

#endif
