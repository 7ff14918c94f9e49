/* SPDX-License-Identifier: MIT */
#include "fakes/phone/rule_options.h"
#include <stddef.h>
#include <string.h>

static const char blanks[] = " \t";

/* One word or "quoted words", up to the bracket; NULL: there is none. */
static const char *next_word(const char *at, const char **ret_word, size_t *ret_length)
{
    at += strspn(at, blanks);
    if (*at == '"') {
        const char *end = strchr(at + 1, '"');
        if (!end)
            return NULL;
        *ret_word = at + 1;
        *ret_length = (size_t)(end - at - 1);
        return end + 1;
    }
    *ret_word = at;
    *ret_length = strcspn(at, " \t]");
    return *ret_length > 0 ? at + *ret_length : NULL;
}

static char *place_of(struct rule_options *options, const char *word, size_t length)
{
    const struct {
        const char *name;
        char *place;
    } known[] = {{"--key", options->key}, {"--uid", options->user}, {"--pwd", options->password}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == length && memcmp(known[i].name, word, length) == 0)
            return known[i].place;
    return NULL;
}

const char *rule_options_read(const char *rule, struct rule_options *ret_options)
{
    const char *at = rule + strspn(rule, blanks), *word, *next;
    size_t length;
    *ret_options = (struct rule_options){.key = ""};
    if (*at != '[')
        return at;
    at++;
    while ((next = next_word(at, &word, &length))) {
        char *place = place_of(ret_options, word, length);
        at = next;
        if (!place)
            continue;
        next = next_word(at, &word, &length);
        if (!next)
            break;
        at = next;
        if (length < RULE_VALUE_MAX) {
            memcpy(place, word, length);
            place[length] = '\0';
        }
    }
    at += strspn(at, blanks);
    const char *end = strchr(at, ']');
    return end ? end + 1 + strspn(end + 1, blanks) : rule;
}
