/* SPDX-License-Identifier: MIT */
#include "harness/base/size.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool size_parse(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGT";
    char *end;
    unsigned shift = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (errno != 0 || (*end && (!unit || end[1])))
        return false;
    if (unit)
        shift = 10u * (unsigned)(unit - units + 1);
    if (number > UINT64_MAX >> shift)
        return false;
    *ret_bytes = (uint64_t)number << shift;
    return true;
}
