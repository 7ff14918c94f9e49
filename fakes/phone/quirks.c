/* SPDX-License-Identifier: MIT */
#include "fakes/phone/quirks.h"
#include <string.h>

const struct phone_quirk phone_quirks[] = {
    {QUIRK_RETRY_EVERY_MINUTE,
     "retry-every-minute",
     {"RC-PEND-3"},
     "While Pending it asks EDOS again every minute: the delay never doubles."},
};
const size_t phone_quirk_count = sizeof phone_quirks / sizeof phone_quirks[0];

const struct phone_quirk *phone_quirk_find(const char *name)
{
    for (size_t i = 0; i < phone_quirk_count; i++)
        if (strcmp(phone_quirks[i].name, name) == 0)
            return &phone_quirks[i];
    return NULL;
}
