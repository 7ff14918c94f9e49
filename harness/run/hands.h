/* SPDX-License-Identifier: MIT */
/* What is done to one phone: to an emulated one by its page or its keys and its power, to a real
 * one by the drivers that the lab file names. */
#ifndef RCLAB_RUN_HANDS_H
#define RCLAB_RUN_HANDS_H

#include "harness/run/driver.h"

/* Begins the driver's present step on this phone. True: something was done or begun. */
bool hands_emulated(struct driver *driver, size_t phone);
bool hands_device(struct driver *driver, size_t phone);
/* Switches real devices on again that a scenario left without power. True: one was. */
bool hands_restore_power(struct driver *driver);
/* A real device is still busy with what was begun. */
bool hands_busy(const struct driver *driver);

#endif
