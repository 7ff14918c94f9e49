/* SPDX-License-Identifier: MIT */
/* Shared by the files that read a behaviour; nobody else includes it. */
#ifndef RCLAB_SCENARIO_PARSE_BEHAVIOUR_H
#define RCLAB_SCENARIO_PARSE_BEHAVIOUR_H

#include "harness/scenario/parse.h"

struct behaviour_draft { /* a behaviour while it is read */
    struct behaviour behaviour;
    enum scenario_server server;
    enum behaviour_kind named_kind; /* BEHAVIOUR_STATUS = not by name, or by a wrong one */
    /* The keys given, by their nodes; NULL = not. */
    const struct node *named, *status, *body, *file, *headers, *redirect, *delay, *rate, *truncate;
    const struct node *tls, *drop_block, *duplicate_block;
};

/* What the answer is may be said once: `behaviour`, `profile`, `config`, `tftp-error`, or by status
 * and body. */
bool behaviour_name_once(struct parse *parse, const struct node *value,
                         struct behaviour_draft *draft);
/* Complains of a value (NULL: there is none) beside a behaviour that has no use for it. */
void behaviour_refuse_beside(struct parse *parse, const struct node *value, const char *word);

/* parse_behaviour_faults.c: readers of keys, whose target is the draft. */
void behaviour_read_tls(struct parse *parse, const struct node *value, void *target);
void behaviour_read_tftp_error(struct parse *parse, const struct node *value, void *target);
void behaviour_read_drop_block(struct parse *parse, const struct node *value, void *target);
void behaviour_read_duplicate_block(struct parse *parse, const struct node *value, void *target);
void behaviour_check_abort(struct parse *parse, const struct behaviour_draft *draft);

#endif
