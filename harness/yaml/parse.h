/* SPDX-License-Identifier: MIT */
/* Reading a YAML file strictly: what the readers of every kind of file share.
 *
 * A reader never stops at a problem: it reports and goes on, so that a person sees all of them at
 * once. Readers return false after reporting; what they would have filled is then untouched. */
#ifndef RCLAB_YAML_PARSE_H
#define RCLAB_YAML_PARSE_H

#include "harness/base/arena.h"
#include "harness/yaml/diagnostics.h"
#include <stddef.h>
#include <stdint.h>

/* --- a document as a tree that remembers line and column --- */
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

/* --- a reading --- */
enum {
    PARSE_KEPT_BYTES_MAX = 64 << 20, /* of `arena` */
    PARSE_SCRATCH_BYTES_MAX = 128 << 20,
    VALUE_LIST_MAX = 4096, /* items that value_is_list lets through */
    WORDS_TEXT_MAX = 512,  /* a list of names in a message */
    FIELDS_MAX = 24,       /* keys that a map may have */
};

struct parse {            /* one reading of one file; rooms embed it in what they need besides */
    const char *path;     /* for messages */
    const char *noun;     /* what such a file holds, for messages: "scenario" */
    struct arena *arena;  /* of what is kept */
    struct arena scratch; /* dies with the parse: nodes, drafts */
    struct diagnostics *diagnostics;
    bool discreet;   /* the file speaks of secrets: what may be one by a slip is not quoted */
    size_t problems; /* reported or dropped */
    bool exhausted;  /* an arena is full: reported once */
    /* Of a file that is read more than once: */
    size_t first_problem; /* the diagnostics of this file begin here */
    bool again;           /* not the first time: what was reported before is not once more */
};

/* The document in `bytes`, in the parse's scratch arena, texts in the kept one. NULL if it is no
 * YAML, or none that can be read on; any problem has been reported. */
struct node *node_parse(struct parse *parse, const void *bytes, size_t length);
/* "`text`", "a list", "a map", "nothing": what an error message says was found. */
const char *node_describe(const struct node *node, char found[NODE_FOUND_MAX]);
/* The same for a text: quoted, cut, control characters made visible. */
const char *node_quote(const char *text, char found[NODE_FOUND_MAX]);
/* The child of that key; NULL if the map has none. */
const struct node *node_child(const struct node *map, const char *key);

/* --- reporting --- */
void parse_error(struct parse *parse, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected …, found THE NODE; did you mean `suggestion`?"; suggestion may be NULL. */
void parse_expected(struct parse *parse, const struct node *node, const char *suggestion,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* From the kept arena and from the scratch one; NULL after reporting. */
void *parse_keep(struct parse *parse, size_t count, size_t item_bytes);
void *parse_scratch(struct parse *parse, size_t count, size_t item_bytes);
void parse_exhausted(struct parse *parse);

/* --- maps --- */
/* How the value of a key is read: by a function of the room's, or as one of the plain values below,
 * into the member that the macro names. */
enum field_kind {
    FIELD_READ,
    FIELD_TEXT,
    FIELD_NUMBER, /* into an unsigned integer of any size */
    FIELD_DURATION,
    FIELD_BOOLEAN,
    FIELD_WORD, /* into an enumeration */
    FIELD_ADDRESS,
};
struct field {
    const char *key;
    bool required;
    enum field_kind kind;
    void (*read)(struct parse *parse, const struct node *value, void *target);
    size_t offset, bytes; /* where in the map's target the reader's own is, and its size */
    const char *what;     /* as for the functions below */
    uint64_t min, max;
    const char *const *words;
    size_t first, count; /* the first of the words that can be written, and how many can */
};
/* The member of the map's target that a reader is to fill; `of` is proved to be its type. */
#define MEMBER_AT(type, member, of)                                                 \
    .offset = offsetof(type, member) + 0 * sizeof((of *)0 == &((type *)0)->member), \
    .bytes = sizeof(of)
#define TEXT_AT(type, member, expected) \
    .kind = FIELD_TEXT, MEMBER_AT(type, member, const char *), .what = expected
#define NUMBER_AT(type, member, of, expected, least, most) \
    .kind = FIELD_NUMBER, MEMBER_AT(type, member, of), .what = expected, .min = least, .max = most
#define DURATION_AT(type, member, least_us) \
    .kind = FIELD_DURATION, MEMBER_AT(type, member, uint64_t), .min = least_us
#define BOOLEAN_AT(type, member) .kind = FIELD_BOOLEAN, MEMBER_AT(type, member, bool)
/* `from`: the first enumerator that can be written; `end`: the one past the last. */
#define WORD_AT(type, member, of, expected, table, from, end)                               \
    .kind = FIELD_WORD, MEMBER_AT(type, member, enum of), .what = expected, .words = table, \
    .first = from, .count = (end) - (from)
#define ADDRESS_AT(type, member) .kind = FIELD_ADDRESS, MEMBER_AT(type, member, uint32_t)
#define FIELDS_COUNT(fields) (sizeof(fields) / sizeof *(fields))
/* Reads each pair of a map into target; complains of unknown and missing keys. `what` ends the
 * sentence "expected a key of …". False if `node` is no map or a key is unknown or missing. */
bool fields_read(struct parse *parse, const struct node *node, const char *what,
                 const struct field *fields, size_t count, void *target);
/* The value of one key, as the field says, of a map that is read into `target`. */
void field_read(struct parse *parse, const struct node *value, const struct field *field,
                void *target);
/* Of a key that a later version will know. */
void field_unsupported(struct parse *parse, const struct node *value, void *target);

/* --- values --- */
bool value_is_list(struct parse *parse, const struct node *node, const char *what);
bool value_is_map(struct parse *parse, const struct node *node, const char *what);
/* A scalar that is there; "" only if it is quoted. */
bool value_scalar(struct parse *parse, const struct node *node, const char *what,
                  const char **ret_text);
bool value_text(struct parse *parse, const struct node *node, const char *what,
                const char **ret_text); /* not empty */
bool value_number(struct parse *parse, const struct node *node, const char *what, uint64_t min,
                  uint64_t max, uint64_t *ret_number);
bool value_decimal(struct parse *parse, const struct node *node, const char *what, double min,
                   double max, double *ret_number);                   /* "1", "2.5" */
bool decimal_parse(const char *text, double max, double *ret_number); /* from 0; the whole text */
bool value_duration(struct parse *parse, const struct node *node, uint64_t min_us,
                    uint64_t *ret_us);
bool value_boolean(struct parse *parse, const struct node *node, bool *ret_value);
/* One of some words; *ret_index says which. */
bool value_word(struct parse *parse, const struct node *node, const char *what,
                const char *const *words, size_t count, size_t *ret_index);
bool value_address(struct parse *parse, const struct node *node, uint32_t *ret_address);
/* Letters, digits and, but for the first, - _ . */
bool text_is_name(const char *text, size_t max);
/* "a, b, c" */
const char *words_join(const char *const *words, size_t count, char text[WORDS_TEXT_MAX]);

#endif
