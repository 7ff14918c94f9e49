/* SPDX-License-Identifier: MIT */
/* Files read and written whole, and the folders that they go to. */
#ifndef RCLAB_BASE_FILE_H
#define RCLAB_BASE_FILE_H

#include "harness/base/error.h"
#include <stddef.h>
#include <stdint.h>

enum { FILE_PATH_MAX = 4096 };

/* A regular file. Never waits: a pipe or a device is refused. *ret_bytes is malloc'd, with a NUL
 * behind that is not counted. The error says what is wrong without the path: "it is no regular
 * file", "it is larger than 4 MiB", "No such file or …". */
int file_read(const char *path, size_t max_bytes, uint8_t **ret_bytes, size_t *ret_length,
              struct error *error);
/* Writes "PATH.new" and renames it: whoever looks finds the old file or the new one. On failure the
 * old one is untouched. ERROR_SYSTEM, ERROR_LIMIT. */
int file_write(const char *path, const void *bytes, size_t length, struct error *error);
/* The same, and it is on the disk when this returns, so that a power cut leaves one of them, too.
 */
int file_write_durable(const char *path, const void *bytes, size_t length, struct error *error);

/* The folder and those above it, as far as they are missing. */
int folder_make(const char *path, struct error *error);
/* The same, and removes the files in it: those of an earlier run must not be taken for the next
 * one's. A folder within it is an error: it was not made here. */
int folder_make_empty(const char *path, struct error *error);
/* The folder with its files; best effort. */
void folder_remove(const char *path);

#endif
