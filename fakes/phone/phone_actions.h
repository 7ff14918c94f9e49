/* SPDX-License-Identifier: MIT */
/* The queue of what the core wants done: copies, in order, bounded. */
#ifndef RCLAB_FAKES_PHONE_PHONE_ACTIONS_H
#define RCLAB_FAKES_PHONE_PHONE_ACTIONS_H

#include "fakes/phone/phone_core.h"

struct phone_actions { /* zeroed = empty */
    struct phone_action_slot {
        struct phone_action action;
        void *block; /* owned: what the action's pointers point into */
    } slots[PHONE_ACTIONS_MAX];
    size_t first, count;
    void *taken; /* block of the action handed out last */
    bool broken; /* something other than a log line was lost */
};

void phone_actions_done(struct phone_actions *actions);
/* Copies the action with all that it points to. */
void phone_actions_put(struct phone_actions *actions, const struct phone_action *action);
void phone_actions_put_kind(struct phone_actions *actions, enum phone_action_kind kind);
void phone_actions_log(struct phone_actions *actions, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool phone_actions_take(struct phone_actions *actions, struct phone_action *ret_action);

#endif
