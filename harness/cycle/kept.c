/* SPDX-License-Identifier: MIT */
#include "harness/cycle/kept.h"
#include <stdlib.h>
#include <string.h>

int kept_init(struct kept *kept, struct error *error)
{
    *kept = (struct kept){.runs = calloc(KEPT_RUNS_MAX, sizeof *kept->runs)};
    return kept->runs ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

void kept_done(struct kept *kept)
{
    free(kept->runs);
    *kept = (struct kept){0};
}

static bool passed(const struct kept_run *run)
{
    return run->verdict == VERDICT_PASS;
}

bool kept_add(struct kept *kept, const struct kept_run *run)
{
    if (kept->count == KEPT_RUNS_MAX)
        return false;
    kept->runs[kept->count++] = *run;
    kept->bytes += run->bytes;
    if (!passed(run))
        kept->failure_bytes += run->bytes;
    return true;
}

void kept_remove(struct kept *kept, size_t index)
{
    struct kept_run *run = &kept->runs[index];
    kept->bytes -= run->bytes;
    if (!passed(run))
        kept->failure_bytes -= run->bytes;
    kept->count--;
    memmove(run, run + 1, (kept->count - index) * sizeof *run);
}

static bool is_newest_pass_of_its_phone(const struct kept *kept, size_t index)
{
    for (size_t i = index + 1; i < kept->count; i++) {
        if (passed(&kept->runs[i]) && kept->runs[i].phone == kept->runs[index].phone)
            return false;
    }
    return true;
}

static int oldest_failure(const struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (!passed(&kept->runs[i]) && !kept->runs[i].first_of_kind)
            return (int)i;
    }
    return KEPT_NONE;
}

static int oldest_pass(const struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (passed(&kept->runs[i]) && !is_newest_pass_of_its_phone(kept, i))
            return (int)i;
    }
    return KEPT_NONE;
}

int kept_choose(const struct kept *kept, uint64_t limit_bytes)
{
    int chosen = KEPT_NONE;
    if (kept->failure_bytes > limit_bytes / 2)
        chosen = oldest_failure(kept);
    if (chosen == KEPT_NONE && kept->bytes > limit_bytes)
        chosen = oldest_pass(kept);
    if (chosen != KEPT_NONE || kept->count < KEPT_RUNS_MAX)
        return chosen;
    chosen = oldest_pass(kept);
    if (chosen == KEPT_NONE)
        chosen = oldest_failure(kept);
    return chosen == KEPT_NONE ? 0 : chosen; /* there has to be a place */
}
