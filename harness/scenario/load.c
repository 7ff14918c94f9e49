/* SPDX-License-Identifier: MIT */
/* A scenario's whole text: defaults, the top-level keys, `given`. */
#include "harness/scenario/load.h"
#include "harness/base/duration.h"
#include "harness/scenario/parse.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PERCENT = 10 };
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

static bool is_settled_later(const char *name)
{
    return strcmp(name, "quirks") == 0 || strcmp(name, "page") == 0;
}

static void read_given_phone(struct parse *parse, const struct node *value, void *target)
{
    struct scenario *scenario = target;
    bool later = false;
    for (const struct node *item = value->first; value->kind == NODE_MAP && item;
         item = item->next) {
        if (is_settled_later(item->key->text)) {
            field_unsupported(parse, item, NULL);
            later = true;
        } else if (item->kind == NODE_SCALAR) {
            value_names_known(parse, item, item->text);
        }
    }
    if (!later)
        value_parameters(parse, value, "a map of phone parameters", parameter_is_name,
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

/* Read behind the others, whose phones and DHCP settings the steps speak of. */
static void defer(struct parse *parse, const struct node *value, void *target)
{
    (void)parse;
    (void)value;
    (void)target;
}

static void read_top(struct parse *parse, const struct node *root)
{
    static const struct field fields[] = {
        {"scenario", read_title, true},   {"about", read_about, false},
        {"covers", read_covers, false},   {"tags", read_tags, false},
        {"phones", read_phones, false},   {"given", read_given, false},
        {"waive", read_waive, false},     {"readings", read_readings, false},
        {"runs-on", read_runs_on, false}, {"tolerance", read_tolerance, false},
        {"steps", defer, true},
    };
    fields_read(parse, root, "a scenario", fields, sizeof fields / sizeof fields[0],
                parse->scenario);
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

static void read_file(struct parse *parse, const uint8_t *bytes, size_t length)
{
    struct scenario *scenario = parse->scenario;
    if (length > SCENARIO_FILE_BYTES_MAX) {
        parse_error(parse, (struct place){1, 1}, "expected a file of at most %d bytes, found %zu",
                    SCENARIO_FILE_BYTES_MAX, length);
        return;
    }
    scenario->path = arena_string(&scenario->arena, parse->path);
    scenario->id = id_of(&scenario->arena, parse->path);
    scenario->source = arena_copy(&scenario->arena, bytes, length);
    scenario->source_bytes = length;
    if (!scenario->path || !scenario->id || !scenario->source) {
        parse_exhausted(parse);
        return;
    }
    set_defaults(scenario);
    const struct node *root = node_parse(parse, bytes, length);
    if (root)
        read_top(parse, root);
}

struct scenario *scenario_parse(const char *path, const char *directory, const uint8_t *bytes,
                                size_t length, struct diagnostics *diagnostics)
{
    size_t first = diagnostics->count;
    struct parse parse = {.path = path, .directory = directory, .diagnostics = diagnostics};
    struct scenario *scenario = calloc(1, sizeof *scenario);
    parse.scenario = scenario;
    if (!scenario) {
        parse_exhausted(&parse);
        return NULL;
    }
    arena_init(&scenario->arena, SCENARIO_ARENA_BYTES_MAX);
    arena_init(&parse.scratch, PARSE_SCRATCH_BYTES_MAX);
    read_file(&parse, bytes, length);
    arena_done(&parse.scratch);
    diagnostics_sort(diagnostics, first);
    if (parse.problems == 0)
        return scenario;
    scenario_free(scenario);
    return NULL;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    arena_done(&scenario->arena);
    free(scenario);
}
