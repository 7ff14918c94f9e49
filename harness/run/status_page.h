/* SPDX-License-Identifier: MIT */
/* Reading a phone's status.xml: bytes from a device. Pure. */
#ifndef RCLAB_RUN_STATUS_PAGE_H
#define RCLAB_RUN_STATUS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATUS_PAGE_BYTES_MAX = 1 << 20, STATUS_PAGE_VALUE_MAX = 128 };

/* The text of the first element `name` ("Customization"), trimmed; false if the bytes are no
 * well-formed XML up to it or hold none. */
bool status_page_value(const uint8_t *bytes, size_t length, const char *name,
                       char value[STATUS_PAGE_VALUE_MAX]);

#endif
