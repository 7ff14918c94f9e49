/* SPDX-License-Identifier: MIT */
#include "harness/command/quirk_option.h"
#include <string.h>

static void list_quirks(FILE *stream)
{
    for (size_t i = 0; i < phone_quirk_count; i++)
        fprintf(stream, "  %-28s %s (%s)\n", phone_quirks[i].name, phone_quirks[i].summary,
                phone_quirks[i].rules[0]);
}

int quirk_option(const struct command *command, const char *name,
                 const struct phone_quirk **ret_quirk)
{
    if (strcmp(name, "help") == 0) {
        list_quirks(stdout);
        return 1 + EXIT_CODE_PASS;
    }
    *ret_quirk = phone_quirk_find(name);
    if (*ret_quirk)
        return 0;
    fprintf(stderr, "rclab %s: unknown quirk '%s'; known:\n", command->name, name);
    list_quirks(stderr);
    return 1 + EXIT_CODE_USAGE;
}
