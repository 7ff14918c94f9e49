/* SPDX-License-Identifier: MIT */
/* Where a recording goes: a folder that somebody names, and that may be anybody's. */
#ifndef RCLAB_SERVE_SERVE_FOLDER_H
#define RCLAB_SERVE_SERVE_FOLDER_H

#include "harness/base/error.h"

/* Makes the folder. Of one that is there already, only the files of an earlier recording are
 * removed, by their names; whatever else is in it stays. */
int serve_folder_make(const char *path, struct error *error);

#endif
