/* SPDX-License-Identifier: MIT */
/* `steps:`: read as written into drafts, then unrolled: repeats become their steps, and each
 * `dhcp:` is merged into what was in force when its turn comes. */
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/scenario/words.h"
#include <stdio.h>
#include <string.h>

enum { REPEAT_TIMES_MAX = SCENARIO_STEPS_MAX };

struct draft { /* a step as written; lives in the scratch arena */
    struct step step;
    const struct dhcp_change *dhcp; /* STEP_DHCP */
    const struct draft *children;   /* a repeat's */
    size_t child_count;
    unsigned times; /* of a repeat; 0 = it is none */
};

struct draft_list {
    const struct draft *items;
    size_t count;
};

static struct draft_list drafts_read(struct parse *parse, const struct node *node);

/* --- actions: the target is the draft, whose kind is the action's --- */

static void read_nothing(struct parse *parse, const struct node *value, void *target)
{
    (void)target;
    if (value->kind != NODE_SCALAR || !value->nothing)
        parse_expected(parse, value, NULL, "nothing after `%s:`", value->key->text);
}

static void read_power(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {"off", "on"};
    struct draft *draft = target;
    size_t index;
    if (value_word(parse, value, "power", words, 2, &index))
        draft->step.kind = index ? STEP_POWER_ON : STEP_POWER_OFF;
}

static void read_via(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    size_t index;
    if (!value_word(parse, value, "a way to configure", configure_words, CONFIGURE_WAYS, &index))
        return;
    draft->step.via = (enum configure_via)index;
    /* A push, too, is a command of the page: fetch this file. */
    if (parse_scenario(parse)->page_none)
        parse_expected(parse, value, NULL,
                       "no `configure:` of a phone without a web page (`page: none`)");
}

static void read_set(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    if (value->kind == NODE_MAP && value->count == 0)
        parse_expected(parse, value, NULL, "at least one parameter to set");
    value_phone_parameters(parse, value, &draft->step.set, &draft->step.set_count);
    for (const struct node *item = value->first; value->kind == NODE_MAP && item; item = item->next)
        if (item->kind == NODE_SCALAR)
            value_names_known(parse, item, item->text);
}

static void read_configure(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{.key = "via", .required = true, .read = read_via},
                                          {.key = "set", .required = true, .read = read_set}};
    fields_read(parse, value, "`configure`", fields, FIELDS_COUNT(fields), target);
}

static void read_dhcp(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    struct dhcp_change *change = parse_scratch(parse, 1, sizeof *change);
    if (change)
        dhcp_change_read(parse, value, change);
    draft->dhcp = change;
}

static void read_dns(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    struct scenario_dns *dns = parse_keep(parse, 1, sizeof *dns);
    if (dns)
        dns_read(parse, value, dns);
    draft->step.dns = dns;
}

static void read_network(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    struct scenario_network *network = parse_keep(parse, 1, sizeof *network);
    if (network)
        network_read(parse, value, network);
    draft->step.network = network;
    parse_scenario(parse)->has_network = true;
}

static void read_server(struct parse *parse, const struct node *value, void *target)
{
    behaviours_read(parse, value, &((struct draft *)target)->step.behaviours);
}

static void read_pattern(struct parse *parse, const struct node *value, void *target)
{
    pattern_read(parse, value, &((struct draft *)target)->step);
}

static void read_children(struct parse *parse, const struct node *value, void *target)
{
    struct draft *draft = target;
    struct draft_list list = drafts_read(parse, value);
    draft->children = list.items;
    draft->child_count = list.count;
}

static void read_repeat(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "times",
         .required = true,
         NUMBER_AT(struct draft, times, unsigned, "how often", 1, REPEAT_TIMES_MAX)},
        {.key = "steps", .required = true, .read = read_children}};
    struct draft *draft = target;
    draft->times = 1; /* should `times` be wrong */
    fields_read(parse, value, "`repeat`", fields, FIELDS_COUNT(fields), draft);
}

static const struct action {
    struct field field;
    enum step_kind kind;
    bool narrows; /* `phone:` may stand beside it */
} actions[] = {
    {{.key = "factory-reset", .read = read_nothing}, STEP_FACTORY_RESET, true},
    {{.key = "reboot", .read = read_nothing}, STEP_REBOOT, true},
    {{.key = "power", .read = read_power}, STEP_POWER_OFF, true},
    {{.key = "configure", .read = read_configure}, STEP_CONFIGURE, true},
    {{.key = "wait", DURATION_AT(struct draft, step.duration_us, 1)}, STEP_WAIT, false},
    {{.key = "dhcp", .read = read_dhcp}, STEP_DHCP, false},
    {{.key = "dns", .read = read_dns}, STEP_DNS, false},
    {{.key = "edos", .read = read_server}, STEP_EDOS, false},
    {{.key = "provision", .read = read_server}, STEP_PROVISION, false},
    {{.key = "repeat", .read = read_repeat}, 0, false},
    {{.key = "expect", .read = read_pattern}, STEP_EXPECT, true},
    {{.key = "never", .read = read_pattern}, STEP_NEVER, true},
    {{.key = "stays", .read = read_pattern}, STEP_STAYS, true},
    {{.key = "network", .read = read_network}, STEP_NETWORK, true},
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static const struct action *action_find(const char *key)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (strcmp(actions[i].field.key, key) == 0)
            return &actions[i];
    return NULL;
}

/* --- one step --- */

static size_t action_names(const char *names[ACTIONS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < ACTIONS; i++)
        names[count++] = actions[i].field.key;
    return count;
}

static void read_phone(struct parse *parse, const struct node *node, const struct action *action,
                       struct draft *draft)
{
    if (!action->narrows) {
        parse_error(parse, node->key->place, "expected no `phone:` beside `%s:`, which is for all",
                    action->field.key);
        return;
    }
    value_phone(parse, node, &draft->step.phone);
}

static void complain_of_key(struct parse *parse, const struct node *key)
{
    const char *names[ACTIONS + 1];
    char joined[WORDS_TEXT_MAX];
    size_t count = action_names(names);
    names[count++] = "phone";
    parse_expected(parse, key, suggest_nearest(key->text, names, count), "a step (%s)",
                   words_join(names, count - 1, joined));
}

/* A word alone is nearly always a forgotten colon. */
static void complain_of_step(struct parse *parse, const struct node *node)
{
    const char *names[ACTIONS + 1], *near = NULL;
    size_t count = action_names(names);
    if (node->kind == NODE_SCALAR)
        near = suggest_nearest(node->text, names, count);
    char suggestion[NODE_FOUND_MAX];
    snprintf(suggestion, sizeof suggestion, "%s:", near ? near : "");
    parse_expected(parse, node, near ? suggestion : NULL, "a step (a map such as `reboot:`)");
}

static void draft_read(struct parse *parse, const struct node *node, struct draft *draft)
{
    *draft = (struct draft){.step = {.phone = STEP_ALL_PHONES, .place = node->place}};
    if (node->kind != NODE_MAP || node->count == 0) {
        complain_of_step(parse, node);
        return;
    }
    const struct action *found = NULL;
    bool unknown = false;
    for (const struct node *value = node->first; value; value = value->next) {
        const struct action *action = action_find(value->key->text);
        if (!action && strcmp(value->key->text, "phone") != 0) {
            complain_of_key(parse, value->key);
            unknown = true;
        } else if (action && found) {
            parse_error(parse, value->key->place,
                        "expected one action in a step, found `%s:` beside `%s:`; begin a new step "
                        "with `- %s:`",
                        action->field.key, found->field.key, action->field.key);
        } else if (action) {
            found = action;
            draft->step.place = value->key->place;
            draft->step.kind = action->kind;
            field_read(parse, value, &action->field, draft);
        }
    }
    const struct node *phone = node_child(node, "phone");
    if (found && phone)
        read_phone(parse, phone, found, draft);
    else if (!found && !unknown)
        parse_error(parse, node->place, "expected an action in a step, found `phone:` alone");
}

static struct draft_list drafts_read(struct parse *parse, const struct node *node)
{
    struct draft_list list = {0};
    if (node->kind != NODE_LIST || node->count == 0) {
        parse_expected(parse, node, NULL, "a list of steps");
        return list;
    }
    struct draft *items = parse_scratch(parse, node->count, sizeof *items);
    if (!items)
        return list;
    for (const struct node *item = node->first; item; item = item->next)
        draft_read(parse, item, &items[list.count++]);
    list.items = items;
    return list;
}

/* --- unrolling --- */

struct unroll {
    struct parse *parse;
    struct step *steps;
    size_t count;
    const struct scenario_dhcp *dhcp; /* in force */
};

static size_t unrolled_count(struct draft_list list, const struct draft **ret_first_too_many);

static size_t unrolled_step_count(const struct draft *draft)
{
    struct draft_list children = {draft->children, draft->child_count};
    return draft->times ? draft->times * unrolled_count(children, NULL) : 1;
}

/* How many steps there are with repeats unrolled; SCENARIO_STEPS_MAX + 1 for any more, and then the
 * step of this list with which they become too many. */
static size_t unrolled_count(struct draft_list list, const struct draft **ret_first_too_many)
{
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        count += unrolled_step_count(&list.items[i]);
        if (count <= SCENARIO_STEPS_MAX)
            continue;
        if (ret_first_too_many)
            *ret_first_too_many = &list.items[i];
        return SCENARIO_STEPS_MAX + 1;
    }
    return count;
}

static void unroll_step(struct unroll *unroll, const struct draft *draft, unsigned iteration)
{
    struct step *step = &unroll->steps[unroll->count++];
    *step = draft->step;
    step->iteration = iteration;
    if (!draft->dhcp)
        return;
    struct scenario_dhcp *dhcp = parse_keep(unroll->parse, 1, sizeof *dhcp);
    if (!dhcp)
        return;
    *dhcp = dhcp_change_apply(unroll->dhcp, draft->dhcp);
    step->dhcp = dhcp;
    unroll->dhcp = dhcp;
}

static void unroll_list(struct unroll *unroll, struct draft_list list, unsigned iteration)
{
    for (size_t i = 0; i < list.count && !unroll->parse->exhausted; i++) {
        const struct draft *draft = &list.items[i];
        struct draft_list children = {draft->children, draft->child_count};
        if (!draft->times)
            unroll_step(unroll, draft, iteration);
        for (unsigned turn = 1; turn <= draft->times && children.count; turn++)
            unroll_list(unroll, children, turn);
    }
}

void steps_read(struct parse *parse, const struct node *node)
{
    struct scenario *scenario = parse_scenario(parse);
    size_t problems = parse->problems;
    struct draft_list list = drafts_read(parse, node);
    const struct draft *too_many = NULL;
    size_t count = unrolled_count(list, &too_many);
    if (too_many)
        parse_error(parse, too_many->step.place,
                    "expected at most %d steps with repeats unrolled, found more",
                    SCENARIO_STEPS_MAX);
    if (parse->problems != problems || count == 0)
        return;
    struct unroll unroll = {.parse = parse, .dhcp = &scenario->dhcp};
    unroll.steps = parse_keep(parse, count, sizeof *unroll.steps);
    if (!unroll.steps)
        return;
    unroll_list(&unroll, list, 0);
    scenario->steps = unroll.steps;
    scenario->step_count = unroll.count;
}
