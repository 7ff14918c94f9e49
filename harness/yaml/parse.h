/* SPDX-License-Identifier: MIT */
/* Reading a YAML file strictly: what the readers of every kind of file share.
 *
 * A reader never stops at a problem: it reports and goes on, so that a person sees all of them at
 * once. Readers return false after reporting; what they would have filled is then untouched. */
#ifndef RCLAB_YAML_PARSE_H
#define RCLAB_YAML_PARSE_H

#include "harness/base/arena.h"
#include "harness/yaml/diagnostics.h"
#include "harness/yaml/node.h"
#include <stdint.h>

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
struct field {
    const char *key;
    void (*read)(struct parse *parse, const struct node *value, void *target);
    bool required;
};
/* Reads each pair of a map into target; complains of unknown and missing keys. `what` ends the
 * sentence "expected a key of …". False if `node` is no map or a key is unknown or missing. */
bool fields_read(struct parse *parse, const struct node *node, const char *what,
                 const struct field *fields, size_t count, void *target);
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
/* "a, b, c" */
const char *words_join(const char *const *words, size_t count, char text[WORDS_TEXT_MAX]);

#endif
