/* SPDX-License-Identifier: MIT */
/* The folders of a cycle run's runs: OUT/runs/CYCLE/ID/. */
#ifndef RCLAB_CYCLE_EVIDENCE_H
#define RCLAB_CYCLE_EVIDENCE_H

#include "harness/base/error.h"
#include "harness/base/folder.h"
#include <stdbool.h>
#include <stdint.h>

int evidence_path(const char *out, uint64_t cycle, const char *id, char path[FOLDER_PATH_MAX],
                  struct error *error);
/* Makes the folder, and empties it. */
int evidence_make(const char *path, struct error *error);
/* That its files take on the disk. */
uint64_t evidence_bytes(const char *path);
bool evidence_is_there(const char *path);
/* Best effort; the cycle's folder goes with its last run. */
void evidence_remove(const char *path);
/* Removes every run's folder that is not wanted: what a run left that nothing is known of. What
 * cannot be such a folder is left alone. */
int evidence_reconcile(const char *out,
                       bool (*wanted)(void *context, uint64_t cycle, const char *id), void *context,
                       struct error *error);

#endif
