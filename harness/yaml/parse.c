/* SPDX-License-Identifier: MIT */
#include "harness/yaml/parse.h"
#include "harness/base/suggest.h"
#include <stdio.h>
#include <string.h>

/* What is wrong with the part that cases share would otherwise be told once for each. */
static void drop_repeated(struct parse *parse)
{
    struct diagnostics *diagnostics = parse->diagnostics;
    if (!parse->again || diagnostics->count <= parse->first_problem)
        return;
    const struct error *last = &diagnostics->items[diagnostics->count - 1];
    for (size_t i = parse->first_problem; i + 1 < diagnostics->count; i++) {
        const struct error *before = &diagnostics->items[i];
        if (before->line == last->line && before->column == last->column &&
            strcmp(before->text, last->text) == 0) {
            diagnostics->count--;
            return;
        }
    }
}

void parse_error(struct parse *parse, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics_add_list(parse->diagnostics, parse->path, place, format, arguments);
    va_end(arguments);
    parse->problems++;
    drop_repeated(parse);
}

void parse_expected(struct parse *parse, const struct node *node, const char *suggestion,
                    const char *format, ...)
{
    if (node->kind == NODE_BROKEN)
        return;
    char expected[ERROR_TEXT_MAX / 2], found[NODE_FOUND_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    parse_error(parse, node->place, "expected %s, found %s%s%s%s", expected,
                node_describe(node, found), suggestion ? "; did you mean `" : "",
                suggestion ? suggestion : "", suggestion ? "`?" : "");
}

void parse_exhausted(struct parse *parse)
{
    if (!parse->exhausted)
        parse_error(parse, (struct place){1, 1},
                    "expected a %s that fits into %d MiB of memory, found more", parse->noun,
                    PARSE_KEPT_BYTES_MAX >> 20);
    parse->exhausted = true;
}

void *parse_keep(struct parse *parse, size_t count, size_t item_bytes)
{
    void *items = arena_array(parse->arena, count, item_bytes);
    if (!items)
        parse_exhausted(parse);
    return items;
}

void *parse_scratch(struct parse *parse, size_t count, size_t item_bytes)
{
    void *items = arena_array(&parse->scratch, count, item_bytes);
    if (!items)
        parse_exhausted(parse);
    return items;
}

const char *words_join(const char *const *words, size_t count, char text[WORDS_TEXT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < WORDS_TEXT_MAX; i++) {
        int n = snprintf(text + used, WORDS_TEXT_MAX - used, "%s%s", i ? ", " : "", words[i]);
        if (n > 0)
            used += (size_t)n;
    }
    return text;
}

void field_unsupported(struct parse *parse, const struct node *value, void *target)
{
    (void)target;
    parse_error(parse, value->key->place,
                "`%s:` is not supported yet by this version; leave it out", value->key->text);
}

static const struct field *field_find(const struct field *fields, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

/* The keys that a map may have, but for those of a later version; how many there are. */
static size_t field_names(const struct field *fields, size_t count, const char *names[FIELDS_MAX])
{
    size_t known = 0;
    for (size_t i = 0; i < count && known < FIELDS_MAX; i++)
        if (fields[i].read != field_unsupported)
            names[known++] = fields[i].key;
    return known;
}

bool fields_read(struct parse *parse, const struct node *node, const char *what,
                 const struct field *fields, size_t count, void *target)
{
    bool complete = true;
    const char *names[FIELDS_MAX];
    char joined[WORDS_TEXT_MAX];
    size_t known = field_names(fields, count, names);
    words_join(names, known, joined);
    if (parse->discreet && node->kind == NODE_SCALAR && !node->nothing) {
        parse_error(parse, node->place, "expected a map with the keys of %s (%s), found a text",
                    what, joined);
        return false;
    }
    if (node->kind != NODE_MAP) {
        parse_expected(parse, node, NULL, "a map with the keys of %s (%s)", what, joined);
        return false;
    }
    const char *meant[FIELDS_MAX]; /* missed by a slip of the pen: said already */
    size_t meant_count = 0;
    for (const struct node *value = node->first; value; value = value->next) {
        const struct field *field = field_find(fields, count, value->key->text);
        if (field) {
            field->read(parse, value, target);
            continue;
        }
        complete = false;
        if (parse->discreet && value->nothing) { /* {password: a,b} has the key `b` */
            parse_error(parse, value->key->place,
                        "expected a key of %s (%s) with a value, found a word alone; a text that "
                        "holds a comma needs quotes, and a colon a space behind it",
                        what, joined);
            continue;
        }
        const char *near = suggest_nearest(value->key->text, names, known);
        parse_expected(parse, value->key, near, "a key of %s (%s)", what, joined);
        if (near && meant_count < FIELDS_MAX)
            meant[meant_count++] = near;
    }
    for (size_t i = 0; i < count; i++) {
        bool missing = fields[i].required && !node_child(node, fields[i].key);
        for (size_t k = 0; k < meant_count; k++)
            missing &= meant[k] != fields[i].key;
        if (!missing)
            continue;
        parse_error(parse, node->place, "expected `%s:` in %s, found no such key", fields[i].key,
                    what);
        complete = false;
    }
    return complete;
}
