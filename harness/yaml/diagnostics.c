/* SPDX-License-Identifier: MIT */
#include "harness/yaml/diagnostics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 8 };

void diagnostics_init(struct diagnostics *diagnostics)
{
    *diagnostics = (struct diagnostics){0};
}

void diagnostics_done(struct diagnostics *diagnostics)
{
    free(diagnostics->items);
    *diagnostics = (struct diagnostics){0};
}

static bool make_room(struct diagnostics *diagnostics)
{
    if (diagnostics->count < diagnostics->capacity)
        return true;
    if (diagnostics->count >= DIAGNOSTICS_MAX)
        return false;
    size_t capacity = diagnostics->capacity ? 2 * diagnostics->capacity : CAPACITY_FIRST;
    if (capacity > DIAGNOSTICS_MAX)
        capacity = DIAGNOSTICS_MAX;
    struct error *items = realloc(diagnostics->items, capacity * sizeof *items);
    if (!items)
        return false;
    diagnostics->items = items;
    diagnostics->capacity = capacity;
    return true;
}

void diagnostics_add_list(struct diagnostics *diagnostics, const char *file, struct place place,
                          const char *format, va_list arguments)
{
    if (!make_room(diagnostics)) {
        diagnostics->cut = true;
        return;
    }
    struct error *error = &diagnostics->items[diagnostics->count++];
    vsnprintf(error->text, sizeof error->text, format, arguments);
    snprintf(error->file, sizeof error->file, "%s", file);
    error->line = place.line;
    error->column = place.column;
}

void diagnostics_add(struct diagnostics *diagnostics, const char *file, struct place place,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics_add_list(diagnostics, file, place, format, arguments);
    va_end(arguments);
}

static bool is_behind(const struct error *a, const struct error *b)
{
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* By insertion: it is stable, and the items come in order but for a few. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first)
{
    struct error *items = diagnostics->items;
    for (size_t i = first + 1; i < diagnostics->count; i++) {
        if (!is_behind(&items[i - 1], &items[i]))
            continue;
        struct error moved = items[i];
        size_t to = i;
        for (; to > first && is_behind(&items[to - 1], &moved); to--)
            items[to] = items[to - 1];
        items[to] = moved;
    }
}

void diagnostics_format(const struct diagnostics *diagnostics, struct buffer *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct error *error = &diagnostics->items[i];
        if (error->file[0])
            buffer_format(out, "%s:", error->file);
        if (error->line)
            buffer_format(out, "%u:%u:", error->line, error->column);
        buffer_format(out, "%serror: %s\n", error->file[0] || error->line ? " " : "", error->text);
    }
    if (diagnostics->cut)
        buffer_format(out, "error: more problems than the %d shown\n", DIAGNOSTICS_MAX);
}
