/* SPDX-License-Identifier: MIT */
/* `expect:`, `never:` and `stays:`: what is looked for, and when. */
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <string.h>

enum { KIND_FIELDS_MAX = 8, TIMING_FIELDS_MAX = 4, WHAT_MAX = 128 };

static const char *example_state(void)
{
    return vendor_state_name(vendor_default(), STATE_PENDING);
}

/* --- one reader a key; the target is the step --- */

static void read_state(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    value_state(parse, value, &step->pattern.state);
}

static void read_path(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    if (!value_is_list(parse, value, "a list of customization states"))
        return;
    enum customization_state *path = parse_keep(parse, value->count, sizeof *path);
    if (!path)
        return;
    enum customization_state before = STATE_UNKNOWN;
    size_t count = 0;
    for (const struct node *item = value->first; item; item = item->next) {
        enum customization_state state = STATE_UNKNOWN;
        /* What no reading of the rules lets follow can only be a slip of the pen. */
        if (value_state(parse, item, &state) &&
            !vendor_state_follows(vendor_default(), before, state, true))
            parse_expected(parse, item, NULL, "a state that may follow %s",
                           vendor_state_name(vendor_default(), before));
        path[count++] = state;
        before = state;
    }
    step->pattern.path = path;
    step->pattern.path_count = count;
}

static const char *value_glob(struct parse *parse, const struct node *value, const char *what)
{
    const char *text;
    if (!value_text(parse, value, what, &text) || !value_names_absent(parse, value, text))
        return NULL;
    return text;
}

static void read_method(struct parse *parse, const struct node *value, void *target)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ*?";
    const char *text = value_glob(parse, value, "a method such as GET");
    if (text && text[strspn(text, letters)])
        parse_expected(parse, value, NULL, "a method in capital letters such as GET");
    *(const char **)target = text;
}

/* The globs that need no more than an example: by their keys. */
static void read_glob(struct parse *parse, const struct node *value, void *target)
{
    static const struct {
        const char *key, *what;
    } globs[] = {{"path", "a path such as /*.xml"},
                 {"host", "a host name such as *.example.net"},
                 {"dns", "a host name such as activate.example.com"},
                 {"tftp", "a file name such as *.xml"}};
    char what[WHAT_MAX];
    snprintf(what, sizeof what, "a user agent such as *%s*", vendor_default()->usual_model);
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
        if (strcmp(globs[i].key, value->key->text) == 0)
            snprintf(what, sizeof what, "%s", globs[i].what);
    *(const char **)target = value_glob(parse, value, what);
}

static void read_gaps(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    if (!value_is_list(parse, value, "a list of durations such as [1m, 2m, 4m]"))
        return;
    uint64_t *gaps = parse_keep(parse, value->count, sizeof *gaps);
    if (!gaps)
        return;
    size_t count = 0;
    for (const struct node *item = value->first; item; item = item->next)
        count += value_duration(parse, item, 1, &gaps[count]);
    step->pattern.gaps_us = gaps;
    step->pattern.gap_count = count;
}

#define SERVER \
    WORD_AT(struct step, pattern.server, scenario_server, "a server", server_words, 0, SERVERS)
#define GLOB(member) .read = read_glob, MEMBER_AT(struct step, pattern.member, const char *)
#define FOR {.key = "for", .required = true, DURATION_AT(struct step, duration_us, 1)}

static void read_retries(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{.key = "to", .required = true, SERVER},
                                          {.key = "after", .required = true, .read = read_gaps}};
    fields_read(parse, value, "`retries`", fields, FIELDS_COUNT(fields), target);
}

static void read_dhcp(struct parse *parse, const struct node *value, void *target)
{
    const char *words[DHCP_INFORM];
    struct step *step = target;
    size_t index;
    for (unsigned i = 0; i < DHCP_INFORM; i++)
        words[i] = dhcp_type_name(DHCP_DISCOVER + i);
    if (value_word(parse, value, "a DHCP message", words, DHCP_INFORM, &index))
        step->pattern.dhcp_type = DHCP_DISCOVER + (unsigned)index;
}

static void read_options(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    dhcp_values_read(parse, value, true, &step->pattern.options, &step->pattern.option_count);
}

static bool is_any_name(const char *text)
{
    return *text != '\0';
}

static void read_page(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    if (parse_scenario(parse)->page_none)
        parse_error(parse, value->key->place,
                    "expected no `page:` of a phone without a web page (`page: none`)");
    if (value->kind == NODE_MAP && value->count == 0)
        parse_expected(parse, value, NULL, "at least one name and value");
    char what[WHAT_MAX];
    const char *label = vendor_default()->page.state_label;
    snprintf(what, sizeof what, "a map such as {%s: %s}", label, example_state());
    value_parameters(parse, value, what, is_any_name, "a name on the phone's page",
                     &step->pattern.page, &step->pattern.page_count);
    for (const struct node *item = value->first; value->kind == NODE_MAP && item;
         item = item->next) {
        enum customization_state state;
        if (strcmp(item->key->text, label) == 0)
            value_state(parse, item, &state);
        else
            parse_error(parse, item->key->place,
                        "expected `%s`, the one value that is read off the page; found `%s`", label,
                        item->key->text);
    }
}

static void read_step_tolerance(struct parse *parse, const struct node *value, void *target)
{
    struct step *step = target;
    step->has_tolerance = value_tolerance(parse, value, &step->tolerance);
}

/* --- which keys go together --- */

static const struct kind {
    enum pattern_kind kind;
    struct field fields[KIND_FIELDS_MAX]; /* the first names the kind */
} kinds[] = {
    {PATTERN_REQUEST,
     {{.key = "request", .required = true, SERVER},
      {.key = "method", .read = read_method, MEMBER_AT(struct step, pattern.method, const char *)},
      {.key = "path", GLOB(target)},
      {.key = "host", GLOB(host)},
      {.key = "agent", GLOB(agent)},
      {.key = "transport",
       WORD_AT(struct step, pattern.transport, transport_wanted, "a transport", transport_words,
               TRANSPORT_WANTED_HTTP, TRANSPORTS_WANTED)},
      {.key = "count",
       NUMBER_AT(struct step, pattern.count, unsigned, "a count", 1, REQUEST_COUNT_MAX)}}},
    {PATTERN_STATE, {{.key = "state", .required = true, .read = read_state}}},
    {PATTERN_PATH, {{.key = "path", .required = true, .read = read_path}}},
    {PATTERN_RETRIES, {{.key = "retries", .required = true, .read = read_retries}}},
    {PATTERN_DHCP,
     {{.key = "dhcp", .required = true, .read = read_dhcp},
      {.key = "options", .read = read_options}}},
    {PATTERN_DNS, {{.key = "dns", .required = true, GLOB(name)}}},
    {PATTERN_TFTP, {{.key = "tftp", .required = true, GLOB(name)}}},
    {PATTERN_PAGE, {{.key = "page", .required = true, .read = read_page}}},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const struct field expect_timing[TIMING_FIELDS_MAX] = {
    {.key = "within", DURATION_AT(struct step, within_us, 1)},
    {.key = "after", DURATION_AT(struct step, after_us, 0)},
    {.key = "tolerance", .read = read_step_tolerance},
};
static const struct field never_timing[TIMING_FIELDS_MAX] = {FOR};

static size_t add_fields(struct field *fields, size_t count, const struct field *more, size_t max)
{
    for (size_t i = 0; i < max && more[i].key && count < FIELDS_MAX; i++)
        fields[count++] = more[i];
    return count;
}

/* The kind of pattern that a map's keys name; NULL after complaining unless it is exactly one.
 * `path` beside `request` is the request's. */
static const struct kind *kind_find(struct parse *parse, const struct node *node, const char *what)
{
    const char *names[KINDS];
    char joined[WORDS_TEXT_MAX];
    const struct kind *found = NULL;
    for (size_t i = 0; i < KINDS; i++) {
        names[i] = kinds[i].fields[0].key;
        const struct node *value = node_child(node, names[i]);
        if (!value || (kinds[i].kind == PATTERN_PATH && found && found->kind == PATTERN_REQUEST))
            continue;
        if (found) {
            parse_error(parse, value->key->place,
                        "expected one thing to look for in %s, found `%s:` beside `%s:`", what,
                        names[i], found->fields[0].key);
            return NULL;
        }
        found = &kinds[i];
    }
    if (found)
        return found;
    const struct node *near = NULL;
    const char *suggestion = NULL;
    for (const struct node *child = node->first; child && !suggestion; child = child->next)
        if ((suggestion = suggest_nearest(child->key->text, names, KINDS)))
            near = child->key;
    if (near)
        parse_expected(parse, near, suggestion, "what to look for in %s (%s)", what,
                       words_join(names, KINDS, joined));
    else
        parse_error(parse, node->place, "expected what to look for in %s (%s), found none of them",
                    what, words_join(names, KINDS, joined));
    return NULL;
}

static void kind_read(struct parse *parse, const struct node *node, const char *what,
                      const struct field *timing, struct step *step)
{
    struct field fields[FIELDS_MAX];
    char example[WHAT_MAX];
    snprintf(example, sizeof example, "what to look for, a map such as {%s: %s}",
             pattern_words[PATTERN_STATE], example_state());
    if (!value_is_map(parse, node, example))
        return;
    const struct kind *kind = kind_find(parse, node, what);
    if (!kind)
        return;
    size_t count = add_fields(fields, 0, kind->fields, KIND_FIELDS_MAX);
    count = add_fields(fields, count, timing, TIMING_FIELDS_MAX);
    step->pattern = (struct pattern){
        .kind = kind->kind,
        .count = kind->kind == PATTERN_REQUEST ? 1 : 0,
        .place = node_child(node, kind->fields[0].key)->key->place,
    };
    fields_read(parse, node, what, fields, count, step);
}

void pattern_read(struct parse *parse, const struct node *node, struct step *step)
{
    static const struct field stays[] = {{.key = "state", .required = true, .read = read_state},
                                         FOR};
    if (step->kind == STEP_EXPECT) {
        kind_read(parse, node, "`expect`", expect_timing, step);
        if (step->within_us && step->after_us >= step->within_us)
            parse_expected(parse, node_child(node, "after"), NULL,
                           "`after` to be shorter than `within`");
    } else if (step->kind == STEP_NEVER) {
        kind_read(parse, node, "`never`", never_timing, step);
    } else {
        step->pattern.kind = PATTERN_STATE;
        if (fields_read(parse, node, "`stays`", stays, FIELDS_COUNT(stays), step))
            step->pattern.place = node_child(node, "state")->key->place;
    }
}
