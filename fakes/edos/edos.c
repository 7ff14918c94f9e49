/* SPDX-License-Identifier: MIT */
#include "fakes/edos/edos.h"
#include "fakes/edos/flat_profile.h"

static const struct parameter defaults[] = {
    {"Profile_Rule", "${provision.http}/$PSN.xml", {0, 0}},
    {"Resync_Error_Retry_Delay",
     "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400",
     {0, 0}},
};
enum { DEFAULT_COUNT = sizeof defaults / sizeof defaults[0] };

void edos_profile_write(const struct parameter *parameters, size_t count,
                        const char *const *substitutions, struct buffer *buffer)
{
    flat_profile_write(defaults, DEFAULT_COUNT, parameters, count, substitutions, buffer);
}

const char *edos_profile_value(const struct parameter *parameters, size_t count, const char *name)
{
    return flat_profile_value(defaults, DEFAULT_COUNT, parameters, count, name);
}
