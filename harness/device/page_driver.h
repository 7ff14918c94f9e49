/* SPDX-License-Identifier: MIT */
/* An action by the phone's own web page: one HTTP or HTTPS request, logged in as the lab file says
 * (Digest or Basic, whichever the page asks for, or by xuser and xpassword in the query). */
#ifndef RCLAB_DEVICE_PAGE_DRIVER_H
#define RCLAB_DEVICE_PAGE_DRIVER_H

#include "harness/device/device.h"

struct page_action; /* valid until its callback or until it was cancelled */
int page_action_start(const struct device_config *config, enum device_action action,
                      uint32_t address, const char *argument, device_done_fn *done, void *context,
                      struct page_action **ret_action, struct error *error);
void page_action_cancel(struct page_action *action); /* NULL is allowed */

#endif
