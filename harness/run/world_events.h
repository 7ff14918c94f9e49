/* SPDX-License-Identifier: MIT */
/* What the parts of a world report, as events: logs of the fakes, logs of the phones, and what the
 * harness itself learns from the timeline. */
#ifndef RCLAB_RUN_WORLD_EVENTS_H
#define RCLAB_RUN_WORLD_EVENTS_H

#include "harness/run/world.h"

#define WORLD_PUSH_PREFIX "/push/"

struct fake_log world_events_fake_log(struct world_server *server);
void world_events_phone_log(void *context, const char *line); /* context: struct world_phone */
/* Keeps track of who is online and whose page is worth reading; context: struct world. */
void world_events_seen(void *context, const struct event *event);

#endif
