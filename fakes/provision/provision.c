/* SPDX-License-Identifier: MIT */
#include "fakes/provision/provision.h"
#include "fakes/edos/flat_profile.h"

static const struct parameter defaults[] = {
    {"Station_Name", "Reception", {0, 0}}, {"Proxy_1_", "sip.provider.example", {0, 0}},
    {"User_ID_1_", "1001", {0, 0}},        {"Display_Name_1_", "Reception", {0, 0}},
    {"Register_1_", "Yes", {0, 0}},
};
enum { DEFAULT_COUNT = sizeof defaults / sizeof defaults[0] };

void provision_config_write(const struct parameter *parameters, size_t count,
                            const char *const *substitutions, struct buffer *buffer)
{
    flat_profile_write(defaults, DEFAULT_COUNT, parameters, count, substitutions, buffer);
}

void provision_push_write(const struct parameter *parameters, size_t count,
                          const char *const *substitutions, struct buffer *buffer)
{
    flat_profile_write(NULL, 0, parameters, count, substitutions, buffer);
}
