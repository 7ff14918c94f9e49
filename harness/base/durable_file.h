/* SPDX-License-Identifier: MIT */
/* A file that is there whole, old or new, whatever happens: a kill, a full disk, a power cut. */
#ifndef RCLAB_BASE_DURABLE_FILE_H
#define RCLAB_BASE_DURABLE_FILE_H

#include "harness/base/error.h"
#include <stddef.h>

/* Writes "PATH.new", makes sure that it is on the disk, renames it, makes sure of that. On failure
 * the old file is untouched. ERROR_SYSTEM, ERROR_LIMIT. */
int durable_file_write(const char *path, const void *bytes, size_t length, struct error *error);

#endif
