/* SPDX-License-Identifier: MIT */
/* Where an SRV record of a scenario points to. Pure. */
#ifndef RCLAB_SCENARIO_SERVICE_TARGET_H
#define RCLAB_SCENARIO_SERVICE_TARGET_H

#include "harness/vendor/vendor.h"
#include <stdbool.h>
#include <stdint.h>

enum { SERVICE_HOST_MAX = 254 };

struct service_target {
    char host[SERVICE_HOST_MAX];
    uint16_t port;
};

/* HOST, HOST:PORT, or a ${name} that stands for a URL of the service's scheme; values[SUBSTITUTE_…]
 * is what names stand for. False: it is none of these (RFC 2782 wants a name there, no address). */
bool service_target_read(const char *text, enum vendor_service_kind kind, const char *const *values,
                         struct service_target *ret_target);

#endif
