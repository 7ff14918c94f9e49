/* SPDX-License-Identifier: MIT */
/* How many files a run of many emulated phones has open: for each phone its network namespace, its
 * sockets (frames, names, page, connections), the polls of its libraries, its certificate. */
#ifndef RCLAB_RUN_OPEN_FILES_H
#define RCLAB_RUN_OPEN_FILES_H

#include "harness/base/error.h"
#include <stddef.h>

enum { OPEN_FILES_A_PHONE = 16, OPEN_FILES_OTHERS = 512 };

/* Lets this process have as many as so many phones need. ERROR_UNAVAILABLE: it may not, with what
 * to do about it. */
int open_files_allow(size_t phones, struct error *error);

#endif
