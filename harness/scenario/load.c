/* SPDX-License-Identifier: MIT */
/* A scenario's whole text: defaults, the top-level keys, `given`. */
#include "harness/scenario/load.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/scenario/parse.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PERCENT = 10 };
_Static_assert((int)SCENARIO_STEPS_MAX <= (int)NODE_LIST_MAX &&
                   (int)SCENARIO_LIST_MAX <= (int)VALUE_LIST_MAX,
               "what a scenario may hold can be read");
#define DEFAULT_AT_LEAST_US (5 * DURATION_S)
#define DEFAULT_LEASE_US (12 * DURATION_H)

static void read_given_dhcp(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    struct dhcp_change change;
    if (dhcp_change_read(parse, value, &change))
        scenario->dhcp = dhcp_change_apply(&scenario->dhcp, &change);
}

static void read_given_dns(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    dns_read(parse, value, &scenario->dns);
}

static void read_given_edos(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    behaviours_read(parse, value, SERVER_EDOS, &scenario->edos);
}

static void read_given_provision(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    behaviours_read(parse, value, SERVER_PROVISION, &scenario->provision);
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
        value_parameters(parse, &parameters, "a map of phone parameters", parameter_is_name,
                         "the name of a phone parameter such as Profile_Rule",
                         &scenario->phone_parameters, &scenario->phone_parameter_count);
}

static void read_given(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"dhcp", read_given_dhcp, false},   {"dns", read_given_dns, false},
        {"edos", read_given_edos, false},   {"provision", read_given_provision, false},
        {"phone", read_given_phone, false}, {"network", field_unsupported, false},
    };
    fields_read(parse, value, "`given`", fields, sizeof fields / sizeof fields[0], target);
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
        {"scenario", read_title, true},
        {"about", read_about, false},
        {"covers", read_covers, false},
        {"tags", read_tags, false},
        {"cases", defer, false},
        {"phones", read_phones, false},
        {"given", read_given, false},
        {"waive", read_waive, false},
        {"readings", read_readings, false},
        {"runs-on", read_runs_on, false},
        {"tolerance", read_tolerance, false},
        {"steps", defer, true},
    };
    fields_read(parse, root, "a scenario", fields, sizeof fields / sizeof fields[0],
                parse_scenario(parse));
    const struct node *steps = node_child(root, "steps");
    if (steps)
        steps_read(parse, steps);
}

static void set_defaults(struct scenario *scenario)
{
    static const struct scenario_phone phone = {"8841-1", "8841"};
    static const struct behaviour profile = {.kind = BEHAVIOUR_PROFILE,
                                             .status = 200,
                                             .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                             .times = 1};
    static const struct behaviour config = {.kind = BEHAVIOUR_CONFIG,
                                            .status = 200,
                                            .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                            .times = 1};
    scenario->phones = &phone;
    scenario->phone_count = 1;
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
    set_defaults(scenario);
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
