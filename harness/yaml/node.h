/* SPDX-License-Identifier: MIT */
/* A YAML document as a tree that remembers line and column: what libyaml's events become before
 * any meaning is given to them. */
#ifndef RCLAB_YAML_NODE_H
#define RCLAB_YAML_NODE_H

#include "harness/yaml/place.h"
#include <stdbool.h>
#include <stddef.h>

enum {
    NODE_DEPTH_MAX = 32,       /* lists and maps within each other */
    NODE_LIST_MAX = 20000,     /* items in a list */
    NODE_MAP_MAX = 4096,       /* keys in a map */
    NODE_FOUND_MAX = 128,      /* of node_describe, with NUL */
    NODE_FOUND_SHOWN_MAX = 60, /* bytes of the text that it quotes */
};

enum node_kind {
    NODE_BROKEN, /* has been complained about already: readers pass over it in silence */
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAP,
};
struct node {
    enum node_kind kind;
    struct place place;        /* an empty scalar has the place of its key */
    const char *text;          /* SCALAR; "" when nothing is there */
    bool nothing;              /* SCALAR: unquoted and empty, ~ or null */
    const struct node *key;    /* the scalar that names it in a map, else NULL */
    struct node *first, *next; /* LIST, MAP: the children; a sibling */
    size_t count;              /* LIST, MAP */
};

struct parse;
/* The document in `bytes`, in the parse's scratch arena, texts in the kept one. NULL if it is no
 * YAML, or none that can be read on; any problem has been reported. */
struct node *node_parse(struct parse *parse, const void *bytes, size_t length);
/* "`text`", "a list", "a map", "nothing": what an error message says was found. */
const char *node_describe(const struct node *node, char found[NODE_FOUND_MAX]);
/* The same for a text: quoted, cut, control characters made visible. */
const char *node_quote(const char *text, char found[NODE_FOUND_MAX]);
/* The child of that key; NULL if the map has none. */
const struct node *node_child(const struct node *map, const char *key);

#endif
