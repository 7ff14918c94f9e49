/* SPDX-License-Identifier: MIT */
/* A document as a tree: what libyaml's events become before any meaning is given to them. */
#include "harness/yaml/parse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define YAML_TAG_PREFIX "tag:yaml.org,2002:"

struct builder {
    struct parse *parse;
    yaml_parser_t yaml;
    const uint8_t *bytes;
    size_t length;
    bool stopped; /* the rest cannot be read; the reason has been reported */
};

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static struct place place_of_byte(const struct builder *builder, size_t offset)
{
    struct place place = {1, 1};
    for (size_t i = 0; i < offset && i < builder->length; i++) {
        if (builder->bytes[i] == '\n')
            place = (struct place){place.line + 1, 1};
        else if ((builder->bytes[i] & 0xc0) != 0x80)
            place.column++;
    }
    return place;
}

static void report_syntax(struct builder *builder)
{
    const yaml_parser_t *yaml = &builder->yaml;
    const char *problem = yaml->problem ? yaml->problem : "unreadable";
    builder->stopped = true;
    if (yaml->error == YAML_MEMORY_ERROR) {
        parse_exhausted(builder->parse);
    } else if (yaml->error == YAML_READER_ERROR) {
        char found[32] = "half a character";
        if (yaml->problem_value >= 0)
            snprintf(found, sizeof found, "the character 0x%02x", (unsigned)yaml->problem_value);
        parse_error(builder->parse, place_of_byte(builder, yaml->problem_offset),
                    "expected text in UTF-8, found %s (%s)", found, problem);
    } else if (yaml->context) {
        struct place context = place_of(yaml->context_mark);
        parse_error(builder->parse, place_of(yaml->problem_mark),
                    "expected YAML, found a syntax error: %s %s that began at line %u, column %u",
                    problem, yaml->context, context.line, context.column);
    } else {
        parse_error(builder->parse, place_of(yaml->problem_mark),
                    "expected YAML, found a syntax error: %s", problem);
    }
}

static bool next_event(struct builder *builder, yaml_event_t *event)
{
    if (builder->stopped)
        return false;
    if (yaml_parser_parse(&builder->yaml, event))
        return true;
    report_syntax(builder);
    return false;
}

static const char *shown(const struct builder *builder, const void *text)
{
    return builder->parse->discreet ? "…" : text;
}

static void refuse_anchor(struct builder *builder, const yaml_event_t *event, const void *anchor)
{
    if (anchor)
        parse_error(builder->parse, place_of(event->start_mark),
                    "expected plain YAML, found the anchor `&%s`; anchors and aliases are not part "
                    "of the language: write the value out",
                    shown(builder, anchor));
}

static void refuse_tag(struct builder *builder, const yaml_event_t *event, const void *tag)
{
    if (!tag)
        return;
    const char *text = shown(builder, tag);
    size_t prefix = strlen(YAML_TAG_PREFIX);
    bool standard = strncmp(text, YAML_TAG_PREFIX, prefix) == 0; /* written `!!str` */
    parse_error(builder->parse, place_of(event->start_mark),
                "expected plain YAML, found the tag `%s%s`; tags are not part of the language",
                standard ? "!!" : "", standard ? text + prefix : text);
}

static bool is_nothing(const yaml_event_t *event, const char *text)
{
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static void build_scalar(struct builder *builder, const yaml_event_t *event, struct node *node)
{
    const char *value = (const char *)event->data.scalar.value;
    refuse_anchor(builder, event, event->data.scalar.anchor);
    refuse_tag(builder, event, event->data.scalar.tag);
    if (memchr(value, '\0', event->data.scalar.length)) {
        parse_error(builder->parse, node->place, "expected text, found a NUL character in it");
        return;
    }
    char *text = parse_keep(builder->parse, event->data.scalar.length + 1, 1);
    if (!text) {
        builder->stopped = true;
        return;
    }
    memcpy(text, value, event->data.scalar.length);
    node->kind = NODE_SCALAR;
    node->text = text;
    node->nothing = is_nothing(event, text);
    if (node->nothing && node->key)
        node->place = node->key->place;
}

static struct node *build(struct builder *builder, const yaml_event_t *event,
                          const struct node *key, unsigned depth);

/* The node that begins with the next event; NULL at the end of the list or map, or if stopped. */
static struct node *build_next(struct builder *builder, const struct node *key, unsigned depth)
{
    yaml_event_t event;
    if (!next_event(builder, &event))
        return NULL;
    struct node *node = NULL;
    if (event.type != YAML_SEQUENCE_END_EVENT && event.type != YAML_MAPPING_END_EVENT)
        node = build(builder, &event, key, depth);
    yaml_event_delete(&event);
    return node;
}

static void append(struct builder *builder, struct node *parent, struct node ***end,
                   struct node *child)
{
    **end = child;
    *end = &child->next;
    size_t max = parent->kind == NODE_LIST ? NODE_LIST_MAX : NODE_MAP_MAX;
    if (++parent->count <= max)
        return;
    parse_error(builder->parse, child->place, "expected at most %zu items in a %s, found more", max,
                parent->kind == NODE_LIST ? "list" : "map");
    builder->stopped = true;
}

static void build_list(struct builder *builder, struct node *list, unsigned depth)
{
    struct node **end = &list->first, *child;
    list->kind = NODE_LIST;
    while ((child = build_next(builder, NULL, depth + 1)))
        append(builder, list, &end, child);
}

static void build_map(struct builder *builder, struct node *map, unsigned depth)
{
    struct node **end = &map->first, *key;
    map->kind = NODE_MAP;
    while ((key = build_next(builder, NULL, depth + 1))) {
        struct node *value = build_next(builder, key, depth + 1);
        if (!value)
            return; /* a map's value is only missing when the reading has stopped */
        if (key->kind == NODE_SCALAR)
            append(builder, map, &end, value);
        else if (key->kind != NODE_BROKEN)
            parse_error(builder->parse, key->place, "expected a word as key, found %s",
                        key->kind == NODE_LIST ? "a list" : "a map");
    }
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = strcmp(x->key->text, y->key->text);
    if (order != 0)
        return order;
    const struct place *p = &x->key->place, *q = &y->key->place;
    if (p->line != q->line)
        return p->line < q->line ? -1 : 1;
    return p->column < q->column ? -1 : p->column > q->column;
}

static void refuse_duplicate_keys(struct builder *builder, const struct node *map)
{
    if (map->count < 2)
        return;
    const struct node **sorted = parse_scratch(builder->parse, map->count, sizeof *sorted);
    if (!sorted)
        return;
    size_t count = 0;
    for (const struct node *child = map->first; child; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof *sorted, by_key_and_place);
    for (size_t i = 1; i < count; i++) {
        char found[NODE_FOUND_MAX];
        const struct node *before = sorted[i - 1]->key, *key = sorted[i]->key;
        if (strcmp(before->text, key->text) == 0)
            parse_error(builder->parse, key->place,
                        "expected each key once, found %s again; it was first given at line %u, "
                        "column %u",
                        node_quote(key->text, found), before->place.line, before->place.column);
    }
}

static void build_collection(struct builder *builder, const yaml_event_t *event, struct node *node,
                             unsigned depth)
{
    if (depth >= NODE_DEPTH_MAX) {
        parse_error(builder->parse, node->place,
                    "expected at most %d lists and maps within each other, found more",
                    NODE_DEPTH_MAX);
        builder->stopped = true;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        refuse_anchor(builder, event, event->data.sequence_start.anchor);
        refuse_tag(builder, event, event->data.sequence_start.tag);
        build_list(builder, node, depth);
    } else {
        refuse_anchor(builder, event, event->data.mapping_start.anchor);
        refuse_tag(builder, event, event->data.mapping_start.tag);
        build_map(builder, node, depth);
        refuse_duplicate_keys(builder, node);
    }
}

/* A node even for what is refused (a broken one), so that the rest is still read. NULL only if the
 * reading has stopped. */
static struct node *build(struct builder *builder, const yaml_event_t *event,
                          const struct node *key, unsigned depth)
{
    struct node *node = parse_scratch(builder->parse, 1, sizeof *node);
    if (!node) {
        builder->stopped = true;
        return NULL;
    }
    *node = (struct node){.place = place_of(event->start_mark), .text = "", .key = key};
    if (event->type == YAML_ALIAS_EVENT)
        parse_error(builder->parse, node->place,
                    "expected plain YAML, found the alias `*%s`; anchors and aliases are not part "
                    "of the language: write the value out",
                    shown(builder, event->data.alias.anchor));
    else if (event->type == YAML_SCALAR_EVENT)
        build_scalar(builder, event, node);
    else
        build_collection(builder, event, node, depth);
    return node;
}

/* Events up to the first document, the document, and that nothing but the end follows. */
static struct node *build_document(struct builder *builder)
{
    struct node *root = NULL;
    yaml_event_t event;
    bool more = true;
    while (more && next_event(builder, &event)) {
        if (event.type == YAML_STREAM_END_EVENT) {
            more = false;
        } else if (event.type == YAML_DOCUMENT_START_EVENT && root) {
            parse_error(builder->parse, place_of(event.start_mark),
                        "expected one %s in a file, found a second document", builder->parse->noun);
            more = false;
        } else if (event.type == YAML_DOCUMENT_START_EVENT) {
            root = build_next(builder, NULL, 0);
        }
        yaml_event_delete(&event);
    }
    return builder->stopped ? NULL : root;
}

struct node *node_parse(struct parse *parse, const void *bytes, size_t length)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct builder builder = {.parse = parse, .bytes = bytes, .length = length};
    if (length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0) {
        builder.bytes += 3; /* so that it is no column of the first line */
        builder.length -= 3;
    }
    if (!yaml_parser_initialize(&builder.yaml)) {
        parse_exhausted(parse);
        return NULL;
    }
    yaml_parser_set_encoding(&builder.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.yaml, builder.bytes, builder.length);
    struct node *root = build_document(&builder);
    if (!root && !builder.stopped)
        parse_error(parse, (struct place){1, 1}, "expected a %s, found an empty file", parse->noun);
    yaml_parser_delete(&builder.yaml);
    return root;
}
