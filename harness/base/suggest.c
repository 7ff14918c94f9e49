/* SPDX-License-Identifier: MIT */
#include "harness/base/suggest.h"
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63, EDITS_MAX = 3 }; /* longer names get no suggestion */

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
 * string alignment). Three rows of the table are enough: a swap looks two rows back. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above_two = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = above[j - 1] + !same(a[i - 1], b[j - 1]);
            best = smaller(best, above[j] + 1);
            best = smaller(best, row[j - 1] + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                best = smaller(best, above_two[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a_length % 3][b_length];
}

const char *suggest_nearest(const char *text, const char *const *candidates, size_t count)
{
    size_t text_length = strlen(text);
    if (text_length > NAME_MAX_BYTES)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = EDITS_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(candidates[i]);
        if (length > NAME_MAX_BYTES)
            continue;
        size_t longer = length > text_length ? length : text_length;
        size_t allowed = longer < 6 ? 1 : smaller(longer / 3, EDITS_MAX);
        size_t distance = edit_distance(text, text_length, candidates[i], length);
        /* A name all of whose letters changed is no near miss. */
        if (distance <= allowed && distance < longer && distance < nearest_distance) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}
