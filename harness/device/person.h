/* SPDX-License-Identifier: MIT */
/* What a person is asked to do to a phone, in one sentence. */
#ifndef RCLAB_DEVICE_PERSON_H
#define RCLAB_DEVICE_PERSON_H

#include "harness/device/device.h"

enum { PERSON_TEXT_MAX = 512 };

/* Of the first four actions; the others need no hand. Returns text. */
const char *person_text(const struct lab_phone *phone, enum device_action action,
                        char text[PERSON_TEXT_MAX]);

#endif
