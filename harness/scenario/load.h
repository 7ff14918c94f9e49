/* SPDX-License-Identifier: MIT */
/* From files to checked scenarios, with every problem of every file. */
#ifndef RCLAB_SCENARIO_LOAD_H
#define RCLAB_SCENARIO_LOAD_H

#include "harness/base/buffer.h"
#include "harness/scenario/scenario.h"
#include "harness/yaml/diagnostics.h"

struct suite {                   /* scenarios in a stable order */
    struct scenario **scenarios; /* owned */
    size_t count;
};
/* One file from memory: a scenario for each of its cases, one if it has none. ERROR_INVALID if it
 * has any problem (then diagnostics grew). `directory` is where `file:` bodies are looked up. */
int scenario_parse_all(const char *path, const char *directory, const uint8_t *bytes, size_t length,
                       struct suite *ret_scenarios, struct diagnostics *diagnostics);
/* The scenario of that case of a file that was carried out and is to be judged again; `case_name`
 * NULL: of a file without cases. What a `file:` held was sent then and is not needed now: such
 * bodies are empty. NULL if there is no such case, or a problem anywhere in the file. */
struct scenario *scenario_parse_case(const char *path, const uint8_t *bytes, size_t length,
                                     const char *case_name, struct diagnostics *diagnostics);
/* The only scenario of a file, the first of its cases. */
struct scenario *scenario_parse(const char *path, const char *directory, const uint8_t *bytes,
                                size_t length, struct diagnostics *diagnostics);
void scenario_free(struct scenario *scenario);

/* A suite: every *.yaml / *.yml below the paths given (files or folders, sorted), in a stable
 * order, ids set and unique. 0, or ERROR_INVALID with all problems of all files in diagnostics (a
 * path that does not exist or a folder without scenarios is one too). */
int suite_load(const char *const *paths, size_t path_count, struct suite *ret_suite,
               struct diagnostics *diagnostics);
void suite_free(struct suite *suite);

#endif
