/* SPDX-License-Identifier: MIT */
/* What the parsers of the language's parts share. */
#ifndef RCLAB_SCENARIO_LANGUAGE_H
#define RCLAB_SCENARIO_LANGUAGE_H

#include "harness/scenario/scenario.h"
#include "harness/yaml/parse.h"

enum {
    BODY_FILE_BYTES_MAX = 4 << 20,
    BEHAVIOUR_TIMES_MAX = 1000000,
    REQUEST_COUNT_MAX = 100000,
};

struct scenario_draft { /* every `struct parse` of this room is the first part of one */
    struct parse parse;
    const char *directory; /* of `file:` bodies; NULL = there is none */
    bool without_bodies;   /* they are not read */
    struct scenario *scenario;
    bool title_names_case; /* the title speaks of the case itself */
};
static inline struct scenario_draft *parse_draft(struct parse *parse)
{
    return (struct scenario_draft *)parse;
}
static inline struct scenario *parse_scenario(struct parse *parse)
{
    return parse_draft(parse)->scenario;
}

/* --- values that other files than scenarios have too; they serve any `struct parse` --- */
bool value_tolerance(struct parse *parse, const struct node *node, struct tolerance *ret_tolerance);
/* A model of the vendor's. */
bool value_model(struct parse *parse, const struct node *node, const char **ret_model);
/* Sets those that the map names; the others stay as they are. */
void value_readings(struct parse *parse, const struct node *node, struct readings *readings,
                    bool stated[READING_COUNT]);

/* --- values --- */
bool value_state(struct parse *parse, const struct node *node, enum customization_state *ret_state);
/* A phone of the scenario, by its name or its number from 1; *ret_phone: its index. */
void value_phone(struct parse *parse, const struct node *node, int *ret_phone);
/* Proves that a text holds no ${name} but the known ones, or, for an expectation, none at all. */
bool value_names_known(struct parse *parse, const struct node *node, const char *text);
bool value_names_absent(struct parse *parse, const struct node *node, const char *text);
/* Bytes of a text besides its ${name}s: the least that it can become. */
size_t value_literal_bytes(const char *text);
/* A map of names to scalars; `is_name` says what a name is, `name_what` in words. */
bool value_parameters(struct parse *parse, const struct node *node, const char *what,
                      bool (*is_name)(const char *), const char *name_what,
                      const struct parameter **ret_parameters, size_t *ret_count);
bool value_phone_parameters(struct parse *parse, const struct node *node,
                            const struct parameter **ret_parameters, size_t *ret_count);

/* --- the parts --- */
/* Checks the table of `cases:` (the first time, index 0) and replaces each ${case.NAME} outside it
 * by what the case at `index` says; the scenario gets that case's name. How many cases there are; 0
 * if there is no table, or none that can be read. */
size_t cases_read(struct parse *parse, struct node *root, size_t index);
struct dhcp_change { /* a `dhcp:`: what it says, and which of it */
    struct scenario_dhcp values;
    bool has_offer, has_answer, has_lease, has_domain, has_only_if_asked, has_conflict, has_rogue,
        has_srv;
};
bool dhcp_change_read(struct parse *parse, const struct node *node, struct dhcp_change *ret_change);
struct scenario_dhcp dhcp_change_apply(const struct scenario_dhcp *before,
                                       const struct dhcp_change *change);
/* A map of option codes to values: an offer, or (expected) what a message must hold. */
bool dhcp_values_read(struct parse *parse, const struct node *node, bool expected,
                      const struct dhcp_value **ret_values, size_t *ret_count);
bool network_read(struct parse *parse, const struct node *node,
                  struct scenario_network *ret_network);
bool dns_read(struct parse *parse, const struct node *node, struct scenario_dns *ret_dns);
/* Of the server that the node's key names. */
bool behaviours_read(struct parse *parse, const struct node *node, struct behaviour_list *ret_list);
/* `expect:`, `never:` or `stays:`, as the step's kind says. */
void pattern_read(struct parse *parse, const struct node *node, struct step *step);
void steps_read(struct parse *parse, const struct node *node);

#endif
