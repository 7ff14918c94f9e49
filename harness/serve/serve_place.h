/* SPDX-License-Identifier: MIT */
/* Where the sockets of running `rclab serve`s are: LAB.serve in /run/rclab (root's) or
 * $XDG_RUNTIME_DIR/rclab, unless somebody names another path. */
#ifndef RCLAB_SERVE_SERVE_PLACE_H
#define RCLAB_SERVE_SERVE_PLACE_H

#include "harness/base/error.h"

enum { SERVE_PLACE_MAX = 4096 };

/* For a lab that is about to be served; makes the folder, for its owner alone. */
int serve_place_make(const char *lab, char ret_path[SERVE_PLACE_MAX], struct error *error);
/* Of the one that is being served, or (lab not NULL) of that name. ERROR_UNAVAILABLE: there is
 * none. ERROR_INVALID: there are several, and the error names them. */
int serve_place_find(const char *lab, char ret_path[SERVE_PLACE_MAX], struct error *error);

#endif
