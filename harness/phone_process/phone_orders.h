/* SPDX-License-Identifier: MIT */
/* What the hands of `rclab phone` can be told, a line each. Pure: lines in, orders out. */
#ifndef RCLAB_PHONE_PROCESS_PHONE_ORDERS_H
#define RCLAB_PHONE_PROCESS_PHONE_ORDERS_H

#include "harness/base/error.h"
#include <stddef.h>

enum phone_order {
    PHONE_ORDER_POWER_ON,
    PHONE_ORDER_POWER_OFF,
    PHONE_ORDER_FACTORY_RESET,
    PHONE_ORDER_REBOOT,
    PHONE_ORDER_STATE,
    PHONE_ORDER_QUIT,
    PHONE_ORDERS
};
extern const char *const phone_order_names[PHONE_ORDERS]; /* "power on", … */

enum { PHONE_ORDER_LINE_MAX = 64 }; /* bytes, without the newline */

/* Reads a line (NULL: it was too long); white space around and between words does not matter.
 * ERROR_INVALID: it is no order, and the error's one line says what is. */
int phone_order_read(const char *line, size_t length, enum phone_order *ret_order,
                     struct error *error);

#endif
