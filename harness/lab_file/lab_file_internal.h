/* SPDX-License-Identifier: MIT */
/* What the readers of the lab file's parts share. Internal to this room. */
#ifndef RCLAB_LAB_FILE_LAB_FILE_INTERNAL_H
#define RCLAB_LAB_FILE_LAB_FILE_INTERNAL_H

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

/* --- values; `target` of a reader is the member that it fills --- */
/* At most LAB_FILE_NAME_MAX letters, digits, - _ . */
bool value_lab_name(struct parse *parse, const struct node *node, const char *what,
                    const char **ret_name);
bool value_lab_command(struct parse *parse, const struct node *node,
                       struct lab_command *ret_command);
/* The text of a PEM file beside the lab file, or, of a key, of where a secret is. */
bool value_lab_certificate(struct parse *parse, const struct node *node, const char **ret_pem);
bool value_lab_key(struct parse *parse, const struct node *node, const char **ret_pem);
/* A DNS name, and the same or an IPv4 address. */
void read_lab_host(struct parse *parse, const struct node *value, void *target);
void read_lab_host_or_address(struct parse *parse, const struct node *value, void *target);
void read_lab_path(struct parse *parse, const struct node *value, void *target);
/* Reads what `env:` or `file:` names, at once. */
void read_lab_secret(struct parse *parse, const struct node *value, void *target);
#define PORT_AT(type, member) NUMBER_AT(type, member, uint16_t, "a port", 1, UINT16_MAX)

/* --- the parts --- */
void read_lab_edos(struct parse *parse, const struct node *value, void *target); /* lab_server */
void read_lab_provision(struct parse *parse, const struct node *value, void *target);
void read_lab_address(struct parse *parse, const struct node *value, void *target); /* lab_file */
void read_lab_pool(struct parse *parse, const struct node *value, void *target);
void read_lab_phones(struct parse *parse, const struct node *value, void *target);
void read_lab_name_server(struct parse *parse, const struct node *value, void *target);
/* Fills in the addresses that the file does not say and proves that all fit together; once all
 * else has been read. */
void lab_addresses_check(struct parse *parse);

#endif
