/* SPDX-License-Identifier: MIT */
/* A regular file read whole. Never waits: a pipe or a device is refused. */
#ifndef RCLAB_BASE_WHOLE_FILE_H
#define RCLAB_BASE_WHOLE_FILE_H

#include "harness/base/error.h"
#include <stddef.h>
#include <stdint.h>

/* *ret_bytes is malloc'd, with a NUL behind that is not counted. The error says what is wrong
 * without the path: "it is no regular file", "it is larger than 4 MiB", "No such file or …". */
int whole_file_read(const char *path, size_t max_bytes, uint8_t **ret_bytes, size_t *ret_length,
                    struct error *error);

#endif
