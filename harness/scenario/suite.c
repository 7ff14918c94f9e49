/* SPDX-License-Identifier: MIT */
/* Files and folders to scenarios with ids of their own. */
#include "harness/scenario/load.h"
#include "harness/scenario/suite_files.h"
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

struct loading {
    struct suite suite;
    size_t capacity; /* of its list */
    struct diagnostics *diagnostics;
    void *ids; /* a tree (tsearch) of the ids in use, borrowed from the scenarios */
    bool failed;
};

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void keep_nothing(void *id)
{
    (void)id;
}

/* The id itself, or with the first of -2, -3, … that nobody has. */
static const char *unique_id(struct loading *loading, struct scenario *scenario, const char *id)
{
    char candidate[SUITE_ID_MAX + CASE_NAME_MAX + 16];
    snprintf(candidate, sizeof candidate, "%s", id);
    for (unsigned n = 2; tfind(candidate, &loading->ids, compare_ids); n++)
        snprintf(candidate, sizeof candidate, "%s-%u", id, n);
    const char *kept = arena_string(&scenario->arena, candidate);
    return kept && tsearch(kept, &loading->ids, compare_ids) ? kept : NULL;
}

static void out_of_memory(struct loading *loading, const char *path)
{
    diagnostics_add(loading->diagnostics, path, (struct place){0}, "out of memory");
    loading->failed = true;
}

/* Takes the scenario over. */
static void keep(struct loading *loading, const struct suite_file *file, struct scenario *scenario)
{
    if (loading->suite.count == loading->capacity) {
        size_t capacity = loading->capacity ? 2 * loading->capacity : CAPACITY_FIRST;
        struct scenario **grown = realloc(loading->suite.scenarios, capacity * sizeof *grown);
        if (!grown) {
            scenario_free(scenario);
            out_of_memory(loading, file->path);
            return;
        }
        loading->suite.scenarios = grown;
        loading->capacity = capacity;
    }
    loading->suite.scenarios[loading->suite.count++] = scenario;
    char id[SUITE_ID_MAX + CASE_NAME_MAX + 2];
    const char *name = scenario->case_name;
    snprintf(id, sizeof id, "%s%s%s", file->id, name ? "-" : "", name ? name : "");
    scenario->id = unique_id(loading, scenario, id);
    if (!scenario->id)
        out_of_memory(loading, file->path);
}

static void load_file(struct loading *loading, const struct suite_file *file)
{
    size_t length = 0;
    uint8_t *bytes = suite_file_read(file->path, &length, loading->diagnostics);
    if (!bytes) {
        loading->failed = true;
        return;
    }
    char directory[SUITE_PATH_MAX];
    suite_file_directory(file->path, directory);
    struct suite cases;
    int result =
        scenario_parse_all(file->path, directory, bytes, length, &cases, loading->diagnostics);
    free(bytes);
    if (result < 0) {
        loading->failed = true;
        return;
    }
    for (size_t i = 0; i < cases.count; i++)
        keep(loading, file, cases.scenarios[i]);
    free(cases.scenarios);
}

int suite_load(const char *const *paths, size_t path_count, struct suite *ret_suite,
               struct diagnostics *diagnostics)
{
    struct loading loading = {.diagnostics = diagnostics};
    struct suite_files files;
    suite_files_init(&files, diagnostics);
    for (size_t i = 0; i < path_count; i++)
        suite_files_add(&files, paths[i]);
    loading.failed = files.failed;
    for (size_t i = 0; i < files.count; i++)
        load_file(&loading, &files.items[i]);
    suite_files_done(&files);
    tdestroy(loading.ids, keep_nothing);
    if (loading.failed) {
        suite_free(&loading.suite);
        return ERROR_INVALID;
    }
    *ret_suite = loading.suite;
    return 0;
}

void suite_free(struct suite *suite)
{
    for (size_t i = 0; i < suite->count; i++)
        scenario_free(suite->scenarios[i]);
    free(suite->scenarios);
    *suite = (struct suite){0};
}
