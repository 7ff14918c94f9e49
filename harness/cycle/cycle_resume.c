/* SPDX-License-Identifier: MIT */
#include "harness/cycle/cycle_internal.h"
#include "harness/cycle/evidence.h"
#include <string.h>

static bool is_kept(void *context, uint64_t number, const char *id)
{
    const struct cycle *cycle = context;
    const struct kept *kept = &cycle->tally->kept;
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        if (run->cycle == number &&
            strcmp(cycle->config->plan->courses[run->course].bound.id, id) == 0)
            return true;
    }
    return false;
}

int cycle_reconcile(struct cycle *cycle, struct error *error)
{
    struct kept *kept = &cycle->tally->kept;
    char path[FOLDER_PATH_MAX];
    for (size_t i = kept->count; i-- > 0;) {
        const struct kept_run *run = &kept->runs[i];
        const char *id = cycle->config->plan->courses[run->course].bound.id;
        int result = evidence_path(cycle->config->out, run->cycle, id, path, error);
        if (result < 0)
            return result;
        if (!evidence_is_there(path)) /* removed, and the program ended before it was noted */
            kept_remove(kept, i);
    }
    return evidence_reconcile(cycle->config->out, is_kept, cycle, error);
}
