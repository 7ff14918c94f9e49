/* SPDX-License-Identifier: MIT */
#include "harness/scenario/language.h"
#include "harness/scenario/setting.h"
#include <stdlib.h>
#include <string.h>

struct setting_draft {
    struct setting *setting;
    const struct node *action; /* the value of the first key that sets something */
};

/* True: it is the first of its step. */
static bool begin(struct parse *parse, const struct node *value, struct setting_draft *draft,
                  enum setting_kind kind)
{
    if (draft->action) {
        parse_error(parse, value->key->place,
                    "expected one action in a step, found `%s:` beside `%s:`; give each a step of "
                    "its own",
                    value->key->text, draft->action->key->text);
        return false;
    }
    draft->action = value;
    draft->setting->kind = kind;
    return true;
}

static void read_dhcp(struct parse *parse, const struct node *value, void *target)
{
    struct setting_draft *draft = target;
    struct dhcp_change *change = parse_keep(parse, 1, sizeof *change);
    if (!begin(parse, value, draft, SETTING_DHCP) || !change)
        return;
    dhcp_change_read(parse, value, change);
    draft->setting->dhcp = change;
}

static void read_dns(struct parse *parse, const struct node *value, void *target)
{
    struct setting_draft *draft = target;
    struct scenario_dns *dns = parse_keep(parse, 1, sizeof *dns);
    if (!begin(parse, value, draft, SETTING_DNS) || !dns)
        return;
    dns_read(parse, value, dns);
    draft->setting->dns = dns;
}

static void read_server(struct parse *parse, const struct node *value, void *target)
{
    struct setting_draft *draft = target;
    bool edos = strcmp(value->key->text, setting_names[SETTING_EDOS]) == 0;
    if (begin(parse, value, draft, edos ? SETTING_EDOS : SETTING_PROVISION))
        behaviours_read(parse, value, &draft->setting->behaviours);
}

static void read_phone(struct parse *parse, const struct node *value, void *target)
{
    struct setting_draft *draft = target;
    if (parse_scenario(parse)->phone_count == 0)
        parse_expected(parse, value, NULL, "no `phone:` as long as there is no phone");
    value_phone(parse, value, &draft->setting->phone);
}

static void read_step(struct parse *parse, const struct node *root, struct setting *setting)
{
    static const struct field fields[] = {
        {.key = "dhcp", .read = read_dhcp},   {.key = "dns", .read = read_dns},
        {.key = "edos", .read = read_server}, {.key = "provision", .read = read_server},
        {.key = "phone", .read = read_phone},
    };
    struct setting_draft draft = {.setting = setting};
    if (fields_read(parse, root, "a step that sets something", fields, FIELDS_COUNT(fields),
                    &draft) &&
        !draft.action)
        parse_error(parse, root->place,
                    "expected `dhcp:`, `dns:`, `edos:` or `provision:`, found none of them");
}

struct setting *setting_parse(const char *name, const char *directory, const char *text,
                              size_t length, const struct scenario_phone *phones,
                              size_t phone_count, struct diagnostics *diagnostics)
{
    struct scenario scenario = {.phones = phones, .phone_count = phone_count};
    struct scenario_draft draft = {
        .parse = {.path = name, .noun = "step", .diagnostics = diagnostics},
        .directory = directory,
        .scenario = &scenario};
    size_t first = diagnostics->count;
    struct setting *setting = calloc(1, sizeof *setting);
    if (!setting) {
        parse_exhausted(&draft.parse);
        return NULL;
    }
    setting->phone = STEP_ALL_PHONES;
    arena_init(&setting->arena, PARSE_KEPT_BYTES_MAX);
    arena_init(&draft.parse.scratch, PARSE_SCRATCH_BYTES_MAX);
    draft.parse.arena = &setting->arena;
    if (length > SETTING_BYTES_MAX)
        parse_error(&draft.parse, (struct place){1, 1},
                    "expected a step of at most %d bytes, found %zu", SETTING_BYTES_MAX, length);
    const struct node *root = draft.parse.problems ? NULL : node_parse(&draft.parse, text, length);
    if (root)
        read_step(&draft.parse, root, setting);
    arena_done(&draft.parse.scratch);
    diagnostics_sort(diagnostics, first);
    if (root && draft.parse.problems == 0)
        return setting;
    setting_free(setting);
    return NULL;
}

void setting_free(struct setting *setting)
{
    if (!setting)
        return;
    arena_done(&setting->arena);
    free(setting);
}

struct scenario_dhcp setting_dhcp(const struct setting *setting, const struct scenario_dhcp *before)
{
    return dhcp_change_apply(before, setting->dhcp);
}
