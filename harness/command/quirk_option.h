/* SPDX-License-Identifier: MIT */
/* The option --quirk of every command that has emulated phones. */
#ifndef RCLAB_COMMAND_QUIRK_OPTION_H
#define RCLAB_COMMAND_QUIRK_OPTION_H

#include "fakes/phone/quirks.h"
#include "harness/command/command.h"

/* 0, or the exit code + 1: the list was asked for ("help"), or the name is unknown. */
int quirk_option(const struct command *command, const char *name,
                 const struct phone_quirk **ret_quirk);

#endif
