/* SPDX-License-Identifier: MIT */
/* What the tests of error messages share. */
#ifndef RCLAB_YAML_DIAGNOSTICS_TESTING_H
#define RCLAB_YAML_DIAGNOSTICS_TESTING_H

#include "harness/base/testing.h"
#include "harness/yaml/diagnostics.h"
#include <stdio.h>
#include <string.h>

enum { PROBLEMS_MAX = 6 };
struct error_case {
    const char *text;
    const char
        *problems[PROBLEMS_MAX]; /* "LINE:COLUMN: part of the message", all of them in order */
};

/* Whether it is at this place and says so. */
bool testing_error_matches(const struct error *error, const char *problem);
void testing_show(const char *text, const struct diagnostics *diagnostics);
/* That these problems came, and no others. */
void testing_check_problems(const struct error_case *wanted, const struct diagnostics *diagnostics);

#endif
