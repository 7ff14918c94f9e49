/* SPDX-License-Identifier: MIT */
/* "Did you mean …?": the nearest of some names to a mistyped one. */
#ifndef RCLAB_BASE_SUGGEST_H
#define RCLAB_BASE_SUGGEST_H

#include <stddef.h>

/* The candidate with the smallest edit distance (transpositions count as one, case ignored), NULL
 * if none is nearer than a third of the longer length (at least 1, at most 3 edits). */
const char *suggest_nearest(const char *text, const char *const *candidates, size_t count);

#endif
