/* SPDX-License-Identifier: MIT */
/* An action by a command of the lab file, without a shell, in the lab file's folder and in the
 * machine's own network. Its environment is ours and
 *   RCLAB_PHONE   the phone's name in the lab file
 *   RCLAB_MAC     00:11:22:33:44:55
 *   RCLAB_ACTION  one of device_action_names
 * Secrets that the lab file takes from the environment stay in it: the command may need them. */
#ifndef RCLAB_DEVICE_COMMAND_DRIVER_H
#define RCLAB_DEVICE_COMMAND_DRIVER_H

#include "harness/device/child.h"
#include "harness/device/device.h"
#include "harness/device/redaction.h"

struct command_action; /* valid until its callback or until it was cancelled */
int command_action_start(const struct device_config *config, const struct redaction *redaction,
                         const struct lab_command *command, enum device_action action,
                         device_done_fn *done, void *context, struct command_action **ret_action,
                         struct error *error);
void command_action_cancel(struct command_action *action); /* NULL is allowed */

#endif
