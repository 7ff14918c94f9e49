/* SPDX-License-Identifier: MIT */
#include "harness/base/suggest.h"
#include "harness/scenario/parse.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool value_state(struct parse *parse, const struct node *node, enum customization_state *ret_state)
{
    size_t index;
    if (!value_word(parse, node, "a customization state", customization_state_names + STATE_OPEN,
                    STATE_COUNT - STATE_OPEN, &index))
        return false;
    *ret_state = (enum customization_state)(index + STATE_OPEN);
    return true;
}

void value_readings(struct parse *parse, const struct node *node, struct readings *readings,
                    bool stated[READING_COUNT])
{
    char joined[WORDS_TEXT_MAX];
    if (!value_is_map(parse, node, "a map of readings"))
        return;
    for (const struct node *item = node->first; item; item = item->next) {
        size_t reading = 0, index;
        while (reading < READING_COUNT && strcmp(reading_names[reading], item->key->text) != 0)
            reading++;
        if (reading == READING_COUNT) {
            parse_expected(parse, item->key,
                           suggest_nearest(item->key->text, reading_names, READING_COUNT),
                           "a reading (%s)", words_join(reading_names, READING_COUNT, joined));
        } else if (value_word(parse, item, "a value of this reading", reading_values[reading], 2,
                              &index)) {
            readings_set(readings, reading, (int)index);
            stated[reading] = true;
        }
    }
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
