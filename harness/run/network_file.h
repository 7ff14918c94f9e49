/* SPDX-License-Identifier: MIT */
/* network.json: what the lines of a run's phones did to frames. */
#ifndef RCLAB_RUN_NETWORK_FILE_H
#define RCLAB_RUN_NETWORK_FILE_H

#include "harness/base/error.h"
#include "harness/run/site.h"

#define NETWORK_FILE_NAME "network.json"
/* Into the run's folder; of a site with lines. `names`: of its phones. */
int network_file_write(const struct site *site, const char *const *names, const char *folder,
                       struct error *error);

#endif
