/* SPDX-License-Identifier: MIT */
/* What this process holds of the machine: it must not grow over days. */
#ifndef RCLAB_CYCLE_USAGE_H
#define RCLAB_CYCLE_USAGE_H

#include "harness/base/error.h"
#include <stdbool.h>
#include <stdint.h>

struct usage {
    bool known;
    uint64_t resident_bytes, descriptors;
};
/* From /proc/self; ERROR_SYSTEM where there is none. */
int usage_read(struct usage *ret_usage, struct error *error);

#endif
