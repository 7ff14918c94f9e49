/* SPDX-License-Identifier: MIT */
/* A secret that an option stands for: `env:NAME`, `file:PATH`, or the text itself, which everybody
 * on the machine can read in the list of processes. */
#ifndef RCLAB_COMMAND_SECRET_H
#define RCLAB_COMMAND_SECRET_H

#include "harness/base/error.h"

enum { SECRET_BYTES_MAX = 256 }; /* with its NUL */
/* Without a newline at its end. ERROR_INVALID: there is no such variable, the file cannot be read
 * or is no regular one, it is too long. The error says where it was looked for, never what it is.
 */
int secret_read(const char *option, char ret_secret[SECRET_BYTES_MAX], struct error *error);

#endif
