/* SPDX-License-Identifier: MIT */
/* What the parsers of the language's parts share. Internal to this room.
 *
 * A parser never stops at a problem: it reports and goes on, so that a person sees all of them at
 * once. Readers return false after reporting; what they would have filled is then untouched. */
#ifndef RCLAB_SCENARIO_PARSE_H
#define RCLAB_SCENARIO_PARSE_H

#include "harness/scenario/diagnostics.h"
#include "harness/scenario/node.h"
#include "harness/scenario/scenario.h"

enum {
    SCENARIO_ARENA_BYTES_MAX = 64 << 20,
    PARSE_SCRATCH_BYTES_MAX = 128 << 20,
    BODY_FILE_BYTES_MAX = 4 << 20,
    BEHAVIOUR_TIMES_MAX = 1000000,
    REQUEST_COUNT_MAX = 100000,
    WORDS_TEXT_MAX = 512, /* a list of names in a message */
    FIELDS_MAX = 24,      /* keys that a map may have */
};

struct parse {
    const char *path;      /* for messages */
    const char *directory; /* of `file:` bodies; NULL = there is none */
    struct scenario *scenario;
    struct arena scratch; /* dies with the parse: nodes, drafts of steps */
    struct diagnostics *diagnostics;
    size_t problems; /* reported or dropped */
    bool exhausted;  /* an arena is full: reported once */
    /* Of a file with cases: */
    size_t first_problem;  /* the diagnostics of this file begin here */
    bool again;            /* not its first case: what was reported before is not once more */
    bool title_names_case; /* the title speaks of the case itself */
};

/* --- reporting ---------------------------------------------------------------------------- */
void parse_error(struct parse *parse, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected …, found THE NODE; did you mean `suggestion`?"; suggestion may be NULL. */
void parse_expected(struct parse *parse, const struct node *node, const char *suggestion,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* From the scenario's arena and from the scratch one; NULL after reporting. */
void *parse_keep(struct parse *parse, size_t count, size_t item_bytes);
void *parse_scratch(struct parse *parse, size_t count, size_t item_bytes);
void parse_exhausted(struct parse *parse);

/* --- maps --------------------------------------------------------------------------------- */
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

/* --- values ------------------------------------------------------------------------------- */
bool value_is_list(struct parse *parse, const struct node *node, const char *what);
bool value_is_map(struct parse *parse, const struct node *node, const char *what);
/* A scalar that is there; "" only if it is quoted. */
bool value_scalar(struct parse *parse, const struct node *node, const char *what,
                  const char **ret_text);
bool value_text(struct parse *parse, const struct node *node, const char *what,
                const char **ret_text); /* not empty */
bool value_number(struct parse *parse, const struct node *node, const char *what, uint64_t min,
                  uint64_t max, uint64_t *ret_number);
bool value_duration(struct parse *parse, const struct node *node, uint64_t min_us,
                    uint64_t *ret_us);
bool value_boolean(struct parse *parse, const struct node *node, bool *ret_value);
/* One of some words; *ret_index says which. */
bool value_word(struct parse *parse, const struct node *node, const char *what,
                const char *const *words, size_t count, size_t *ret_index);
bool value_state(struct parse *parse, const struct node *node, enum customization_state *ret_state);
bool value_address(struct parse *parse, const struct node *node, uint32_t *ret_address);
bool value_tolerance(struct parse *parse, const struct node *node, struct tolerance *ret_tolerance);
/* Proves that a text holds no ${name} but the known ones, or, for an expectation, none at all. */
bool value_names_known(struct parse *parse, const struct node *node, const char *text);
bool value_names_absent(struct parse *parse, const struct node *node, const char *text);
/* Bytes of a text besides its ${name}s: the least that it can become. */
size_t value_literal_bytes(const char *text);
/* A map of names to scalars; `is_name` says what a name is, `name_what` in words. */
bool value_parameters(struct parse *parse, const struct node *node, const char *what,
                      bool (*is_name)(const char *), const char *name_what,
                      const struct parameter **ret_parameters, size_t *ret_count);
bool parameter_is_name(const char *text); /* "Profile_Rule", "Proxy_1_" */
/* "a, b, c" */
const char *words_join(const char *const *words, size_t count, char text[WORDS_TEXT_MAX]);

/* --- the parts ---------------------------------------------------------------------------- */
/* Checks the table of `cases:` (the first time, index 0) and replaces each ${case.NAME} outside it
 * by what the case at `index` says; the scenario gets that case's name. How many cases there are; 0
 * if there is no table, or none that can be read. */
size_t cases_read(struct parse *parse, struct node *root, size_t index);
struct dhcp_change { /* a `dhcp:`: what it says, and which of it */
    struct scenario_dhcp values;
    bool has_offer, has_answer, has_lease, has_domain, has_only_if_asked;
};
bool dhcp_change_read(struct parse *parse, const struct node *node, struct dhcp_change *ret_change);
struct scenario_dhcp dhcp_change_apply(const struct scenario_dhcp *before,
                                       const struct dhcp_change *change);
/* A map of option codes to values: an offer, or (expected) what a message must hold. */
bool dhcp_values_read(struct parse *parse, const struct node *node, bool expected,
                      const struct dhcp_value **ret_values, size_t *ret_count);
bool dns_read(struct parse *parse, const struct node *node, struct scenario_dns *ret_dns);
bool behaviours_read(struct parse *parse, const struct node *node, enum scenario_server server,
                     struct behaviour_list *ret_list);
/* The bytes of `file:`; from the scenario's arena. */
bool body_file_read(struct parse *parse, const struct node *node, const uint8_t **ret_bytes,
                    size_t *ret_length);
void expect_read(struct parse *parse, const struct node *node, struct step *step);
void never_read(struct parse *parse, const struct node *node, struct step *step);
void stays_read(struct parse *parse, const struct node *node, struct step *step);
void steps_read(struct parse *parse, const struct node *node);
/* Top-level keys but `given` and `steps`. */
void read_title(struct parse *parse, const struct node *value, void *target);
void read_about(struct parse *parse, const struct node *value, void *target);
void read_covers(struct parse *parse, const struct node *value, void *target);
void read_tags(struct parse *parse, const struct node *value, void *target);
void read_phones(struct parse *parse, const struct node *value, void *target);
void read_readings(struct parse *parse, const struct node *value, void *target);
void read_runs_on(struct parse *parse, const struct node *value, void *target);
void read_waive(struct parse *parse, const struct node *value, void *target);
void read_tolerance(struct parse *parse, const struct node *value, void *target);

#endif
