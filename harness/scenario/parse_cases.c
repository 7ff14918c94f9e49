/* SPDX-License-Identifier: MIT */
/* The table of `cases:`. The file is read once for each case; before any meaning is given to the
 * tree, ${case.NAME} in it is replaced by what the case says there, place included, so that what is
 * wrong with a value is told where it stands. */
#include "harness/base/buffer.h"
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include <stdio.h>
#include <string.h>

#define USE_BEGIN "${case."
enum {
    CASE_KEYS_MAX = FIELDS_MAX,
    USE_BEGIN_BYTES = sizeof USE_BEGIN - 1,
    USE_NAME_MAX = 64,
};
#define NAME_KEY "name"

struct use { /* where ${case.NAME} was first found */
    const char *name;
    struct place place;
};
struct cases {
    struct parse *parse;
    const struct node *table; /* NULL: there is none that can be read */
    const struct node *chosen;
    bool has_table; /* a `cases:` is there, be it good or bad */
    struct use uses[CASE_KEYS_MAX];
    size_t use_count;
};

/* --- the table --- */

static void check_names(struct parse *parse, const struct node *table, const struct node *item)
{
    const struct node *name = node_child(item, NAME_KEY);
    if (!name) {
        parse_error(parse, item->place, "expected `" NAME_KEY ":` in a case, found no such key");
        return;
    }
    if (name->kind != NODE_SCALAR || !text_is_name(name->text, CASE_NAME_MAX)) {
        parse_expected(parse, name, NULL,
                       "the name of a case: at most %d letters, digits, `-`, `_` and `.`",
                       CASE_NAME_MAX);
        return;
    }
    for (const struct node *before = table->first; before != item; before = before->next) {
        const struct node *other = node_child(before, NAME_KEY);
        if (!other || other->kind != NODE_SCALAR || strcmp(other->text, name->text) != 0)
            continue;
        parse_error(parse, name->place,
                    "expected a name of its own for each case, found `%s` again; it was first "
                    "given at line %u, column %u",
                    name->text, other->place.line, other->place.column);
        return;
    }
}

static void refuse_uses(struct parse *parse, const struct node *node)
{
    if (node->kind == NODE_SCALAR && strstr(node->text, USE_BEGIN))
        parse_expected(parse, node, NULL,
                       "a value without " USE_BEGIN "…}, which the rest of the file may hold");
    if (node->kind == NODE_LIST || node->kind == NODE_MAP)
        for (const struct node *child = node->first; child; child = child->next)
            refuse_uses(parse, child);
}

static bool check_table(struct parse *parse, const struct node *table)
{
    size_t problems = parse->problems;
    if (!value_is_list(parse, table, "a list of cases such as {name: not-found, error: 404}"))
        return false;
    if (table->count > SCENARIO_CASES_MAX) {
        parse_error(parse, table->place, "expected at most %d cases, found %zu", SCENARIO_CASES_MAX,
                    table->count);
        return false;
    }
    for (const struct node *item = table->first; item; item = item->next) {
        if (!value_is_map(parse, item, "a case such as {name: not-found, error: 404}"))
            continue;
        if (item->count > CASE_KEYS_MAX)
            parse_error(parse, item->place, "expected at most %d keys in a case, found %zu",
                        CASE_KEYS_MAX, item->count);
        check_names(parse, table, item);
        refuse_uses(parse, item);
    }
    return parse->problems == problems;
}

/* --- what is used --- */

static bool is_used(const struct cases *cases, const char *name)
{
    for (size_t i = 0; i < cases->use_count; i++)
        if (strcmp(cases->uses[i].name, name) == 0)
            return true;
    return false;
}

static void note_use(struct cases *cases, const char *name, struct place place)
{
    if (is_used(cases, name))
        return;
    if (cases->use_count < CASE_KEYS_MAX)
        cases->uses[cases->use_count++] = (struct use){name, place};
    else
        parse_error(cases->parse, place,
                    "expected at most %d different " USE_BEGIN "…}, found more", CASE_KEYS_MAX);
}

/* The keys that at least one case has. */
static size_t known_keys(const struct cases *cases, const char *keys[CASE_KEYS_MAX])
{
    size_t count = 0;
    for (const struct node *item = cases->table->first; item; item = item->next)
        for (const struct node *value = item->first; value; value = value->next) {
            bool there = false;
            for (size_t i = 0; i < count; i++)
                there |= strcmp(keys[i], value->key->text) == 0;
            if (!there && count < CASE_KEYS_MAX)
                keys[count++] = value->key->text;
        }
    return count;
}

/* The use that a key without one was probably meant for. */
static const char *meant_by(const struct cases *cases, const struct node *item, const char *key)
{
    const char *missing[CASE_KEYS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < cases->use_count; i++)
        if (!node_child(item, cases->uses[i].name))
            missing[count++] = cases->uses[i].name;
    return suggest_nearest(key, missing, count);
}

static void check_case(struct cases *cases, const struct node *item)
{
    const char *meant[CASE_KEYS_MAX];
    size_t meant_count = 0;
    for (const struct node *value = item->first; value; value = value->next) {
        if (strcmp(value->key->text, NAME_KEY) == 0 || is_used(cases, value->key->text))
            continue;
        const char *near = meant_by(cases, item, value->key->text);
        parse_expected(cases->parse, value->key, near,
                       "a key that the file uses as " USE_BEGIN "…}");
        if (near)
            meant[meant_count++] = near;
    }
    for (size_t i = 0; i < cases->use_count; i++) {
        const struct use *use = &cases->uses[i];
        bool missing = !node_child(item, use->name);
        for (size_t k = 0; k < meant_count; k++)
            missing &= meant[k] != use->name;
        if (missing)
            parse_error(cases->parse, item->place,
                        "expected `%s:` in this case, because of " USE_BEGIN
                        "%s} at line %u, column %u; found no such key",
                        use->name, use->name, use->place.line, use->place.column);
    }
}

/* Names that no case knows are told where they are used, the others where they are missing. */
static void check_uses(struct cases *cases)
{
    const char *keys[CASE_KEYS_MAX];
    char joined[WORDS_TEXT_MAX];
    size_t key_count = known_keys(cases, keys), kept = 0;
    for (size_t i = 0; i < cases->use_count; i++) {
        const struct use use = cases->uses[i];
        bool known = strcmp(use.name, NAME_KEY) == 0;
        for (size_t k = 0; k < key_count; k++)
            known |= strcmp(keys[k], use.name) == 0;
        if (known) {
            cases->uses[kept++] = use;
            continue;
        }
        const char *near = suggest_nearest(use.name, keys, key_count);
        parse_error(cases->parse, use.place,
                    "expected a key of the cases (%s) in " USE_BEGIN "…}, found `%s`%s%s%s",
                    words_join(keys, key_count, joined), use.name, near ? "; did you mean `" : "",
                    near ? near : "", near ? "`?" : "");
    }
    /* What a name that nobody knows was meant for is no key without a use. */
    bool all_known = kept == cases->use_count;
    cases->use_count = kept;
    for (const struct node *item = cases->table->first; all_known && item; item = item->next)
        check_case(cases, item);
}

/* --- replacing --- */

static void stop_reading(struct node *node)
{
    node->kind = NODE_BROKEN;
    node->first = NULL;
    node->count = 0;
}

/* The NAME of the "${case.NAME}" that `text` begins with; NULL after reporting. */
static const char *use_name(struct cases *cases, const struct node *node, const char *text,
                            size_t *ret_length)
{
    char name[USE_NAME_MAX];
    size_t length = strcspn(text + USE_BEGIN_BYTES, "}");
    bool closed = text[USE_BEGIN_BYTES + length] == '}';
    if (!closed || length == 0 || length >= sizeof name) {
        parse_expected(cases->parse, node, NULL,
                       USE_BEGIN "NAME} with the name of a key of a case");
        return NULL;
    }
    char *kept = parse_scratch(cases->parse, length + 1, 1);
    if (!kept)
        return NULL;
    memcpy(kept, text + USE_BEGIN_BYTES, length);
    *ret_length = USE_BEGIN_BYTES + length + 1;
    note_use(cases, kept, node->place);
    return kept;
}

static void take_over(struct node *node, const struct node *value)
{
    node->kind = value->kind;
    node->place = value->place;
    node->text = value->text;
    node->nothing = value->nothing;
    node->first = value->first; /* shared by all uses: nothing changes it any more */
    node->count = value->count;
}

static bool is_text(struct cases *cases, const struct node *value, struct place use)
{
    if (value->kind == NODE_SCALAR && !value->nothing)
        return true;
    parse_expected(cases->parse, value, NULL,
                   "a text, as it is used within a longer one at line %u, column %u", use.line,
                   use.column);
    return false;
}

static void replace_in_text(struct cases *cases, struct node *node)
{
    const char *text = node->text, *begin;
    size_t length = 0;
    struct buffer whole;
    buffer_init(&whole, SCENARIO_FILE_BYTES_MAX);
    bool good = true;
    while ((begin = strstr(text, USE_BEGIN))) {
        const char *name = use_name(cases, node, begin, &length);
        const struct node *value = name && cases->chosen ? node_child(cases->chosen, name) : NULL;
        if (value && begin == node->text && begin[length] == '\0') {
            take_over(node, value);
            buffer_done(&whole);
            return;
        }
        good = value && is_text(cases, value, node->place) && good;
        if (!name)
            break;
        buffer_append(&whole, text, (size_t)(begin - text));
        buffer_text(&whole, value && good ? value->text : "");
        text = begin + length;
    }
    buffer_text(&whole, text);
    char *kept = good ? arena_string(cases->parse->arena, buffer_string(&whole)) : NULL;
    if (good && (!kept || whole.failed))
        parse_exhausted(cases->parse);
    if (kept)
        node->text = kept;
    else
        stop_reading(node);
    buffer_done(&whole);
}

static void replace(struct cases *cases, struct node *node)
{
    if (node->key && strstr(node->key->text, USE_BEGIN))
        parse_expected(cases->parse, node->key, NULL,
                       "a key without " USE_BEGIN "…}, which only values may hold");
    if (node->kind == NODE_SCALAR) {
        bool uses = strstr(node->text, USE_BEGIN) != NULL;
        if (uses && !cases->has_table) {
            parse_expected(cases->parse, node, NULL,
                           "a table of `cases:` in a file that speaks of " USE_BEGIN "…}");
            stop_reading(node);
        } else if (uses) {
            replace_in_text(cases, node);
        }
    } else if (node->kind == NODE_LIST || node->kind == NODE_MAP) {
        for (struct node *child = node->first; child; child = child->next)
            replace(cases, child);
    }
}

static const struct node *item_at(const struct node *table, size_t index)
{
    const struct node *item = table->first;
    while (item && index-- > 0)
        item = item->next;
    return item;
}

size_t cases_read(struct parse *parse, struct node *root, size_t index)
{
    struct cases cases = {.parse = parse};
    const struct node *table = node_child(root, "cases"), *title = node_child(root, "scenario");
    if (root->kind != NODE_MAP)
        return 0;
    parse_draft(parse)->title_names_case =
        title && title->kind == NODE_SCALAR && strstr(title->text, USE_BEGIN) != NULL;
    cases.has_table = table != NULL;
    if (table && (index > 0 || check_table(parse, table))) {
        cases.table = table;
        cases.chosen = item_at(table, index);
    }
    size_t problems = parse->problems;
    for (struct node *child = root->first; child; child = child->next)
        if (child != table)
            replace(&cases, child);
    if (cases.table && index == 0 && parse->problems == problems)
        check_uses(&cases);
    if (cases.chosen)
        parse_scenario(parse)->case_name = node_child(cases.chosen, NAME_KEY)->text;
    return cases.table ? cases.table->count : 0;
}
