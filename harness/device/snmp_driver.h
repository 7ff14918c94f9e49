/* SPDX-License-Identifier: MIT */
/* Power by SNMP: snmp_port in a process of its own, so that nothing here blocks. */
#ifndef RCLAB_DEVICE_SNMP_DRIVER_H
#define RCLAB_DEVICE_SNMP_DRIVER_H

#include "harness/device/device.h"

struct snmp_action; /* valid until its callback or until it was cancelled */
/* action: DEVICE_POWER_OFF, DEVICE_POWER_ON or DEVICE_PROBE_POWER. */
int snmp_action_start(const struct device_config *config, enum device_action action,
                      device_done_fn *done, void *context, struct snmp_action **ret_action,
                      struct error *error);
void snmp_action_cancel(struct snmp_action *action); /* NULL is allowed */

#endif
