/* SPDX-License-Identifier: MIT */
/* `network:`, of `given` or as a step: what the line between a phone and its switch is like. */
#include "harness/base/duration.h"
#include "harness/scenario/language.h"
#include <stdio.h>
#include <string.h>

enum { PERCENT_DECIMALS = 4, PERCENT_UNIT = NETWORK_SHARE_ONE / 100, NUMBER_TEXT_MAX = 32 };

struct network_draft {
    struct network_path both; /* first: see PATH_FIELDS */
    struct scenario_network network;
    const struct node *directions[NETWORK_DIRECTIONS]; /* read last: they change what is for both */
    const struct node *outage;
};

/* `text` without `unit` at its end, in `number`; false: it ends otherwise. */
static bool without_unit(const char *text, const char *unit, char number[NUMBER_TEXT_MAX])
{
    size_t length = strlen(text), end = strlen(unit);
    if (length <= end || length - end >= NUMBER_TEXT_MAX || strcmp(text + length - end, unit) != 0)
        return false;
    memcpy(number, text, length - end);
    number[length - end] = '\0';
    return true;
}

static bool share_parse(const char *text, uint32_t *ret_share)
{
    const char *point = strchr(text, '.');
    double percent;
    if ((point && strlen(point + 1) > PERCENT_DECIMALS) || !decimal_parse(text, 100, &percent))
        return false;
    *ret_share = (uint32_t)(percent * (double)PERCENT_UNIT + 0.5);
    return true;
}

static void read_share(struct parse *parse, const struct node *value, void *target)
{
    char number[NUMBER_TEXT_MAX];
    if (value->kind != NODE_SCALAR || !without_unit(value->text, "%", number) ||
        !share_parse(number, target))
        parse_expected(parse, value, NULL, "a share from 0%% to 100%% such as 0.5%%");
}

static void read_percent(struct parse *parse, const struct node *value, void *target)
{
    if (value->kind != NODE_SCALAR || !share_parse(value->text, target))
        parse_expected(parse, value, NULL, "a number from 0 to 100 such as 0.5");
}

static void read_loss(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "percent",
         .required = true,
         .read = read_percent,
         MEMBER_AT(struct network_path, loss, uint32_t)},
        {.key = "burst",
         .required = true,
         NUMBER_AT(struct network_path, burst, uint32_t, "how many frames are lost in a row", 1,
                   NETWORK_BURST_MAX)},
    };
    struct network_path *path = target;
    path->burst = 0;
    if (value->kind == NODE_MAP)
        fields_read(parse, value, "`loss`", fields, FIELDS_COUNT(fields), path);
    else
        read_share(parse, value, &path->loss);
}

static void read_rate(struct parse *parse, const struct node *value, void *target)
{
    static const struct {
        const char *name;
        double bits;
    } units[] = {{"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};
    char number[NUMBER_TEXT_MAX];
    double count;
    for (size_t i = 0; value->kind == NODE_SCALAR && i < sizeof units / sizeof units[0]; i++) {
        if (!without_unit(value->text, units[i].name, number) ||
            !decimal_parse(number, (double)NETWORK_RATE_MAX / units[i].bits, &count) ||
            count * units[i].bits < (double)NETWORK_RATE_MIN)
            continue;
        *(uint64_t *)target = (uint64_t)(count * units[i].bits + 0.5);
        return;
    }
    parse_expected(parse, value, NULL, "a rate from 1kbit to 10Gbit such as 64kbit or 2Mbit");
}

static void read_time(struct parse *parse, const struct node *value, void *target)
{
    uint64_t time_us;
    if (!value_duration(parse, value, 0, &time_us))
        return;
    if (time_us > NETWORK_DELAY_MAX_US)
        parse_expected(parse, value, NULL, "at most 1h");
    *(uint64_t *)target = time_us;
}

/* Rows for a map whose target is, or begins with, a struct network_path. */
#define PATH_FIELDS                                                                                \
    {.key = "delay", .read = read_time, MEMBER_AT(struct network_path, delay_us, uint64_t)},       \
        {.key = "jitter", .read = read_time, MEMBER_AT(struct network_path, jitter_us, uint64_t)}, \
        {.key = "loss", .read = read_loss},                                                        \
        {.key = "duplicate",                                                                       \
         .read = read_share,                                                                       \
         MEMBER_AT(struct network_path, duplicate, uint32_t)},                                     \
        {.key = "reorder", .read = read_share, MEMBER_AT(struct network_path, reorder, uint32_t)}, \
        {.key = "corrupt", .read = read_share, MEMBER_AT(struct network_path, corrupt, uint32_t)}, \
        {.key = "rate", .read = read_rate, MEMBER_AT(struct network_path, rate, uint64_t)},        \
    {                                                                                              \
        .key = "queue", NUMBER_AT(struct network_path, queue, uint32_t, "a number of frames", 1,   \
                                  NETWORK_QUEUE_MAX)                                               \
    }

static void read_direction(struct parse *parse, const struct node *value, void *target)
{
    struct network_draft *draft = target;
    (void)parse;
    draft->directions[strcmp(value->key->text, "to-phone") == 0 ? NETWORK_TO_PHONE
                                                                : NETWORK_FROM_PHONE] = value;
}

static void read_outage(struct parse *parse, const struct node *value, void *target)
{
    struct network_draft *draft = target;
    value_duration(parse, value, 1, &draft->network.outage_us);
    draft->network.outage = strcmp(value->key->text, "down") == 0 ? NETWORK_DOWN : NETWORK_CUT;
    draft->outage = value;
}

static void check_path(struct parse *parse, const struct node *node,
                       const struct network_path *path)
{
    if (path->jitter_us > path->delay_us)
        parse_error(parse, node->place,
                    "expected a jitter of at most the delay, or frames would come before they "
                    "were sent");
}

static void read_map(struct parse *parse, const struct node *node, struct network_draft *draft)
{
    static const struct field path_fields[] = {PATH_FIELDS};
    static const struct field fields[] = {
        PATH_FIELDS,
        {.key = "from-phone", .read = read_direction},
        {.key = "to-phone", .read = read_direction},
        {.key = "down", .read = read_outage},
        {.key = "cut", .read = read_outage},
    };
    fields_read(parse, node, "`network`", fields, FIELDS_COUNT(fields), draft);
    if (draft->outage && node->count > 1)
        parse_error(parse, draft->outage->key->place,
                    "expected `%s:` to stand alone: afterwards what held before holds again",
                    draft->outage->key->text);
    for (size_t i = 0; i < NETWORK_DIRECTIONS; i++) {
        const struct node *own = draft->directions[i];
        draft->network.paths[i] = draft->both;
        if (own)
            fields_read(parse, own, "a direction of `network`", path_fields,
                        FIELDS_COUNT(path_fields), &draft->network.paths[i]);
        if (own)
            check_path(parse, own, &draft->network.paths[i]);
    }
    check_path(parse, node, &draft->both);
}

bool network_read(struct parse *parse, const struct node *node,
                  struct scenario_network *ret_network)
{
    struct network_draft draft = {0};
    size_t problems = parse->problems;
    if (node->kind == NODE_MAP && node->count > 0)
        read_map(parse, node, &draft);
    else if (node->kind != NODE_SCALAR || strcmp(node->text, "normal") != 0)
        parse_expected(parse, node, NULL, "`normal`, or what the line does (delay, loss, …)");
    if (parse->problems != problems)
        return false;
    *ret_network = draft.network;
    return true;
}

bool network_parse(const char *name, const char *text, struct scenario_network *ret_network,
                   struct diagnostics *diagnostics)
{
    struct arena kept;
    struct parse parse = {.path = name, .noun = "line", .arena = &kept, .diagnostics = diagnostics};
    arena_init(&kept, PARSE_KEPT_BYTES_MAX);
    arena_init(&parse.scratch, PARSE_SCRATCH_BYTES_MAX);
    const struct node *root = node_parse(&parse, text, strlen(text));
    bool read = root && network_read(&parse, root, ret_network);
    arena_done(&parse.scratch);
    arena_done(&kept);
    return read;
}
