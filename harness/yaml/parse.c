/* SPDX-License-Identifier: MIT */
#include "harness/yaml/parse.h"
#include "harness/base/address.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- nodes --- */

/* Where a text is cut so that no character is: at most `max` bytes. */
static size_t whole_characters(const char *text, size_t max)
{
    size_t length = strlen(text);
    if (length <= max)
        return length;
    length = max;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

const char *node_quote(const char *text, char found[NODE_FOUND_MAX])
{
    size_t shown = whole_characters(text, NODE_FOUND_SHOWN_MAX), used = 0;
    found[used++] = '`';
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        found[used++] = (char)(c < ' ' || c == 0x7f ? '?' : c);
    }
    memcpy(found + used, text[shown] ? "…`" : "`", text[shown] ? sizeof "…`" : sizeof "`");
    return found;
}

const char *node_describe(const struct node *node, char found[NODE_FOUND_MAX])
{
    if (node->kind == NODE_LIST)
        return node->count ? "a list" : "an empty list";
    if (node->kind == NODE_MAP)
        return node->count ? "a map" : "an empty map";
    if (*node->text == '\0')
        return node->nothing ? "nothing" : "an empty text";
    return node_quote(node->text, found);
}

const struct node *node_child(const struct node *map, const char *key)
{
    if (map->kind != NODE_MAP)
        return NULL;
    for (const struct node *child = map->first; child; child = child->next)
        if (strcmp(child->key->text, key) == 0)
            return child;
    return NULL;
}

/* --- reporting --- */

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

/* --- maps --- */

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

/* Into an unsigned integer of that size. */
static void store(void *target, size_t bytes, uint64_t number)
{
    switch (bytes) {
    case sizeof(uint16_t):
        *(uint16_t *)target = (uint16_t)number;
        break;
    case sizeof(uint32_t):
        *(uint32_t *)target = (uint32_t)number;
        break;
    default:
        *(uint64_t *)target = number;
        break;
    }
}

void field_read(struct parse *parse, const struct node *value, const struct field *field,
                void *map_target)
{
    void *target = (char *)map_target + field->offset;
    uint64_t number;
    size_t index;
    switch (field->kind) {
    case FIELD_READ:
        field->read(parse, value, target);
        break;
    case FIELD_TEXT:
        value_text(parse, value, field->what, target);
        break;
    case FIELD_NUMBER:
        if (value_number(parse, value, field->what, field->min, field->max, &number))
            store(target, field->bytes, number);
        break;
    case FIELD_DURATION:
        value_duration(parse, value, field->min, target);
        break;
    case FIELD_BOOLEAN:
        value_boolean(parse, value, target);
        break;
    case FIELD_WORD:
        if (value_word(parse, value, field->what, field->words + field->first, field->count,
                       &index))
            store(target, field->bytes, field->first + index);
        break;
    case FIELD_ADDRESS:
        value_address(parse, value, target);
        break;
    }
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
            field_read(parse, value, field, target);
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

/* --- values --- */

enum { DECIMAL_DIGITS_MAX = 6 }; /* before and behind the point */

bool value_is_list(struct parse *parse, const struct node *node, const char *what)
{
    if (node->kind != NODE_LIST || node->count == 0) {
        parse_expected(parse, node, NULL, "%s", what);
        return false;
    }
    if (node->count > VALUE_LIST_MAX) {
        parse_error(parse, node->place, "expected at most %d items in a list, found %zu",
                    VALUE_LIST_MAX, node->count);
        return false;
    }
    return true;
}

bool value_is_map(struct parse *parse, const struct node *node, const char *what)
{
    if (node->kind == NODE_MAP)
        return true;
    parse_expected(parse, node, NULL, "%s", what);
    return false;
}

bool value_scalar(struct parse *parse, const struct node *node, const char *what,
                  const char **ret_text)
{
    if (node->kind != NODE_SCALAR || node->nothing) {
        parse_expected(parse, node, NULL, "%s", what);
        return false;
    }
    *ret_text = node->text;
    return true;
}

bool value_text(struct parse *parse, const struct node *node, const char *what,
                const char **ret_text)
{
    const char *text;
    if (!value_scalar(parse, node, what, &text))
        return false;
    if (*text == '\0') {
        parse_expected(parse, node, NULL, "%s", what);
        return false;
    }
    *ret_text = text;
    return true;
}

/* Decimal digits alone, without a sign or a leading zero, which YAML would read as octal. */
static bool parse_digits(const char *text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (*text == '\0' || (*text == '0' && text[1] != '\0'))
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

bool value_number(struct parse *parse, const struct node *node, const char *what, uint64_t min,
                  uint64_t max, uint64_t *ret_number)
{
    uint64_t number;
    if (node->kind != NODE_SCALAR || !parse_digits(node->text, max, &number) || number < min) {
        parse_expected(parse, node, NULL, "%s, a whole number from %" PRIu64 " to %" PRIu64, what,
                       min, max);
        return false;
    }
    *ret_number = number;
    return true;
}

bool decimal_parse(const char *text, double max, double *ret_number)
{
    size_t whole = strspn(text, "0123456789");
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    const char *end = text + whole + (fraction ? fraction + 1 : 0);
    if (whole == 0 || whole > DECIMAL_DIGITS_MAX || fraction > DECIMAL_DIGITS_MAX || *end != '\0')
        return false;
    double number = 0, weight = 1;
    for (const char *t = text; t < end; t++) {
        if (*t == '.')
            continue;
        number = number * 10 + (*t - '0');
        weight *= t > text + whole ? 10 : 1;
    }
    number /= weight;
    if (number > max)
        return false;
    *ret_number = number;
    return true;
}

bool value_decimal(struct parse *parse, const struct node *node, const char *what, double min,
                   double max, double *ret_number)
{
    double number;
    if (node->kind != NODE_SCALAR || !decimal_parse(node->text, max, &number) || number < min) {
        parse_expected(parse, node, NULL, "%s, a number from %g to %g", what, min, max);
        return false;
    }
    *ret_number = number;
    return true;
}

bool value_duration(struct parse *parse, const struct node *node, uint64_t min_us, uint64_t *ret_us)
{
    uint64_t us, number;
    if (node->kind != NODE_SCALAR || !duration_parse(node->text, &us)) {
        char suggestion[32] = "";
        if (node->kind == NODE_SCALAR && parse_digits(node->text, DURATION_MAX_US, &number))
            snprintf(suggestion, sizeof suggestion, "%" PRIu64 "s", number);
        parse_expected(parse, node, *suggestion ? suggestion : NULL,
                       "a duration such as 500ms, 90s or 1h30m");
        return false;
    }
    if (us < min_us) {
        char least[DURATION_TEXT_MAX];
        if (min_us == 1)
            parse_expected(parse, node, NULL, "a duration above 0");
        else
            parse_expected(parse, node, NULL, "a duration of at least %s",
                           duration_format(min_us, least));
        return false;
    }
    *ret_us = us;
    return true;
}

bool value_word(struct parse *parse, const struct node *node, const char *what,
                const char *const *words, size_t count, size_t *ret_index)
{
    const char *suggestion = NULL;
    if (node->kind == NODE_SCALAR) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(node->text, words[i]) == 0) {
                *ret_index = i;
                return true;
            }
        }
        suggestion = suggest_nearest(node->text, words, count);
    }
    char joined[WORDS_TEXT_MAX];
    parse_expected(parse, node, suggestion, "%s (%s)", what, words_join(words, count, joined));
    return false;
}

bool value_boolean(struct parse *parse, const struct node *node, bool *ret_value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; node->kind == NODE_SCALAR && i < 2; i++) {
        if (strcmp(node->text, words[i]) == 0) {
            *ret_value = i == 1;
            return true;
        }
    }
    const char *near = node->kind == NODE_SCALAR ? suggest_nearest(node->text, words, 6) : NULL;
    for (size_t i = 2; near && i < 6; i++)
        if (near == words[i])
            near = words[i % 2];
    parse_expected(parse, node, near, "true or false");
    return false;
}

bool text_is_name(const char *text, size_t max)
{
    size_t length = strlen(text);
    for (const char *t = text; *t; t++)
        if (!isalnum((unsigned char)*t) && (t == text || !strchr("-_.", *t)))
            return false;
    return length > 0 && length <= max;
}

bool value_address(struct parse *parse, const struct node *node, uint32_t *ret_address)
{
    if (node->kind == NODE_SCALAR && ipv4_parse(node->text, ret_address))
        return true;
    parse_expected(parse, node, NULL, "an IPv4 address such as 192.0.2.1");
    return false;
}
