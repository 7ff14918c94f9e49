/* SPDX-License-Identifier: MIT */
/* Report files appear whole or not at all. */
#ifndef RCLAB_REPORT_FILE_H
#define RCLAB_REPORT_FILE_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"

/* What all files of this room are built in; a report may not grow beyond it. */
#define REPORT_FILE_BYTES_MAX ((size_t)256 << 20)

/* Writes the buffer to "PATH.new" and renames it. ERROR_LIMIT when the buffer has failed,
 * ERROR_SYSTEM. */
int report_file_write(const char *path, const struct buffer *buffer, struct error *error);

#endif
