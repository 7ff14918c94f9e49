/* SPDX-License-Identifier: MIT */
/* What the servers of a site log, as events on the timeline of the phone that was served. */
#ifndef RCLAB_RUN_SITE_EVENTS_H
#define RCLAB_RUN_SITE_EVENTS_H

#include "harness/run/site.h"

struct fake_log site_events_fake_log(struct site_server *server);

#endif
