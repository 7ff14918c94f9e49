/* SPDX-License-Identifier: MIT */
/* How far each client has come in its list of behaviours. */
#ifndef RCLAB_FAKES_SERVER_SCRIPT_H
#define RCLAB_FAKES_SERVER_SCRIPT_H

#include "harness/base/error.h"
#include "harness/scenario/behaviour.h"

struct script_position {
    struct behaviour_list list; /* borrowed; at least one item once set */
    size_t item;
    unsigned served; /* of that item's `times` */
    bool looked;     /* a HEAD has had it, and nothing has used it up since */
};
struct script {
    struct script_position *positions; /* owned: one a client, then one for all unknown ones */
    unsigned client_count;
    unsigned refusing; /* known clients whose current behaviour is `refuse` */
};

int script_init(struct script *script, unsigned client_count, struct error *error);
void script_done(struct script *script);
/* Every client, the unknown ones too, starts at the list's beginning. */
void script_set_all(struct script *script, const struct behaviour_list *list);
/* Only this one, 0 … client_count-1. */
void script_set(struct script *script, unsigned client, const struct behaviour_list *list);
/* The behaviour that the client's next request gets. A client that is not 0 … client_count-1 is
 * one of the unknown ones. */
const struct behaviour *script_current(const struct script *script, int client);
/* The same, and the request is counted. */
const struct behaviour *script_next(struct script *script, int client);
/* For a HEAD, which asks what a GET would get and leaves it to the GET that follows. A second one
 * without a GET between them is about the next try: then the first has used its behaviour up. */
const struct behaviour *script_look(struct script *script, int client);
/* Whoever asks next is refused. The unknown ones only matter where there are no others. */
bool script_refuses_all(const struct script *script);

#endif
