/* SPDX-License-Identifier: MIT */
/* The folders that runs go to. */
#ifndef RCLAB_BASE_FOLDER_H
#define RCLAB_BASE_FOLDER_H

#include "harness/base/error.h"

enum { FOLDER_PATH_MAX = 4096 };

/* The folder and those above it, as far as they are missing. */
int folder_make(const char *path, struct error *error);
/* Removes the files in it; files of an earlier run must not be taken for the next one's. A folder
 * within it is an error: it was not made here. */
int folder_empty(const char *path, struct error *error);
/* The folder with its files; best effort. */
void folder_remove(const char *path);

#endif
