/* SPDX-License-Identifier: MIT */
/* Drives one real device: by its web page, by a switch port's power (SNMP), by commands, or by
 * asking a person. Nothing blocks: each action runs on the loop and ends in one callback. While one
 * is under way the device is a debtor of the loop. */
#ifndef RCLAB_DEVICE_DEVICE_H
#define RCLAB_DEVICE_DEVICE_H

#include "harness/device/driver.h"
#include "harness/scenario/scenario.h"

extern const char *const device_action_names[DEVICE_ACTIONS]; /* "factory reset", "power off", … */

struct device;
int device_new(const struct device_config *config, struct device **ret_device, struct error *error);
void device_free(
    struct device *device); /* ends what is in flight: its command's process group too */

/* What a step does to a device. False: nothing. */
bool device_action_of(const struct step *step, enum device_action *ret_action);

/* Which way an action would take, so that a run can say in advance what it cannot do: NONE = the
 * lab file gives no way. */
enum lab_driver device_way(const struct lab_phone *phone, enum device_action action);

/* How the phone answers may overtake the callback: a device is told by a command that takes its
 * time, and boots before the command has ended. LAB_DRIVER_WEB actions are done when the page has
 * answered 200; LAB_DRIVER_MANUAL when the person was asked; LAB_DRIVER_COMMAND when the command
 * has ended with exit code 0 (what it left running in its process group is killed); LAB_DRIVER_SNMP
 * when the switch says itself that the port is as it was set. A factory reset or reboot by the page
 * is done, too, if the phone broke the connection off after the request had gone out with the login
 * that the page asks for: it is then on its way down.
 * address: the phone's (as in base/address.h); needed by page actions only (0 = unknown:
 * ERROR_UNAVAILABLE). argument: CONFIGURE: the form, URL-encoded; RESYNC: the URL; else NULL. It is
 * copied.
 * One action at a time (ERROR_LIMIT). ERROR_UNAVAILABLE: there is no way, or nobody to be asked.
 * The callback never comes from inside this call, and not at all if this call fails. */
int device_act(struct device *device, enum device_action action, uint32_t address,
               const char *argument, device_done_fn *done, void *context, struct error *error);
bool device_is_busy(const struct device *device);
/* The callback is not called. A reboot by power may thus end with the power off. */
void device_cancel(struct device *device);

#endif
