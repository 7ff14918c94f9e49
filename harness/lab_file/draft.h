/* SPDX-License-Identifier: MIT */
/* What the readers of the lab file's parts share. Internal to this room. */
#ifndef RCLAB_LAB_FILE_DRAFT_H
#define RCLAB_LAB_FILE_DRAFT_H

#include "harness/lab_file/lab_file.h"
#include "harness/yaml/parse.h"

enum lab_role {
    LAB_ROLE_HARNESS,
    LAB_ROLE_EDOS,
    LAB_ROLE_PROVISION,
    LAB_ROLE_NAME_SERVER,
    LAB_ROLE_COUNT
};

struct lab_draft { /* every `struct parse` of this room is the first part of one */
    struct parse parse;
    struct lab_file *lab;
    struct place address_places[LAB_ROLE_COUNT]; /* line 0 = the file does not say it */
    struct place pool_place, interface_place;
};
static inline struct lab_draft *lab_draft(struct parse *parse)
{
    return (struct lab_draft *)parse;
}

/* --- values --- */
/* At most LAB_FILE_NAME_MAX letters, digits, - _ . */
bool value_lab_name(struct parse *parse, const struct node *node, const char *what,
                    const char **ret_name);
bool value_port(struct parse *parse, const struct node *node, uint16_t *ret_port);
/* A DNS name; with `or_address` also an IPv4 address. */
bool value_host(struct parse *parse, const struct node *node, bool or_address,
                const char **ret_host);
bool value_path(struct parse *parse, const struct node *node, const char **ret_path);
bool value_command(struct parse *parse, const struct node *node, struct lab_command *ret_command);
/* Reads what `env:` or `file:` names, at once. */
bool value_secret(struct parse *parse, const struct node *node, struct lab_secret *ret_secret);
/* The text of a PEM file beside the lab file, or, of a key, of where a secret is. */
bool value_certificate(struct parse *parse, const struct node *node, const char **ret_pem);
bool value_key(struct parse *parse, const struct node *node, const char **ret_pem);

/* --- the parts; the target is the lab_file or lab_phone --- */
void read_lab_edos(struct parse *parse, const struct node *value, void *target);
void read_lab_provision(struct parse *parse, const struct node *value, void *target);
void read_lab_address(struct parse *parse, const struct node *value, void *target);
void read_lab_name_server(struct parse *parse, const struct node *value, void *target);
void read_lab_pool(struct parse *parse, const struct node *value, void *target);
void read_lab_phones(struct parse *parse, const struct node *value, void *target);
void read_lab_power(struct parse *parse, const struct node *value, void *target);
/* `reset:` and `reboot:`. */
void read_lab_driver(struct parse *parse, const struct node *value, const char *what,
                     bool power_too, enum lab_driver *ret_driver, struct lab_command *ret_command);
/* Fills in the addresses that the file does not say and proves that all fit together; once all
 * else has been read. */
void lab_addresses_check(struct parse *parse);

#endif
