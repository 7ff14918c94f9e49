/* SPDX-License-Identifier: MIT */
/* `10%`, `5s`, `10% 5s`, a list of those, or {percent: 10, at-least: 5s}. */
#include "harness/base/duration.h"
#include "harness/scenario/parse.h"
#include <stdio.h>
#include <string.h>

enum { PART_TEXT_MAX = 48, PERCENT_MAX = 100 };
static const char what[] = "a tolerance such as 10%, 5s or \"10% 5s\"";

struct draft {
    struct tolerance tolerance;
    bool has_percent, has_at_least;
};

/* One of the two, and each only once. */
static bool part_set(struct draft *draft, const char *text)
{
    char part[PART_TEXT_MAX];
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof part)
        return false;
    if (text[length - 1] != '%') {
        bool again = draft->has_at_least;
        draft->has_at_least = true;
        return !again && duration_parse(text, &draft->tolerance.at_least_us);
    }
    memcpy(part, text, length - 1);
    part[length - 1] = '\0';
    bool again = draft->has_percent;
    draft->has_percent = true;
    return !again && decimal_parse(part, PERCENT_MAX, &draft->tolerance.percent);
}

static bool read_words(struct parse *parse, const struct node *node, struct draft *draft)
{
    const char *rest = node->text;
    bool good = !node->nothing && *rest != '\0';
    while (good && *rest) {
        char part[PART_TEXT_MAX];
        size_t length = strcspn(rest, " ");
        good = length > 0 && length < sizeof part;
        if (!good)
            break;
        memcpy(part, rest, length);
        part[length] = '\0';
        good = part_set(draft, part);
        rest += length;
        rest += strspn(rest, " ");
    }
    if (!good)
        parse_expected(parse, node, NULL, "%s", what);
    return good;
}

static bool read_list(struct parse *parse, const struct node *node, struct draft *draft)
{
    bool good = value_is_list(parse, node, what);
    for (const struct node *item = node->first; good && item; item = item->next) {
        good = item->kind == NODE_SCALAR && !item->nothing && part_set(draft, item->text);
        if (!good)
            parse_expected(parse, item, NULL, "10%% or 5s, each at most once");
    }
    return good;
}

static void read_percent(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    if (value->kind != NODE_SCALAR ||
        !decimal_parse(value->text, PERCENT_MAX, &draft->tolerance.percent))
        parse_expected(parse, value, NULL, "a percentage from 0 to %d", PERCENT_MAX);
}

static void read_at_least(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    value_duration(parse, value, 0, &draft->tolerance.at_least_us);
}

bool value_tolerance(struct parse *parse, const struct node *node, struct tolerance *ret_tolerance)
{
    static const struct field fields[] = {
        {"percent", read_percent, false},
        {"at-least", read_at_least, false},
    };
    struct draft draft = {0};
    size_t problems = parse->problems;
    if (node->kind == NODE_SCALAR) {
        read_words(parse, node, &draft);
    } else if (node->kind == NODE_LIST) {
        read_list(parse, node, &draft);
    } else {
        if (node->kind == NODE_MAP && node->count == 0)
            parse_expected(parse, node, NULL, "%s", what);
        fields_read(parse, node, "a tolerance", fields, 2, &draft);
    }
    if (parse->problems != problems || node->kind == NODE_BROKEN)
        return false;
    *ret_tolerance = draft.tolerance;
    return true;
}
