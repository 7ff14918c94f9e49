/* SPDX-License-Identifier: MIT */
#include "harness/base/address.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include "harness/scenario/parse.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool value_is_list(struct parse *parse, const struct node *node, const char *what)
{
    if (node->kind != NODE_LIST || node->count == 0) {
        parse_expected(parse, node, NULL, "%s", what);
        return false;
    }
    if (node->count > SCENARIO_LIST_MAX) {
        parse_error(parse, node->place, "expected at most %d items in a list, found %zu",
                    SCENARIO_LIST_MAX, node->count);
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

bool value_state(struct parse *parse, const struct node *node, enum customization_state *ret_state)
{
    size_t index;
    if (!value_word(parse, node, "a customization state", customization_state_names + STATE_OPEN,
                    STATE_COUNT - STATE_OPEN, &index))
        return false;
    *ret_state = (enum customization_state)(index + STATE_OPEN);
    return true;
}

bool value_address(struct parse *parse, const struct node *node, uint32_t *ret_address)
{
    if (node->kind == NODE_SCALAR && ipv4_parse(node->text, ret_address))
        return true;
    parse_expected(parse, node, NULL, "an IPv4 address such as 192.0.2.1");
    return false;
}

/* --- ${name} ------------------------------------------------------------------------------ */

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

/* --- parameters --------------------------------------------------------------------------- */

bool parameter_is_name(const char *text)
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
