/* SPDX-License-Identifier: MIT */
/* The line on a terminal that says how far a long row of runs has come. */
#ifndef RCLAB_MUTANTS_PROGRESS_H
#define RCLAB_MUTANTS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MUTANTS_PROGRESS_TEXT_MAX = 256 };
struct mutants_progress {
    FILE *stream;     /* borrowed; NULL = nobody looks */
    const char *what; /* "defects caught" */
    size_t done, total, runs;
    uint64_t started_us;
    char now[MUTANTS_PROGRESS_TEXT_MAX];
};
void mutants_progress_init(struct mutants_progress *progress, FILE *stream, const char *what,
                           size_t total);
void mutants_progress_now(struct mutants_progress *progress, const char *who, const char *what);
void mutants_progress_tick(struct mutants_progress *progress);
void mutants_progress_done(struct mutants_progress *progress); /* takes the line away */
#endif
