/* SPDX-License-Identifier: MIT */
/* Values of the language that are more than a word or a number. */
#include "harness/scenario/language.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool value_state(struct parse *parse, const struct node *node, enum customization_state *ret_state)
{
    size_t index;
    if (!value_word(parse, node, "a customization state",
                    vendor_default()->state_names + STATE_OPEN, STATE_COUNT - STATE_OPEN, &index))
        return false;
    *ret_state = (enum customization_state)(index + STATE_OPEN);
    return true;
}

bool value_model(struct parse *parse, const struct node *node, const char **ret_model)
{
    const char *const *models = vendor_default()->models;
    size_t index;
    if (!value_word(parse, node, "a phone model", models, vendor_default()->model_count, &index))
        return false;
    *ret_model = models[index];
    return true;
}

void value_readings(struct parse *parse, const struct node *node, struct readings *readings,
                    bool stated[READING_COUNT])
{
    const char *names[READING_COUNT];
    if (!value_is_map(parse, node, "a map of readings"))
        return;
    for (size_t i = 0; i < READING_COUNT; i++)
        names[i] = vendor_default()->readings[i].name;
    for (const struct node *item = node->first; item; item = item->next) {
        size_t reading, index;
        if (value_word(parse, item->key, "a reading", names, READING_COUNT, &reading) &&
            value_word(parse, item, "a value of this reading",
                       vendor_default()->readings[reading].values, READING_VALUES, &index)) {
            readings_set(readings, reading, (int)index);
            stated[reading] = true;
        }
    }
}

/* --- ${name} --- */

/* The next "${…}" at or behind *text: its inside, cut into `name`; *text moves behind it. */
static bool next_name(const char **text, char name[NODE_FOUND_SHOWN_MAX])
{
    const char *begin = strstr(*text, "${");
    if (!begin)
        return false;
    size_t length = strcspn(begin + 2, "}");
    snprintf(name, NODE_FOUND_SHOWN_MAX, "%.*s",
             (int)(length < NODE_FOUND_SHOWN_MAX ? length : NODE_FOUND_SHOWN_MAX), begin + 2);
    *text = begin + 2 + length;
    if (**text == '}')
        (*text)++;
    else
        name[0] = '\0'; /* never closed: no name */
    return true;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        if (strcmp(substitution_names[i], name) == 0)
            return true;
    return false;
}

bool value_names_known(struct parse *parse, const struct node *node, const char *text)
{
    char name[NODE_FOUND_SHOWN_MAX], joined[WORDS_TEXT_MAX], found[NODE_FOUND_MAX];
    bool known = true;
    while (next_name(&text, name)) {
        if (is_known(name))
            continue;
        known = false;
        const char *suggestion = suggest_nearest(name, substitution_names, SUBSTITUTE_COUNT);
        parse_error(parse, node->place, "expected a known name in ${…} (%s), found %s%s%s%s",
                    words_join(substitution_names, SUBSTITUTE_COUNT, joined),
                    *name ? node_quote(name, found) : "no name",
                    suggestion ? "; did you mean `" : "", suggestion ? suggestion : "",
                    suggestion ? "`?" : "");
    }
    return known;
}

bool value_names_absent(struct parse *parse, const struct node *node, const char *text)
{
    if (!strstr(text, "${"))
        return true;
    parse_expected(parse, node, NULL, "a text without ${…}, which no expectation replaces");
    return false;
}

size_t value_literal_bytes(const char *text)
{
    char name[NODE_FOUND_SHOWN_MAX];
    size_t literal = 0;
    for (const char *begin = text; next_name(&text, name); begin = text)
        literal += (size_t)(strstr(begin, "${") - begin);
    return literal + strlen(text);
}

/* --- parameters --- */

static bool is_parameter(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("_-.", *text))
            return false;
    return true;
}

bool value_parameters(struct parse *parse, const struct node *node, const char *what,
                      bool (*is_name)(const char *), const char *name_what,
                      const struct parameter **ret_parameters, size_t *ret_count)
{
    if (!value_is_map(parse, node, what))
        return false;
    struct parameter *parameters = parse_keep(parse, node->count, sizeof *parameters);
    size_t count = 0;
    if (!parameters)
        return false;
    for (const struct node *value = node->first; value; value = value->next) {
        const char *text;
        if (!is_name(value->key->text)) {
            parse_expected(parse, value->key, NULL, "%s", name_what);
            continue;
        }
        if (!value_scalar(parse, value, "a text (\"\" for an empty one)", &text))
            continue;
        parameters[count++] = (struct parameter){value->key->text, text, value->key->place};
    }
    *ret_parameters = parameters;
    *ret_count = count;
    return count == node->count;
}

bool value_phone_parameters(struct parse *parse, const struct node *node,
                            const struct parameter **ret_parameters, size_t *ret_count)
{
    char name_what[NODE_FOUND_MAX];
    snprintf(name_what, sizeof name_what, "the name of a phone parameter such as %s",
             vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_REDIRECTS)->name);
    return value_parameters(parse, node, "a map of phone parameters", is_parameter, name_what,
                            ret_parameters, ret_count);
}

void value_phone(struct parse *parse, const struct node *node, int *ret_phone)
{
    const struct scenario *scenario = parse_scenario(parse);
    const char *text;
    uint64_t number;
    if (!value_text(parse, node, "a phone's name or number", &text) || scenario->phone_count == 0)
        return; /* no phones: `phones:` is wrong, and which there should be is unknown */
    for (size_t i = 0; i < scenario->phone_count; i++) {
        if (strcmp(scenario->phones[i].name, text) == 0) {
            *ret_phone = (int)i;
            return;
        }
    }
    if (text[strspn(text, "0123456789")] == '\0') {
        if (value_number(parse, node, "a phone", 1, scenario->phone_count, &number))
            *ret_phone = (int)number - 1;
        return;
    }
    const char **names = parse_scratch(parse, scenario->phone_count, sizeof *names);
    for (size_t i = 0; names && i < scenario->phone_count; i++)
        names[i] = scenario->phones[i].name;
    parse_expected(parse, node, names ? suggest_nearest(text, names, scenario->phone_count) : NULL,
                   "a phone's name such as %s, or its number", scenario->phones[0].name);
}

/* --- tolerances: `10%`, `5s`, `10% 5s`, a list of those, or {percent: 10, at-least: 5s} --- */

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

bool value_tolerance(struct parse *parse, const struct node *node, struct tolerance *ret_tolerance)
{
    static const struct field fields[] = {
        {.key = "percent", .read = read_percent},
        {.key = "at-least", DURATION_AT(struct draft, tolerance.at_least_us, 0)},
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
        fields_read(parse, node, "a tolerance", fields, FIELDS_COUNT(fields), &draft);
    }
    if (parse->problems != problems || node->kind == NODE_BROKEN)
        return false;
    *ret_tolerance = draft.tolerance;
    return true;
}
