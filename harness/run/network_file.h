/* SPDX-License-Identifier: MIT */
/* network.json: what the lines of a run's phones did to frames. */
#ifndef RCLAB_RUN_NETWORK_FILE_H
#define RCLAB_RUN_NETWORK_FILE_H

#include "harness/base/error.h"
#include "harness/run/site.h"

#define NETWORK_FILE_NAME "network.json"
/* Into the run's folder; `phones`: those of the run by their number at the site, with their names.
 * Nothing is written where none of them has a line. */
int network_file_write(const struct site *site, const size_t *phones, const char *const *names,
                       size_t count, const char *folder, struct error *error);

#endif
