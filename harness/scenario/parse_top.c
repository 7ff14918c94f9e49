/* SPDX-License-Identifier: MIT */
/* The top-level keys but `given` and `steps`; the target is the scenario. */
#include "harness/base/suggest.h"
#include "harness/scenario/parse.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TAG_MAX = 64, PHONE_NAME_MAX = 32 };

void read_title(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    const char *text;
    if (!value_text(parse, value, "a title", &text))
        return;
    if (strchr(text, '\n'))
        parse_expected(parse, value, NULL, "a title of one line (more goes into `about:`)");
    scenario->title = text;
}

void read_about(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    value_text(parse, value, "a text", &scenario->about);
}

static bool repeated(struct parse *parse, const struct node *list, const struct node *item)
{
    for (const struct node *before = list->first; before != item; before = before->next) {
        if (before->kind != NODE_SCALAR || strcmp(before->text, item->text) != 0)
            continue;
        parse_expected(parse, item, NULL, "each of them once");
        return true;
    }
    return false;
}

void read_covers(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    if (!value_is_list(parse, value, "a list of rule ids such as [RC-PEND-3]"))
        return;
    const char *ids[RULE_COUNT];
    enum rule_id *covers = parse_keep(parse, RULE_COUNT, sizeof *covers);
    for (size_t i = 0; i < RULE_COUNT; i++)
        ids[i] = rules[i].id;
    for (const struct node *item = value->first; covers && item; item = item->next) {
        if (item->kind == NODE_SCALAR && repeated(parse, value, item))
            continue;
        if (item->kind == NODE_SCALAR && rule_find(item->text, &covers[scenario->cover_count])) {
            scenario->cover_count++; /* at most RULE_COUNT: none comes twice */
            if (scenario->cover_count == RULE_COUNT)
                break;
            continue;
        }
        parse_expected(parse, item,
                       item->kind == NODE_SCALAR ? suggest_nearest(item->text, ids, RULE_COUNT)
                                                 : NULL,
                       "the id of a rule, %s to %s", ids[0], ids[RULE_COUNT - 1]);
    }
    scenario->covers = covers;
}

static bool is_tag(const char *text)
{
    size_t length = strlen(text);
    for (const char *t = text; *t; t++)
        if (!isalnum((unsigned char)*t) && (t == text || !strchr("-_.", *t)))
            return false;
    return length > 0 && length <= TAG_MAX;
}

void read_tags(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    if (!value_is_list(parse, value, "a list of words"))
        return;
    const char **tags = parse_keep(parse, value->count, sizeof *tags);
    for (const struct node *item = value->first; tags && item; item = item->next) {
        if (item->kind != NODE_SCALAR || !is_tag(item->text))
            parse_expected(parse, item, NULL,
                           "a tag: a word of letters, digits, `-`, `_` and `.`, at most %d long",
                           TAG_MAX);
        else if (!repeated(parse, value, item))
            tags[scenario->tag_count++] = item->text;
    }
    scenario->tags = tags;
}

/* --- phones ------------------------------------------------------------------------------- */

struct phones_draft {
    const char **models; /* in the scratch arena */
    size_t model_count;
    uint64_t count; /* 0 = not said */
};

static void read_model(struct parse *parse, const struct node *value, void *target)
{
    struct phones_draft *draft = target;
    bool list = value->kind == NODE_LIST;
    size_t index, count = list ? value->count : 1;
    if (list && !value_is_list(parse, value, "a model or a list of models"))
        return;
    draft->models = parse_scratch(parse, count, sizeof *draft->models);
    if (!draft->models)
        return;
    for (const struct node *item = list ? value->first : value; item;
         item = list ? item->next : NULL)
        if (value_word(parse, item, "a phone model", phone_models, phone_model_count, &index))
            draft->models[draft->model_count++] = phone_models[index];
}

static void read_count(struct parse *parse, const struct node *value, void *target)
{
    struct phones_draft *draft = target;
    value_number(parse, value, "a count of phones", 1, SCENARIO_PHONES_MAX, &draft->count);
}

void read_phones(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{"model", read_model, true},
                                          {"count", read_count, false}};
    struct scenario *scenario = target;
    struct phones_draft draft = {0};
    scenario->phone_count = 0; /* as long as it is wrong */
    scenario->phones_stated = true;
    if (!fields_read(parse, value, "`phones`", fields, 2, &draft) || draft.model_count == 0)
        return;
    size_t count = draft.count ? (size_t)draft.count : draft.model_count;
    if (count > SCENARIO_PHONES_MAX) {
        parse_error(parse, value->place, "expected at most %d phones, found %zu",
                    SCENARIO_PHONES_MAX, count);
        return;
    }
    if (count < draft.model_count) {
        parse_expected(parse, node_child(value, "count"), NULL,
                       "at least one phone of each of the %zu models", draft.model_count);
        return;
    }
    struct scenario_phone *phones = parse_keep(parse, count, sizeof *phones);
    for (size_t i = 0; phones && i < count; i++) {
        char name[PHONE_NAME_MAX];
        phones[i].model = draft.models[i % draft.model_count];
        snprintf(name, sizeof name, "%s-%zu", phones[i].model, i + 1);
        phones[i].name = arena_string(&scenario->arena, name);
        if (!phones[i].name) {
            parse_exhausted(parse);
            return;
        }
    }
    scenario->phones = phones;
    scenario->phone_count = phones ? count : 0;
}

/* --- the rest ----------------------------------------------------------------------------- */

void read_readings(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    value_readings(parse, value, &scenario->readings, scenario->readings_stated);
}

void read_runs_on(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {"emulated", "real"};
    struct scenario *scenario = target;
    scenario->runs_emulated = scenario->runs_real = false;
    if (!value_is_list(parse, value, "a list of emulated and real"))
        return;
    for (const struct node *item = value->first; item; item = item->next) {
        size_t index;
        if (!value_word(parse, item, "what it runs on", words, 2, &index) ||
            repeated(parse, value, item))
            continue;
        *(index ? &scenario->runs_real : &scenario->runs_emulated) = true;
    }
}

void read_waive(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    char joined[WORDS_TEXT_MAX];
    if (!value_is_map(parse, value, "a map of standing rules to the reason why not"))
        return;
    struct waiver *waivers = parse_keep(parse, value->count, sizeof *waivers);
    for (const struct node *item = value->first; waivers && item; item = item->next) {
        const char *reason;
        size_t rule = 0;
        while (rule < STANDING_COUNT && strcmp(standing_rule_names[rule], item->key->text) != 0)
            rule++;
        if (rule == STANDING_COUNT)
            parse_expected(parse, item->key,
                           suggest_nearest(item->key->text, standing_rule_names, STANDING_COUNT),
                           "a standing rule (%s)",
                           words_join(standing_rule_names, STANDING_COUNT, joined));
        else if (value_text(parse, item, "the reason why this rule does not apply", &reason))
            waivers[scenario->waiver_count++] =
                (struct waiver){(enum standing_rule)rule, reason, item->key->place};
    }
    scenario->waivers = waivers;
}

void read_tolerance(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    scenario->tolerance_stated = value_tolerance(parse, value, &scenario->tolerance);
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
