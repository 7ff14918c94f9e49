/* SPDX-License-Identifier: MIT */
/* Which files make up a suite, in which order, under which names. Internal to this room. */
#ifndef RCLAB_SCENARIO_SUITE_FILES_H
#define RCLAB_SCENARIO_SUITE_FILES_H

#include "harness/scenario/load.h"
#include <sys/types.h>

enum {
    SUITE_FILES_MAX = 10000,
    SUITE_DEPTH_MAX = 16, /* folders within each other */
    SUITE_ID_MAX = 160,   /* bytes with NUL: it names a folder */
    SUITE_PATH_MAX = 4096,
};

struct suite_file {
    char *path; /* as the user would write it; owned */
    char id[SUITE_ID_MAX];
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

void suite_files_init(struct suite_files *files, struct diagnostics *diagnostics);
void suite_files_done(struct suite_files *files);
/* A file, or every *.yaml and *.yml below a folder, sorted by path; not what is there already.
 * What is wrong goes to the diagnostics and sets `failed`. */
void suite_files_add(struct suite_files *files, const char *path);
/* malloc'd; NULL after reporting. */
uint8_t *suite_file_read(const char *path, size_t *ret_length, struct diagnostics *diagnostics);
/* "a/b" of "a/b/c.yaml", "." of "c.yaml". */
void suite_file_directory(const char *path, char directory[SUITE_PATH_MAX]);

#endif
