/* SPDX-License-Identifier: MIT */
/* Which files make up a suite, in which order and under which names, and their scenarios. */
#include "harness/base/file.h"
#include "harness/scenario/load.h"
#include "harness/yaml/diagnostics.h"
#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum {
    SUITE_FILES_MAX = 10000,
    SUITE_DEPTH_MAX = 16, /* folders within each other */
    ID_MAX = 160,         /* bytes with NUL: it names a folder */
    PATH_BYTES_MAX = 4096,
    CAPACITY_FIRST = 32,
};

struct suite_file {
    char *path; /* as the user would write it; owned */
    char id[ID_MAX];
    dev_t device;
    ino_t inode;
};
struct suite_files {
    struct suite_file *items; /* owned */
    size_t count, capacity;
    size_t seen;                     /* come across, those that were there already too */
    struct diagnostics *diagnostics; /* borrowed */
    bool failed;
};

/* "a/b" of "a/b/c.yaml", "." of "c.yaml". */
static void directory_of(const char *path, char directory[PATH_BYTES_MAX])
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(directory, PATH_BYTES_MAX, ".");
    else
        snprintf(directory, PATH_BYTES_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static void files_init(struct suite_files *files, struct diagnostics *diagnostics)
{
    *files = (struct suite_files){.diagnostics = diagnostics};
}

static void files_done(struct suite_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].path);
    free(files->items);
    *files = (struct suite_files){0};
}

static void complain(struct suite_files *files, const char *path, const char *text)
{
    diagnostics_add(files->diagnostics, path, (struct place){0}, "%s", text);
    files->failed = true;
}

/* --- ids --- */

static bool is_folder_letter(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

/* A path below the suite's folder as the name of a folder: "pending-backoff". */
static void id_from_path(const char *path, char id[ID_MAX])
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    bool has_extension = dot && dot > (slash ? slash + 1 : path);
    size_t length = has_extension ? (size_t)(dot - path) : strlen(path), used = 0;
    for (size_t i = 0; i < length && used < ID_MAX - 1; i++) {
        unsigned char c = (unsigned char)path[i];
        bool hides = i == 0 && c == '.';
        id[used++] = (char)(is_folder_letter(c) && !hides ? c : '-');
    }
    while (used > 0 && ((unsigned char)path[used] & 0xc0) == 0x80)
        used--; /* not within a character */
    id[used] = '\0';
}

/* Of a file named by itself: with its folder's name, if that is one. */
static void id_from_file(const char *path, char id[ID_MAX])
{
    const char *base = strrchr(path, '/');
    const char *from = base ? base : path;
    while (from > path && from[-1] != '/')
        from--;
    size_t parent = base ? (size_t)(base - from) : 0;
    bool is_name = parent > 0 && !(parent == 1 && from[0] == '.') &&
                   !(parent == 2 && from[0] == '.' && from[1] == '.');
    id_from_path(is_name ? from : base ? base + 1 : path, id);
}

/* What stands behind the last folder named `scenarios`, NULL if none is. */
static const char *below_scenarios(const char *path)
{
    static const char name[] = "scenarios";
    const char *below = NULL;
    while (*path) {
        size_t length = strcspn(path, "/");
        const char *next = path + length + strspn(path + length, "/");
        if (path[length] == '/' && length == sizeof name - 1 && memcmp(path, name, length) == 0)
            below = next;
        path = next;
    }
    return below;
}

static bool goes_up(const char *path)
{
    const char *dots = strstr(path, "../");
    return dots && (dots == path || dots[-1] == '/' || goes_up(dots + 2));
}

/* The same however the file was named: from here, from above, by its whole path. `real` holds what
 * is returned, if `path` does not. */
static const char *below_suite(const char *path, char real[PATH_BYTES_MAX])
{
    char directory[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/'), *below = NULL;
    directory_of(path, directory);
    char *resolved = realpath(directory, NULL);
    int length =
        resolved ? snprintf(real, PATH_BYTES_MAX, "%s/%s", resolved, slash ? slash + 1 : path) : -1;
    free(resolved);
    if (length >= 0 && length < PATH_BYTES_MAX)
        below = below_scenarios(real);
    /* A link of that name may stand for another folder. */
    return below || goes_up(path) ? below : below_scenarios(path);
}

/* --- collecting --- */

static bool is_there(const struct suite_files *files, const struct stat *status)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].inode == status->st_ino && files->items[i].device == status->st_dev)
            return true;
    return false;
}

static bool make_room(struct suite_files *files)
{
    if (files->count < files->capacity)
        return true;
    size_t capacity = files->capacity ? 2 * files->capacity : CAPACITY_FIRST;
    struct suite_file *items = realloc(files->items, capacity * sizeof *items);
    if (!items)
        return false;
    files->items = items;
    files->capacity = capacity;
    return true;
}

/* `below` is the path below the folder given, NULL for a file named by itself. */
static void add_file(struct suite_files *files, const char *path, const char *below,
                     const struct stat *status)
{
    files->seen++;
    if (is_there(files, status))
        return;
    char *copy = strdup(path);
    if (files->count >= SUITE_FILES_MAX || !copy || !make_room(files)) {
        free(copy);
        complain(files, path, "expected at most 10000 scenarios that fit into memory, found more");
        return;
    }
    struct suite_file *file = &files->items[files->count++];
    *file = (struct suite_file){.path = copy, .device = status->st_dev, .inode = status->st_ino};
    char real[PATH_BYTES_MAX];
    const char *suite_path = below_suite(path, real);
    if (suite_path || below)
        id_from_path(suite_path ? suite_path : below, file->id);
    else
        id_from_file(path, file->id);
}

static bool is_scenario_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static void add_folder(struct suite_files *files, const char *path, size_t root_length,
                       unsigned depth);

static void add_entry(struct suite_files *files, const char *folder, size_t root_length,
                      unsigned depth, const char *name)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    size_t folder_length = strlen(folder);
    const char *slash = folder_length && folder[folder_length - 1] == '/' ? "" : "/";
    int length = snprintf(path, sizeof path, "%s%s%s", folder, slash, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        complain(files, folder, "expected shorter paths below this folder");
        return;
    }
    /* A link to a folder is not followed: it may lead back. */
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        add_folder(files, path, root_length, depth + 1);
    } else if (is_scenario_name(name)) {
        const char *below = path + root_length;
        below += strspn(below, "/");
        if (stat(path, &status) != 0)
            complain(files, path, strerror(errno));
        else if (S_ISREG(status.st_mode))
            add_file(files, path, below, &status);
    }
}

static void add_folder(struct suite_files *files, const char *path, size_t root_length,
                       unsigned depth)
{
    if (depth > SUITE_DEPTH_MAX) {
        complain(files, path, "expected at most 16 folders within each other, found more");
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, NULL);
    if (count < 0) {
        complain(files, path, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            add_entry(files, path, root_length, depth, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static int by_path(const void *a, const void *b)
{
    const struct suite_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* A file, or every *.yaml and *.yml below a folder, sorted by path; not what is there already.
 * What is wrong goes to the diagnostics and sets `failed`. */
static void files_add(struct suite_files *files, const char *path)
{
    struct stat status;
    size_t before = files->count, seen = files->seen;
    if (stat(path, &status) != 0) {
        complain(files, path, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        bool failed = files->failed;
        files->failed = false;
        add_folder(files, path, strlen(path), 1);
        if (files->seen == seen && !files->failed)
            complain(files, path, "expected scenarios (*.yaml) in this folder, found none");
        files->failed |= failed;
        if (files->count > before)
            qsort(files->items + before, files->count - before, sizeof *files->items, by_path);
    } else {
        add_file(files, path, NULL, &status);
    }
}

/* --- reading --- */

/* malloc'd; NULL after reporting. */
static uint8_t *read_file(const char *path, size_t *ret_length, struct diagnostics *diagnostics)
{
    uint8_t *bytes;
    struct error error;
    if (file_read(path, SCENARIO_FILE_BYTES_MAX, &bytes, ret_length, &error) == 0)
        return bytes;
    diagnostics_add(diagnostics, path, (struct place){0}, "cannot be read: %s", error.text);
    return NULL;
}

/* --- their scenarios --- */

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
    char candidate[ID_MAX + CASE_NAME_MAX + 16];
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
    char id[ID_MAX + CASE_NAME_MAX + 2];
    const char *name = scenario->case_name;
    snprintf(id, sizeof id, "%s%s%s", file->id, name ? "-" : "", name ? name : "");
    scenario->id = unique_id(loading, scenario, id);
    if (!scenario->id)
        out_of_memory(loading, file->path);
}

static void load_file(struct loading *loading, const struct suite_file *file)
{
    size_t length = 0;
    uint8_t *bytes = read_file(file->path, &length, loading->diagnostics);
    if (!bytes) {
        loading->failed = true;
        return;
    }
    char directory[PATH_BYTES_MAX];
    directory_of(file->path, directory);
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
    files_init(&files, diagnostics);
    for (size_t i = 0; i < path_count; i++)
        files_add(&files, paths[i]);
    loading.failed = files.failed;
    for (size_t i = 0; i < files.count; i++)
        load_file(&loading, &files.items[i]);
    files_done(&files);
    tdestroy(loading.ids, keep_nothing);
    if (loading.failed) {
        suite_free(&loading.suite);
        return ERROR_INVALID;
    }
    *ret_suite = loading.suite;
    return 0;
}
