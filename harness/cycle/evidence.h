/* SPDX-License-Identifier: MIT */
/* The folders of a cycle run's runs: OUT/runs/CYCLE/ID/, and which of them are kept within a limit
 * on disk space. */
#ifndef RCLAB_CYCLE_EVIDENCE_H
#define RCLAB_CYCLE_EVIDENCE_H

#include "harness/base/file.h"
#include "harness/judge/judge.h"

int evidence_path(const char *out, uint64_t cycle, const char *id, char path[FILE_PATH_MAX],
                  struct error *error);
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

/* --- which one goes next; pure -------------------------------------------------------------- */

/* Runs that did not pass are kept until they use more than their half of the limit, then the oldest
 * of them goes, but never the first of its kind. The rest is for runs that passed: the oldest goes,
 * but never the newest of a phone. */
enum { KEPT_RUNS_MAX = 4096, KEPT_NONE = -1 };

struct kept_run {
    uint64_t cycle, bytes;
    uint32_t course, phone; /* numbers; of several phones the first */
    enum verdict verdict;
    bool first_of_kind; /* of its rule, at its phone */
};
struct kept {
    struct kept_run *runs; /* owned; oldest first, KEPT_RUNS_MAX of them allocated */
    size_t count;
    uint64_t bytes, failure_bytes; /* of all; of those that did not pass */
};

int kept_init(struct kept *kept, struct error *error);
void kept_done(struct kept *kept); /* safe on zeroed */
/* False: KEPT_RUNS_MAX are there. */
bool kept_add(struct kept *kept, const struct kept_run *run);
void kept_remove(struct kept *kept, size_t index);
/* The run to be removed next so that the limit holds and another one has a place; KEPT_NONE. */
int kept_choose(const struct kept *kept, uint64_t limit_bytes);

#endif
