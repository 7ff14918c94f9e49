/* SPDX-License-Identifier: MIT */
/* A scenario's whole text: defaults, the top-level keys, `given`. */
#include "harness/scenario/load.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PERCENT = 10, TAG_MAX = 64, PHONE_NAME_MAX = 32 };
_Static_assert((int)SCENARIO_STEPS_MAX <= (int)NODE_LIST_MAX &&
                   (int)SCENARIO_LIST_MAX <= (int)VALUE_LIST_MAX,
               "what a scenario may hold can be read");
#define DEFAULT_AT_LEAST_US (5 * DURATION_S)
#define DEFAULT_LEASE_US (12 * DURATION_H)

/* --- top-level keys: the target is the scenario --- */

static void read_title(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    const char *text;
    if (!value_text(parse, value, "a title", &text))
        return;
    if (strchr(text, '\n'))
        parse_expected(parse, value, NULL, "a title of one line (more goes into `about:`)");
    scenario->title = text;
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

static void read_covers(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    if (!value_is_list(parse, value, "a list of rule ids such as [RC-PEND-3]"))
        return;
    const char *ids[RULE_COUNT];
    enum rule_id *covers = parse_keep(parse, RULE_COUNT, sizeof *covers);
    for (size_t i = 0; i < RULE_COUNT; i++)
        ids[i] = vendor_rule(vendor_default(), (enum rule_id)i)->id;
    for (const struct node *item = value->first; covers && item; item = item->next) {
        if (item->kind == NODE_SCALAR && repeated(parse, value, item))
            continue;
        if (item->kind == NODE_SCALAR &&
            vendor_rule_find(vendor_default(), item->text, &covers[scenario->cover_count])) {
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

static void read_tags(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    if (!value_is_list(parse, value, "a list of words"))
        return;
    const char **tags = parse_keep(parse, value->count, sizeof *tags);
    for (const struct node *item = value->first; tags && item; item = item->next) {
        if (item->kind != NODE_SCALAR || !text_is_name(item->text, TAG_MAX))
            parse_expected(parse, item, NULL,
                           "a tag: a word of letters, digits, `-`, `_` and `.`, at most %d long",
                           TAG_MAX);
        else if (!repeated(parse, value, item))
            tags[scenario->tag_count++] = item->text;
    }
    scenario->tags = tags;
}

/* --- phones --- */

struct phones_draft {
    const char **models; /* in the scratch arena */
    size_t model_count;
    uint64_t count; /* 0 = not said */
};

static void read_model(struct parse *parse, const struct node *value, void *target)
{
    struct phones_draft *draft = target;
    bool list = value->kind == NODE_LIST;
    size_t count = list ? value->count : 1;
    if (list && !value_is_list(parse, value, "a model or a list of models"))
        return;
    draft->models = parse_scratch(parse, count, sizeof *draft->models);
    if (!draft->models)
        return;
    for (const struct node *item = list ? value->first : value; item;
         item = list ? item->next : NULL)
        draft->model_count += value_model(parse, item, &draft->models[draft->model_count]);
}

static void name_phones(struct parse *parse, const char *const *models, size_t model_count,
                        size_t count)
{
    struct scenario *scenario = parse_scenario(parse);
    struct scenario_phone *phones = parse_keep(parse, count, sizeof *phones);
    for (size_t i = 0; phones && i < count; i++) {
        char name[PHONE_NAME_MAX];
        phones[i].model = models[i % model_count];
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

static void read_phones(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{.key = "model", .required = true, .read = read_model},
                                          {.key = "count",
                                           NUMBER_AT(struct phones_draft, count, uint64_t,
                                                     "a count of phones", 1, SCENARIO_PHONES_MAX)}};
    struct scenario *scenario = target;
    struct phones_draft draft = {0};
    scenario->phone_count = 0; /* as long as it is wrong */
    scenario->phones_stated = true;
    if (!fields_read(parse, value, "`phones`", fields, FIELDS_COUNT(fields), &draft) ||
        draft.model_count == 0)
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
    name_phones(parse, draft.models, draft.model_count, count);
}

/* --- the rest --- */

static void read_readings(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    value_readings(parse, value, &scenario->readings, scenario->readings_stated);
}

static void read_runs_on(struct parse *parse, const struct node *value, void *target)
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

static void read_waive(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    if (!value_is_map(parse, value, "a map of standing rules to the reason why not"))
        return;
    struct waiver *waivers = parse_keep(parse, value->count, sizeof *waivers);
    for (const struct node *item = value->first; waivers && item; item = item->next) {
        const char *reason;
        size_t rule;
        if (value_word(parse, item->key, "a standing rule", standing_rule_names, STANDING_COUNT,
                       &rule) &&
            value_text(parse, item, "the reason why this rule does not apply", &reason))
            waivers[scenario->waiver_count++] =
                (struct waiver){(enum standing_rule)rule, reason, item->key->place};
    }
    scenario->waivers = waivers;
}

static void read_tolerance(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    scenario->tolerance_stated = value_tolerance(parse, value, &scenario->tolerance);
}

/* --- `given`: likewise --- */

static void read_given_dhcp(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    struct dhcp_change change;
    if (dhcp_change_read(parse, value, &change))
        scenario->dhcp = dhcp_change_apply(&scenario->dhcp, &change);
    const struct dhcp_srv *srv = &scenario->dhcp.srv;
    if (srv->present && !scenario->dhcp.domain &&
        (srv->targets[VENDOR_SERVICE_HTTPS] || srv->targets[VENDOR_SERVICE_HTTP]))
        parse_expected(parse, value, NULL, "`domain:` beside `srv:`, whose records lie in it");
}

static void read_given_dns(struct parse *parse, const struct node *value, void *target)
{
    dns_read(parse, value, target);
}

static void read_given_server(struct parse *parse, const struct node *value, void *target)
{
    behaviours_read(parse, value, target);
}

/* `page: none` beside the parameters. */
static void read_page(struct parse *parse, const struct node *value, struct scenario *scenario)
{
    static const char *const words[] = {"none"};
    size_t index;
    scenario->page_none =
        value_word(parse, value, "what the phone's web page is", words, 1, &index);
}

/* A map without its settings, which are no parameters; the rest keeps its places. */
static struct node without_settings(struct parse *parse, const struct node *map,
                                    struct scenario *scenario)
{
    struct node rest = *map, **end = &rest.first;
    rest.first = NULL;
    rest.count = 0;
    for (const struct node *item = map->first; item; item = item->next) {
        struct node *copy;
        if (strcmp(item->key->text, "quirks") == 0) {
            field_unsupported(parse, item, NULL);
        } else if (strcmp(item->key->text, "page") == 0) {
            read_page(parse, item, scenario);
        } else if ((copy = parse_scratch(parse, 1, sizeof *copy))) {
            *copy = *item;
            copy->next = NULL;
            *end = copy;
            end = &copy->next;
            rest.count++;
        }
    }
    return rest;
}

static void read_given_phone(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    struct node parameters = *value;
    if (value->kind == NODE_MAP)
        parameters = without_settings(parse, value, scenario);
    for (const struct node *item = parameters.first; value->kind == NODE_MAP && item;
         item = item->next)
        if (item->kind == NODE_SCALAR)
            value_names_known(parse, item, item->text);
    if (parameters.count > 0 || value->kind != NODE_MAP || value->count == 0)
        value_phone_parameters(parse, &parameters, &scenario->phone_parameters,
                               &scenario->phone_parameter_count);
}

static void read_given_network(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    network_read(parse, value, &scenario->network);
    scenario->has_network = true;
}

static void read_given(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "dhcp", .read = read_given_dhcp},
        {.key = "dns",
         .read = read_given_dns,
         MEMBER_AT(struct scenario, dns, struct scenario_dns)},
        {.key = "edos",
         .read = read_given_server,
         MEMBER_AT(struct scenario, edos, struct behaviour_list)},
        {.key = "provision",
         .read = read_given_server,
         MEMBER_AT(struct scenario, provision, struct behaviour_list)},
        {.key = "phone", .read = read_given_phone},
        {.key = "network", .read = read_given_network},
    };
    fields_read(parse, value, "`given`", fields, FIELDS_COUNT(fields), target);
}

/* Cases have been read before the others, steps are read behind them, whose phones and DHCP
 * settings they speak of. */
static void defer(struct parse *parse, const struct node *value, void *target)
{
    (void)parse;
    (void)value;
    (void)target;
}

static void read_top(struct parse *parse, const struct node *root)
{
    static const struct field fields[] = {
        {.key = "scenario", .required = true, .read = read_title},
        {.key = "about", TEXT_AT(struct scenario, about, "a text")},
        {.key = "covers", .read = read_covers},
        {.key = "tags", .read = read_tags},
        {.key = "cases", .read = defer},
        {.key = "phones", .read = read_phones},
        {.key = "given", .read = read_given},
        {.key = "waive", .read = read_waive},
        {.key = "readings", .read = read_readings},
        {.key = "runs-on", .read = read_runs_on},
        {.key = "tolerance", .read = read_tolerance},
        {.key = "steps", .required = true, .read = defer},
    };
    fields_read(parse, root, "a scenario", fields, FIELDS_COUNT(fields), parse_scenario(parse));
    const struct node *steps = node_child(root, "steps");
    if (steps)
        steps_read(parse, steps);
}

static void set_defaults(struct parse *parse)
{
    struct scenario *scenario = parse_scenario(parse);
#define USUAL(is) {.kind = is, .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1}
    static const struct behaviour profile = USUAL(BEHAVIOUR_PROFILE),
                                  config = USUAL(BEHAVIOUR_CONFIG);
#undef USUAL
    name_phones(parse, (const char *[]){vendor_default()->usual_model}, 1, 1);
    scenario->runs_emulated = scenario->runs_real = true;
    scenario->tolerance = (struct tolerance){DEFAULT_PERCENT, DEFAULT_AT_LEAST_US};
    scenario->dhcp.lease_us = DEFAULT_LEASE_US;
    scenario->edos = (struct behaviour_list){&profile, 1};
    scenario->provision = (struct behaviour_list){&config, 1};
}

/* "backoff" from "pending/backoff.yaml", until the suite knows better. */
static const char *id_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return arena_string_n(arena, base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

/* "text", BETWEEN, "name", BEHIND; NULL if memory is out or one of the texts is not there. */
static const char *with_case(struct arena *arena, const char *text, const char *between,
                             const char *name, const char *behind)
{
    struct buffer whole;
    buffer_init(&whole, SCENARIO_FILE_BYTES_MAX + WORDS_TEXT_MAX);
    buffer_format(&whole, "%s%s%s%s", text, between, name, behind);
    const char *kept = whole.failed ? NULL : arena_string(arena, buffer_string(&whole));
    buffer_done(&whole);
    return kept;
}

static void name_case(struct parse *parse)
{
    struct scenario *scenario = parse_scenario(parse);
    if (!scenario->case_name || !scenario->title)
        return;
    scenario->id = with_case(&scenario->arena, scenario->id, "-", scenario->case_name, "");
    if (!parse_draft(parse)->title_names_case)
        scenario->title =
            with_case(&scenario->arena, scenario->title, " (", scenario->case_name, ")");
    if (!scenario->id || !scenario->title)
        parse_exhausted(parse);
}

/* How many cases the file has. */
static size_t read_file(struct parse *parse, const uint8_t *bytes, size_t length, size_t index)
{
    struct scenario *scenario = parse_scenario(parse);
    if (length > SCENARIO_FILE_BYTES_MAX) {
        parse_error(parse, (struct place){1, 1}, "expected a file of at most %d bytes, found %zu",
                    SCENARIO_FILE_BYTES_MAX, length);
        return 0;
    }
    scenario->path = arena_string(&scenario->arena, parse->path);
    scenario->id = id_of(&scenario->arena, parse->path);
    scenario->source = arena_copy(&scenario->arena, bytes, length);
    scenario->source_bytes = length;
    if (!scenario->path || !scenario->id || !scenario->source) {
        parse_exhausted(parse);
        return 0;
    }
    set_defaults(parse);
    struct node *root = node_parse(parse, bytes, length);
    if (!root)
        return 0;
    size_t count = cases_read(parse, root, index);
    read_top(parse, root);
    name_case(parse);
    return count;
}

/* The scenario of the case at `index` with the number of cases; NULL after reporting. */
static struct scenario *parse_one(struct scenario_draft draft, const uint8_t *bytes, size_t length,
                                  size_t index, size_t *ret_cases)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    draft.scenario = scenario;
    draft.parse.again = index > 0;
    if (!scenario) {
        parse_exhausted(&draft.parse);
        return NULL;
    }
    arena_init(&scenario->arena, PARSE_KEPT_BYTES_MAX);
    draft.parse.arena = &scenario->arena;
    arena_init(&draft.parse.scratch, PARSE_SCRATCH_BYTES_MAX);
    *ret_cases = read_file(&draft.parse, bytes, length, index);
    arena_done(&draft.parse.scratch);
    if (draft.parse.problems == 0)
        return scenario;
    scenario_free(scenario);
    return NULL;
}

static bool append(struct suite *suite, struct scenario *scenario)
{
    struct scenario **grown =
        realloc(suite->scenarios, (suite->count + 1) * sizeof(struct scenario *));
    if (!grown) {
        scenario_free(scenario);
        return false;
    }
    suite->scenarios = grown;
    suite->scenarios[suite->count++] = scenario;
    return true;
}

static int parse_all(struct scenario_draft draft, const char *path, const uint8_t *bytes,
                     size_t length, struct suite *ret_scenarios, struct diagnostics *diagnostics)
{
    draft.parse = (struct parse){.path = path,
                                 .noun = "scenario",
                                 .diagnostics = diagnostics,
                                 .first_problem = diagnostics->count};
    struct suite suite = {0};
    size_t cases = 0, index = 0;
    bool good = true;
    do {
        size_t now = 0;
        struct scenario *scenario = parse_one(draft, bytes, length, index, &now);
        if (index == 0)
            cases = now;
        if (scenario && !append(&suite, scenario))
            parse_exhausted(&draft.parse);
        good = good && scenario && draft.parse.problems == 0;
    } while (++index < cases && !diagnostics->cut);
    diagnostics_sort(diagnostics, draft.parse.first_problem);
    if (good) {
        *ret_scenarios = suite;
        return 0;
    }
    suite_free(&suite);
    return ERROR_INVALID;
}

int scenario_parse_all(const char *path, const char *directory, const uint8_t *bytes, size_t length,
                       struct suite *ret_scenarios, struct diagnostics *diagnostics)
{
    return parse_all((struct scenario_draft){.directory = directory}, path, bytes, length,
                     ret_scenarios, diagnostics);
}

static bool is_case(const struct scenario *scenario, const char *name)
{
    if (!name || !scenario->case_name)
        return name == scenario->case_name;
    return strcmp(scenario->case_name, name) == 0;
}

/* That scenario out of the list, whose others go. */
static struct scenario *take(struct suite *suite, size_t index)
{
    struct scenario *scenario = NULL;
    if (index < suite->count) {
        scenario = suite->scenarios[index];
        suite->scenarios[index] = NULL;
    }
    suite_free(suite);
    return scenario;
}

struct scenario *scenario_parse_case(const char *path, const uint8_t *bytes, size_t length,
                                     const char *case_name, struct diagnostics *diagnostics)
{
    struct suite suite;
    if (parse_all((struct scenario_draft){.without_bodies = true}, path, bytes, length, &suite,
                  diagnostics) < 0)
        return NULL;
    size_t index = 0;
    while (index < suite.count && !is_case(suite.scenarios[index], case_name))
        index++;
    if (index == suite.count)
        diagnostics_add(diagnostics, path, (struct place){1, 1}, "expected %s%s, found %s",
                        case_name ? "the case " : "a file without cases",
                        case_name ? case_name : "",
                        suite.scenarios[0]->case_name ? "cases, but not this one" : "no cases");
    return take(&suite, index);
}

struct scenario *scenario_parse(const char *path, const char *directory, const uint8_t *bytes,
                                size_t length, struct diagnostics *diagnostics)
{
    struct suite suite;
    if (scenario_parse_all(path, directory, bytes, length, &suite, diagnostics) < 0)
        return NULL;
    return take(&suite, 0);
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    arena_done(&scenario->arena);
    free(scenario);
}

void suite_free(struct suite *suite)
{
    for (size_t i = 0; i < suite->count; i++)
        scenario_free(suite->scenarios[i]);
    free(suite->scenarios);
    *suite = (struct suite){0};
}
