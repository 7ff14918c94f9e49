/* SPDX-License-Identifier: MIT */
#include "harness/base/address.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include "harness/yaml/parse.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

bool value_address(struct parse *parse, const struct node *node, uint32_t *ret_address)
{
    if (node->kind == NODE_SCALAR && ipv4_parse(node->text, ret_address))
        return true;
    parse_expected(parse, node, NULL, "an IPv4 address such as 192.0.2.1");
    return false;
}
